"""`leadstream review`: the review queue in a terminal, through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console, RenderableType

from app.commands import review_shown as shown
from app.commands.arguments import Relayed
from app.commands.review_decide import add_verdicts
from app.commands.review_login import add_login, shown_at
from app.commands.review_options import AsJson, Band, Checkpoint, Due, Older, Reason, Source, Team, Url, answer, fail, filtered
from app.edges.web.client import ReviewApi
from app.settings import ApiSettings, from_environment
from app.wiring import Installation

Tool = Callable[..., Installation]
_PAGE: Final = 200


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_review(tool, out), name="review", rich_help_panel=panel)


def _review(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    review = typer.Typer(
        no_args_is_help=True,
        help="Leads that are held for people: list, open, claim, decide. Asks the role `leadstream api`.\n\n"
        "Exit 0 done; 1 the answer is no; 70 the API, Redis or the reviser does not answer.",
    )

    def where(url: str | None) -> str:
        tool(reach=False)
        return url or from_environment(ApiSettings).url

    def api(url: str | None, by: str | None = None) -> ReviewApi:
        at = where(url)
        return ReviewApi(at, by, shown_at(at, from_environment(ApiSettings)))

    def print_(told: Any, table: Callable[[Any], RenderableType], *, as_json: bool) -> None:
        if as_json:
            print(orjson.dumps(told).decode())
        else:
            out().print(table(told))

    @review.command("list")
    def listed(
        reason: Reason = None,
        source: Source = None,
        team: Team = None,
        band: Band = None,
        checkpoint: Checkpoint = None,
        older_than: Older = None,
        due_within: Due = None,
        pending: Annotated[bool, typer.Option(help="Those with a verdict on its way, too.")] = False,
        limit: Annotated[int, typer.Option(min=1, help="So many.")] = 50,
        everything: Annotated[bool, typer.Option("--all", help="All that fit.")] = False,
        ids: Annotated[bool, typer.Option("--ids", help="Only lead ids, one a line: for pipes.")] = False,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """Held leads in the order in which they should be decided: best band, then what is due, then the oldest."""
        wanted = filtered(reason, source, team, band, checkpoint, older_than, due_within)
        wanted["pending"] = "both" if pending else "no"
        page = _pages(api(url), wanted, None if everything else limit)
        if ids:
            print(*(one["lead_id"] for one in page["items"]), sep="\n")
        else:
            print_(page, shown.listed, as_json=as_json)

    @review.command()
    def counts(
        reason: Reason = None,
        source: Source = None,
        team: Team = None,
        band: Band = None,
        checkpoint: Checkpoint = None,
        older_than: Older = None,
        due_within: Due = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """How much is held, by reason, source, team, band, checkpoint and age."""
        wanted = filtered(reason, source, team, band, checkpoint, older_than, due_within)
        print_(answer(lambda: api(url).get("/v1/reviews/counts", wanted)), shown.counted, as_json=as_json)

    @review.command()
    def show(lead: Annotated[str, typer.Argument(metavar="LEAD")], url: Url = None, as_json: AsJson = False) -> None:
        """One lead: its fields, what is wrong, the proposal and its reasons, the possible duplicate. Personal data."""
        print_(answer(lambda: api(url).get(f"/v1/reviews/{lead}")), shown.opened, as_json=as_json)

    @review.command()
    def claim(
        lead: Annotated[str | None, typer.Argument(metavar="LEAD", help="Without it the next that nobody has.")] = None,
        by: Relayed = None,
        reason: Reason = None,
        source: Source = None,
        team: Team = None,
        band: Band = None,
        minutes: Annotated[float | None, typer.Option(min=0.01, max=480, help="For how long.")] = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """Claim a lead, so that nobody else decides it for a while. Prints the token that goes with the verdict (--lease).

        Exit 1 where somebody else has it, or no lead is free.
        """
        one = api(url, by)
        if lead is not None:
            told = answer(lambda: one.send("POST", f"/v1/reviews/{lead}/claim", {"minutes": minutes}))
        else:
            wanted = {k: v for k, v in filtered(reason, source, team, band, None, None, None).items() if v is not None}
            told = answer(lambda: one.send("POST", "/v1/reviews/claim-next", {"filter": wanted, "minutes": minutes}))
        if told is None:
            fail("no lead is free that fits")
        print_(told, _claimed, as_json=as_json)

    @review.command()
    def release(
        lead: Annotated[str, typer.Argument(metavar="LEAD")],
        lease: Annotated[str, typer.Option(envvar="LEADSTREAM_LEASE", help="Token of the claim.")],
        by: Relayed = None,
        url: Url = None,
    ) -> None:
        """Let a claim go."""
        answer(lambda: api(url, by).send("DELETE", f"/v1/reviews/{lead}/claim", headers={"Lease-Token": lease}))

    @review.command()
    def precision(
        days: Annotated[float, typer.Option(min=0.01, max=400, help="Leads received in so many days.")] = 28,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        """How right machines are: of the leads that review.yaml samples, how many people left as they were proposed."""
        print_(answer(lambda: api(url).get("/v1/reviews/precision", {"days": days})), shown.measured, as_json=as_json)

    add_verdicts(review, api)
    add_login(review, where)
    return review


def _pages(api: ReviewApi, wanted: dict[str, Any], most: int | None) -> dict[str, Any]:
    """So many items as one page; all where no number is named."""
    found: dict[str, Any] = {"items": [], "next": None, "claims_known": True}
    while True:
        limit = _PAGE if most is None else min(_PAGE, most - len(found["items"]))
        page = answer(lambda limit=limit: api.get("/v1/reviews", wanted | {"limit": limit, "cursor": found["next"]}))  # type: ignore[misc]
        found["items"] += page["items"]
        found["next"], found["claims_known"] = page["next"], found["claims_known"] and page["claims_known"]
        if page["next"] is None or (most is not None and len(found["items"]) >= most):
            return found


def _claimed(told: dict[str, Any]) -> RenderableType:
    return f"{told['lead_id']} is yours until {shown.at(told['until'])} UTC; --lease {told['token']}"
