"""Changes of toggles as people order them: what a definition becomes, and what that changes for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.flags.catalogue import CATALOGUE, SWITCHES
from app.flags.definition import TEAM_FLAGS, Definition, FlagError, Rule, known, parse
from app.flags.states import States

ALL = "all"  # every switch; not the share of automation


class Order(NamedTuple):
    """What somebody wants of a flag.

    Attributes:
        percent: 0: off, 100: on.
        sources, teams: For whom; empty: for all, and rules that said otherwise are dropped.
        until_ms: How long; None: for good.
    """

    percent: float
    sources: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    until_ms: int | None = None


def named(flags: Iterable[str]) -> list[str]:
    """The flags that are meant; `all` is every switch.

    Raises:
        FlagError: There is no such flag.
    """
    return list(dict.fromkeys(flag for one in flags for flag in (SWITCHES if one == ALL else (known(one),))))


def edited(flag: str, states: States, order: Order) -> Definition:
    """What the flag's definition becomes.

    Without a target the order is the whole definition. With one it becomes the first rule, instead of an earlier one for it.

    Raises:
        FlagError: It makes no sense of this flag, or would mix what holds for good with what runs out.
    """
    state = {"enabled": order.percent == 100.0} if order.percent in (0.0, 100.0) else {"percent": order.percent}
    until = {} if order.until_ms is None else {"until": order.until_ms}
    if not order.sources and not order.teams:
        return parse(flag, state | until)
    now = states.definition(flag)
    if states.is_changed(flag) and (now.until is None) != (order.until_ms is None):
        held = "for good" if now.until is None else "for a while"
        raise FlagError(f"{flag}: it was changed {held}, and runs out as a whole; reset it first, or say the same of both")
    target = {"sources": order.sources, "teams": order.teams}
    rule = state | {name: list(slugs) for name, slugs in target.items() if slugs}
    kept = [one.model_dump(mode="json", exclude_none=True) for one in now.rules if not _same(one, order)]
    base = {name: value for name, value in now.data().items() if name in ("enabled", "percent")}
    return parse(flag, base | {"rules": [rule, *kept]} | until)


def _same(rule: Rule, order: Order) -> bool:
    return set(rule.sources or ()) == set(order.sources) and set(rule.teams or ()) == set(order.teams)


class Difference(NamedTuple):
    """A flag that stands otherwise for some leads.

    Attributes:
        team: None: whatever the team, or before it is known.
        before, after: The share of keys that it is on for; None: the source's own.
    """

    flag: str
    source: str
    team: str | None
    before: float | None
    after: float | None


def differences(before: States, after: States, sources: Iterable[str], teams: Iterable[str]) -> Iterator[Difference]:
    """All that is otherwise; a team is named only where its leads fare otherwise than the source's others."""
    teams = list(teams)
    for flag in CATALOGUE:
        if before.definition(flag) == after.definition(flag):
            continue
        for source in sources:
            whole = Difference(flag, source, None, before.share(flag, source), after.share(flag, source))
            if whole.before != whole.after:
                yield whole
            for team in teams if flag in TEAM_FLAGS else ():
                one = Difference(flag, source, team, before.share(flag, source, team), after.share(flag, source, team))
                if one.before != one.after and (one.before, one.after) != (whole.before, whole.after):
                    yield one


def spoken(share: float | None) -> str:
    """A state in words: on, off, 25 %."""
    if share is None:
        return "on (the source's own share)"
    return "off" if share == 0.0 else "on" if share == 1.0 else f"{100 * share:g} %"
