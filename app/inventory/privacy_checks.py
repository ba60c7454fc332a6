"""Does privacy.yaml make sense, and can every team be given leads for its purpose?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.inventory.lines import Document, Loc
from app.inventory.models import Inventory, Source, Team
from app.inventory.privacy import CONTACT, MARKETING, NEWEST, TOPICS, Privacy
from app.inventory.problems import Problem, did_you_mean

# What reads `first` needs `second` for as long: else the ledger would call leads lost, or decisions could not be opened.
_AS_LONG_AS: Final = (
    ("inbound", "routed"),
    ("inbound", "review"),
    ("inbound", "duplicates"),
    ("inbound", "dlq"),
    ("inbound", "decisions"),
    ("decisions", "keys"),
    ("dlq", "replays"),
)


def check_privacy(privacy: Privacy, document: Document) -> Iterator[Problem]:
    """All that is wrong with the file itself."""
    for topic, days in privacy.topics.items():
        at: Loc = ("topics", topic)
        if topic not in TOPICS:
            yield document.problem(at, f'"{topic}" is no topic', did_you_mean(topic, TOPICS))
            continue
        if topic in NEWEST:
            yield document.problem(at, "keeps the newest record of each key for ever", "remove it: nothing there gets old")
            continue
        kind = TOPICS[topic]
        allowed = getattr(privacy.keep_days, kind)
        if days > allowed:
            what = f"keeps {kind} data for {days} days, and keep_days allows {allowed}"
            yield document.problem(at, what, f"write {allowed} or less, or raise keep_days.{kind} for all of it")
    for first, second in _AS_LONG_AS:
        if privacy.days(first) > privacy.days(second):
            where: Loc = ("topics", second) if second in privacy.topics else ("topics", first)
            what = f"{second} keeps {privacy.days(second)} days, less than {first} ({privacy.days(first)})"
            yield document.problem(where, what, f"let {second} keep as long: what is there could not be accounted for")
    lags = privacy.compaction
    if lags.after_days >= lags.within_days:
        yield document.problem(("compaction", "within_days"), "is not above after_days", "write a higher number")
    shortest = min(privacy.days(topic) for topic in ("routed", "review", "duplicates", "rejected", "dlq"))
    if lags.within_days >= shortest:
        what = f"is as long as lead topics keep their records ({shortest} days): nothing would ever be overwritten before"
        yield document.problem(("compaction", "within_days"), what, "write a lower number: an erasure takes so long")
    if CONTACT not in privacy.purposes:
        yield document.problem(
            ("purposes",), f'does not name "{CONTACT}", the purpose of every team that declares none', "add it"
        )


def check_consent(source: Source, document: Document, purposes: Mapping[str, str] | None) -> Iterator[Problem]:
    """All that is wrong with a source's `consent`; `purposes` is None where privacy.yaml could not be read."""
    if source.consent is None:
        return
    for n, purpose in enumerate(source.consent.purposes):
        if purposes is not None and purpose not in purposes:
            what = f'"{purpose}" is no purpose of privacy.yaml'
            yield document.problem(("consent", "purposes", n), what, did_you_mean(purpose, purposes))
    if not source.consent.purposes:
        yield document.problem(("consent", "purposes"), "names none", "name what people agree to, or remove consent")
    if source.consent_basis == "unknown":
        what = "says what people agree to, and consent_basis does not say on which ground their data are here"
        yield document.problem(("consent",), what, "add consent_basis: consent, contract or legitimate_interest")


def check_team_purposes(teams: Sequence[Team], document: Document, purposes: Mapping[str, str] | None) -> Iterator[Problem]:
    """Purposes of teams that privacy.yaml does not name."""
    for n, team in enumerate(teams):
        if purposes is not None and team.purpose not in purposes:
            what = f'"{team.purpose}" is no purpose of privacy.yaml'
            yield document.problem(("teams", n, "purpose"), what, did_you_mean(team.purpose, purposes))


def without_consent(inventory: Inventory, teams: Document) -> Iterator[Problem]:
    """Teams whose purpose no source can give: every lead passes them over."""
    for n, team in enumerate(inventory.teams.values()):
        if not any(can_give(source, team.purpose) for source in inventory.sources.values()):
            what = f'no source can give consent for "{team.purpose}": every lead passes {team.name} over'
            mend = "name the purpose in the consent of a source, or give the team another"
            yield teams.problem(("teams", n, "purpose"), what, mend)


def can_give(source: Source, purpose: str) -> bool:
    """Whether a lead of the source may ever be for this purpose."""
    if "consent_purposes" in source.mapping.fields:
        return True
    if purpose == CONTACT and source.consent_basis in ("contract", "legitimate_interest"):
        return True
    if source.consent is not None:
        return purpose in source.consent.purposes
    asks = "consent" in source.mapping.fields
    return purpose == CONTACT or asks or (purpose == MARKETING and source.consent_basis == "consent")
