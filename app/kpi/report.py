"""KPIs by group, between the arms of rollouts, before and after a moment, and against what is wanted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal

from app.fairness.intervals import Interval
from app.inventory.measuring import Kpi, Measuring, Target
from app.kpi.facts import Facts, Lead
from app.kpi.figures import DAY_MS, SHARES, Costed, Figures, figures
from app.kpi.intervals import change, difference

Dimension = Literal["source", "team", "campaign", "band"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("source", "team", "campaign", "band")
State = Literal["on track", "met, within chance", "missed, within chance", "missed", "too few"]

_OF: Final[dict[Dimension, Callable[[Lead], str | None]]] = {
    "source": lambda lead: lead.source,
    "team": lambda lead: lead.team,
    "campaign": lambda lead: lead.campaign,
    "band": lambda lead: lead.band,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One KPI of one group against that of another.

    Attributes:
        relative: -.25 is a quarter less. None where the other is 0.
        absolute: In the KPI's own unit.
    """

    kpi: Kpi
    relative: Interval | None
    absolute: Interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups side by side: an arm and the control arm, or after and before."""

    name: str
    one: str
    other: str
    one_figures: Figures
    other_figures: Figures
    changes: tuple[Change, ...]

    def of(self, kpi: Kpi) -> Change | None:
        """Its change; None where one of the two cannot be told."""
        return next((one for one in self.changes if one.kpi == kpi), None)


@dataclass(frozen=True, slots=True)
class Judged:
    """A target, what it came to, and where it stands. `about`: the rollout, or empty for all leads."""

    target: Target
    about: str
    found: Interval | None
    state: State


@dataclass(frozen=True, slots=True)
class Report:
    """See the module. `groups`: dimension → value → figures."""

    total: Figures
    groups: Mapping[str, Mapping[str, Figures]]
    contrasts: tuple[Contrast, ...]
    judged: tuple[Judged, ...]
    unclaimed: float
    foreign: Mapping[str, float]
    currency: str
    now_ms: int

    def contrast(self, name: str, one: str = "candidate") -> Contrast | None:
        """The one of this rollout and arm."""
        return next((each for each in self.contrasts if each.name == name and each.one == one), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; limits that are infinite become null."""
        return {
            "currency": self.currency,
            "now": self.now_ms,
            "total": _told(self.total),
            "groups": {name: {value: _told(one) for value, one in found.items()} for name, found in self.groups.items()},
            "contrasts": [
                {
                    "name": one.name,
                    "group": one.one,
                    "against": one.other,
                    one.one: _told(one.one_figures),
                    one.other: _told(one.other_figures),
                    "changes": {
                        each.kpi: {
                            "relative": None if each.relative is None else _interval(each.relative),
                            "absolute": _interval(each.absolute),
                        }
                        for each in one.changes
                    },
                }
                for one in self.contrasts
            ],
            "targets": [
                one.target.model_dump(exclude_none=True)
                | {"about": one.about, "state": one.state, "found": None if one.found is None else _interval(one.found)}
                for one in self.judged
            ],
            "spend_unclaimed": self.unclaimed,
            "spend_in_other_currencies": dict(self.foreign),
        }


def report(
    facts: Facts,
    rules: Measuring,
    now_ms: int,
    *,
    since_ms: int | None = None,
    until_ms: int | None = None,
    by: Sequence[Dimension] = DIMENSIONS,
    split_ms: int | None = None,
    within_days: float | None = None,
) -> Report:
    """All of it.

    Args:
        now_ms: Until when decisions and outcomes are known.
        since_ms, until_ms: Arrival of the leads.
        split_ms: Hold leads from this moment on against those before.
        within_days: Count only wins that came so soon, of leads so old; before and after a moment are only alike so.
    """
    leads = list(facts.leads(since_ms, until_ms))
    shared = facts.spending.share(leads, rules.currency, since_ms, until_ms)
    records = [Costed(*one) for one in zip(leads, shared.each, strict=True)]
    within_ms = None if within_days is None else int(within_days * DAY_MS)

    def count(some: Sequence[Costed]) -> Figures:
        return figures(
            some,
            now_ms,
            handling_cost=rules.lead_handling_cost,
            velocity_days=rules.velocity_days,
            within_ms=within_ms,
        )

    total = count(records)
    groups: dict[str, dict[str, Figures]] = {
        name: {value: count(some) for value, some in _grouped(records, _OF[name]).items()} for name in by
    }
    contrasts: list[Contrast] = []
    for rollout in sorted({name for one in leads for name in one.arms}):
        arms = {arm: count(some) for arm, some in _grouped(records, lambda lead, name=rollout: lead.arms.get(name)).items()}  # type: ignore[misc]
        groups[f"arm of {rollout}"] = arms
        contrasts += [
            contrasted(rollout, arm, "control", arms[arm], arms["control"])
            for arm in ("candidate", "current")
            if arm in arms and "control" in arms
        ]
    if split_ms is not None:
        halves = _grouped(records, lambda lead: "after" if lead.at_ms >= split_ms else "before")
        if len(halves) == 2:
            contrasts.append(contrasted("split", "after", "before", count(halves["after"]), count(halves["before"])))
    judged = [each for target in rules.targets for each in _judge(target, total, contrasts, rules.least_leads)]
    return Report(total, groups, tuple(contrasts), tuple(judged), shared.unclaimed, shared.foreign, rules.currency, now_ms)


def contrasted(name: str, one: str, other: str, one_figures: Figures, other_figures: Figures) -> Contrast:
    """Every KPI that both have."""
    changes = []
    for kpi, value in one_figures.kpis.items():
        against = other_figures.kpis.get(kpi)
        if against is None:
            continue
        relative = change(value, against) if kpi != "velocity" and against.value > 0 else None
        changes.append(Change(kpi, relative, difference(value, against)))
    return Contrast(name, one, other, one_figures, other_figures, tuple(changes))


def _judge(target: Target, total: Figures, contrasts: Sequence[Contrast], least: int) -> list[Judged]:
    if not target.of_arms:
        found = total.kpis.get(target.kpi)
        return [Judged(target, "", found, _state(target, found, total.leads >= least))]
    judged = []
    for one in contrasts:
        if one.one != "candidate" or target.rollout not in (None, one.name):
            continue
        moved = one.of(target.kpi)
        enough = min(one.one_figures.leads, one.other_figures.leads) >= least
        found = None if moved is None else moved.relative
        judged.append(Judged(target, one.name, found, _state(target, found, enough)))
    return judged


def _state(target: Target, found: Interval | None, enough: bool) -> State:
    """On track or missed where all of the interval says so."""
    if found is None or not enough:
        return "too few"
    limit, least = target.limit
    value, worst, best = (found.value, found.low, found.high) if least else (-found.value, -found.high, -found.low)
    limit = limit if least else -limit
    if value >= limit:
        return "on track" if worst >= limit else "met, within chance"
    return "missed" if best < limit else "missed, within chance"


def _grouped(records: Sequence[Costed], of: Callable[[Lead], str | None]) -> dict[str, list[Costed]]:
    found = defaultdict[str, list[Costed]](list)
    for one in records:
        value = of(one.lead)
        if value is not None:
            found[value].append(one)
    return dict(sorted(found.items()))


def _told(one: Figures) -> dict[str, Any]:
    names = ("records", "leads", "won", "qualified", "revenue", "spend", "duplicates", "saved", "billed")
    return {name: getattr(one, name) for name in names} | {
        kpi: _interval(value) | ({"share": True} if kpi in SHARES else {}) for kpi, value in one.kpis.items()
    }


def _interval(one: Interval) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in zip(one._fields, one, strict=True)}
