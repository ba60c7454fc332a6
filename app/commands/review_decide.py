"""`leadstream review approve|keep|merge|reroute|reject|retry|reassign|unmerge|bulk`: what people decide."""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final, Literal

import orjson
import typer

from app.commands.arguments import Relayed
from app.commands.review_options import AsJson, Band, Checkpoint, Due, Older, Reason, Source, Team, Url, answer, fail, filtered
from app.edges.web.client import ReviewApi
from app.errors import EdgeDown

WAIT_S: Final = 30.0
_AGAIN_S: Final = 0.3
_AT_ONCE: Final = 2_000

Leads = Annotated[list[str], typer.Argument(metavar="LEAD…", help="Lead ids; - reads them from standard input, one a line.")]
Lease = Annotated[str | None, typer.Option(envvar="LEADSTREAM_LEASE", help="Token of the claim, where it is claimed.")]
Correct = Annotated[
    list[str] | None, typer.Option("--correct", metavar="FIELD=VALUE", help="A field's right value; may be repeated.")
]
Note = Annotated[str | None, typer.Option("--note", help="For people; stays on leads.verdicts.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the reviser; 0: only say it.")]


def add_verdicts(review: typer.Typer, api: Callable[[str | None, str | None], ReviewApi]) -> None:
    """Add the commands.

    Args:
        api: A connection, by URL and reviewer.
    """

    def decide(
        leads: list[str], by: str | None, url: str | None, lease: str | None, wait: float, *, as_json: bool, **said: Any
    ) -> None:
        draft = {name: value for name, value in said.items() if value}
        ids = list(dict.fromkeys(_ids(leads)))
        if len(ids) == 1:
            told = answer(lambda: _one(api(url, by), ids[0], draft, lease, wait))
        else:
            told = answer(lambda: _each(api(url, by), ids, draft))
        _told(told, as_json=as_json)

    @review.command()
    def approve(
        leads: Leads,
        correct: Correct = None,
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """To the proposed team, with corrections."""
        decide(leads, by, url, lease, wait, as_json=as_json, says="approve", corrections=_corrections(correct), note=note)

    @review.command()
    def keep(
        leads: Leads,
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """Possible duplicates are two: each goes to its proposed team, and they are joined by machine no more."""
        decide(leads, by, url, lease, wait, as_json=as_json, says="keep", note=note)

    @review.command()
    def merge(
        leads: Leads,
        into: Annotated[str | None, typer.Option(help="The lead that it is; without it the one that it was held for.")] = None,
        correct: Correct = None,
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """It is another lead once more."""
        said = {"duplicate_of": into, "corrections": _corrections(correct), "note": note}
        decide(leads, by, url, lease, wait, as_json=as_json, says="merge", **said)

    @review.command()
    def reroute(
        leads: Leads,
        team: Annotated[str, typer.Option(help="The team that gets it.")],
        correct: Correct = None,
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """To another team; a lead that a team has already, too."""
        said = {"team": team, "corrections": _corrections(correct), "note": note}
        decide(leads, by, url, lease, wait, as_json=as_json, says="reroute", **said)

    @review.command()
    def reject(
        leads: Leads,
        why: Annotated[str, typer.Option(help="Code of the reason: spam, test, not_a_customer, …")],
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """It is no lead."""
        decide(leads, by, url, lease, wait, as_json=as_json, says="reject", why=why, note=note)

    @review.command()
    def retry(
        leads: Leads,
        note: Note = None,
        lease: Lease = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """Have it assessed again: what was missing may be there now."""
        decide(leads, by, url, lease, wait, as_json=as_json, says="retry", note=note)

    @review.command()
    def reassign(
        leads: Leads,
        owner: Annotated[str | None, typer.Option(help="Member who gets it; without it whoever's turn it is.")] = None,
        note: Note = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """Give a lead that is with a team to another of its members."""
        decide(leads, by, url, None, wait, as_json=as_json, says="reassign", owner=owner, note=note)

    @review.command()
    def unmerge(
        leads: Leads,
        note: Note = None,
        wait: Wait = WAIT_S,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """A duplicate stands alone again, and is joined with that lead by machine no more."""
        decide(leads, by, url, None, wait, as_json=as_json, says="unmerge", note=note)

    @review.command()
    def bulk(
        says: Annotated[Literal["approve", "keep", "reroute", "reject", "merge", "retry"], typer.Argument(help="The verdict.")],
        to: Annotated[str | None, typer.Option("--to", help="For reroute: the team that gets them.")] = None,
        why: Annotated[str | None, typer.Option(help="For reject: code of the reason.")] = None,
        reason: Reason = None,
        source: Source = None,
        team: Team = None,
        band: Band = None,
        checkpoint: Checkpoint = None,
        older_than: Older = None,
        due_within: Due = None,
        expected: Annotated[int | None, typer.Option(min=0, help="Really say it, if so many leads are meant.")] = None,
        by: Relayed = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """One verdict on all that fit a filter. Without --expected it only says what would be done, and how many are meant.

        What others have claimed, and what cannot be decided so, is left out and named.
        """
        wanted = filtered(reason, source, team, band, checkpoint, older_than, due_within)
        chosen = {name: value for name, value in wanted.items() if value is not None}
        draft = {name: value for name, value in (("says", says), ("team", to), ("why", why)) if value}
        _told(answer(lambda: _many(api(url, by), {"filter": chosen}, draft, expected, dry_run=expected is None)), as_json=as_json)


def _one(api: ReviewApi, lead: str, draft: dict[str, Any], lease: str | None, wait_s: float) -> dict[str, Any]:
    """Say it, and wait for what becomes of it."""
    headers = {"Lease-Token": lease, "Idempotency-Key": secrets.token_hex(16)}
    accepted: dict[str, Any] = api.send("POST", f"/v1/leads/{lead}/verdicts", draft, headers)
    deadline = time.monotonic() + wait_s
    became = accepted | {"state": "said"}
    while wait_s and became["state"] == "said":
        if time.monotonic() > deadline:
            raise EdgeDown(
                f"no reviser carried it out within {wait_s:g} s: is `leadstream reviser` running? The verdict stays on its topic"
            )
        time.sleep(_AGAIN_S)
        became = api.get(accepted["follow"])
    return became


def _many(
    api: ReviewApi, select: dict[str, Any], draft: dict[str, Any], expected: int | None, *, dry_run: bool = False
) -> dict[str, Any]:
    body = {"select": select, "verdict": draft, "dry_run": dry_run, "expected": expected}
    told: dict[str, Any] = api.send("POST", "/v1/verdicts/bulk", body, {"Idempotency-Key": secrets.token_hex(16)})
    return told


def _each(api: ReviewApi, ids: Sequence[str], draft: dict[str, Any]) -> dict[str, Any]:
    """The same verdict on all of these, some at once."""
    outcomes: list[dict[str, Any]] = []
    for start in range(0, len(ids), _AT_ONCE):
        outcomes += _many(api, {"ids": ids[start : start + _AT_ONCE]}, draft, None)["outcomes"]
    counts = Counter(one["outcome"] for one in outcomes)
    return {"dry_run": False, "meant": len(ids), "counts": counts, "outcomes": outcomes}


def _told(told: dict[str, Any], *, as_json: bool) -> None:
    """What was done; exit 1 where nothing was."""
    if as_json:
        print(orjson.dumps(told).decode())
    elif "outcomes" in told:
        for one in told["outcomes"]:
            print(one["lead_id"], one["outcome"], one["why"] or "", sep="\t")
        done = ", ".join(f"{count} {outcome}" for outcome, count in sorted(told["counts"].items()))
        print(f"{told['meant']} meant: {done or 'nothing'}", file=sys.stderr)
        if told["dry_run"]:
            print(f"nothing was said; to say it: --expected {told['meant']}", file=sys.stderr)
    else:
        how = told.get("how") or told["state"]
        print(f"{told['lead_id']}: {how}" + (f", {told['fate']}" if told.get("fate") else ""))
    if told.get("state") == "refused":
        fail(f"{told['lead_id']} stays as it is: {told['why']}")


def _ids(leads: Sequence[str]) -> Iterator[str]:
    """Lead ids as given; of standard input where that is asked for: ids, or JSON objects with `lead_id`."""
    for lead in leads:
        if lead != "-":
            yield lead
            continue
        for line in filter(None, map(str.strip, sys.stdin)):
            yield str(orjson.loads(line)["lead_id"]) if line.startswith("{") else line.split()[0]


def _corrections(given: Sequence[str] | None) -> dict[str, str]:
    if any("=" not in one for one in given or ()):
        raise typer.BadParameter("FIELD=VALUE is wanted; FIELD= empties the field", param_hint="--correct")
    return dict(one.partition("=")[::2] for one in given or ())
