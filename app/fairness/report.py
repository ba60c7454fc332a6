"""The audit: every group against the rest, niches with long cycles, and the breaches that chance does not explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any, Final

from app.fairness.facts import CATEGORIES, Lead
from app.fairness.intervals import Interval, Share, holm, wilson
from app.fairness.measures import Comparison, Counts, calibration_error, compare, counts, first_contact_h
from app.fairness.niches import Niche, niche
from app.fairness.waiting import course
from app.inventory.models import Fairness, Measure

MOST_DECLARED: Final = 30  # sensitive attributes
MOST_GROUPS: Final = 40  # of a dimension, the largest; the others are FEW together
LEAST_SHOWN: Final = 5  # smaller groups are FEW, too: what is said of one lead is said of one person
FEW: Final = "(few)"
SENSITIVE: Final = "sensitive:"


@dataclass(frozen=True, slots=True)
class Group:
    """The leads of one value.

    Attributes:
        won: Of those that ended, the share that was won, with bounds.
        calibration_error: Within the group; None where few have ended.
        first_contact_h: Median hours from arrival; None where nobody was contacted.
    """

    dimension: str
    value: str
    counts: Counts
    won: Interval
    calibration_error: float | None
    first_contact_h: float | None
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """What passes its limit beyond chance; `p` as it counts among all tests of the audit (Holm)."""

    dimension: str
    value: str
    measure: str
    group: float
    rest: float
    effect: float
    limit: float
    p: float

    @property
    def name(self) -> str:
        return f"{self.dimension}={self.value}:{self.measure}"


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        tests: How many comparisons were judged.
    """

    leads: int
    ended: int
    since_ms: int | None
    until_ms: int
    groups: tuple[Group, ...]
    niches: tuple[Niche, ...]
    breaches: tuple[Breach, ...]
    tests: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; a bound without end is None."""
        return {"version": 1, **_plain(asdict(self))}


def _plain(value: Any) -> Any:
    match value:
        case Interval():
            return {name: bound if isfinite(bound) else None for name, bound in value._asdict().items()}
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case float() if not isfinite(value):
            return None
    return value


def audit(leads: Iterable[Lead], rules: Fairness, now_ms: int, *, since_ms: int | None = None, by: Sequence[str] = ()) -> Report:
    """Judge.

    Args:
        leads: Those that count.
        rules: Limits.
        now_ms: Until when outcomes are known.
        since_ms: From when on leads were looked at; only told.
        by: Dimensions to look at; none: source, country, language, device, and all that is declared sensitive.
    """
    all_ = list(leads)
    by_value = _grouped(all_)
    wanted = [name for name in by_value if _wanted(name, by)]
    groups = [one for name in wanted for one in _dimension(name, by_value[name], rules)]
    niches = [one for name in rules.segments if name in by_value for one in _niches(name, by_value[name], now_ms, rules)]
    breaches, tests = _breaches(groups, niches, rules)
    ended = sum(one.won is not None for one in all_)
    return Report(len(all_), ended, since_ms, now_ms, tuple(groups), tuple(niches), breaches, tests)


def _wanted(name: str, by: Sequence[str]) -> bool:
    if by:
        return name in by or name.removeprefix(SENSITIVE) in by or (name.startswith(SENSITIVE) and "sensitive" in by)
    return name != "interest"


def _grouped(leads: Iterable[Lead]) -> dict[str, dict[str, list[Lead]]]:
    """Dimension → value → leads; the dimensions in a fixed order, the largest groups first."""
    found: dict[str, dict[str, list[Lead]]] = defaultdict(lambda: defaultdict(list))
    for lead in leads:
        for name, value in lead.groups.items():
            found[name][value].append(lead)
    own = ("source", *CATEGORIES)
    declared = sorted((name for name in found if name not in own), key=lambda name: (-sum(map(len, found[name].values())), name))
    order = {name: n for n, name in enumerate(own)}
    return {
        name: _bounded(found[name])
        for name in sorted({*own, *declared[:MOST_DECLARED]} & found.keys(), key=lambda name: (order.get(name, len(order)), name))
    }


def _bounded(values: Mapping[str, list[Lead]]) -> dict[str, list[Lead]]:
    ranked = sorted(values, key=lambda value: (-len(values[value]), value))
    kept = {value: values[value] for value in ranked[:MOST_GROUPS] if len(values[value]) >= LEAST_SHOWN}
    few = [lead for value in ranked if value not in kept for lead in values[value]]
    return kept | ({FEW: few} if few else {})


def _dimension(name: str, values: Mapping[str, list[Lead]], rules: Fairness) -> Iterable[Group]:
    kind = "sensitive" if name.startswith(SENSITIVE) else name
    judged: tuple[Measure, ...] = getattr(rules.judged, kind, ())
    all_ = counts([lead for leads in values.values() for lead in leads], rules.first_class)
    for value, group in values.items():
        mine = counts(group, rules.first_class)
        rest = all_.less(mine)
        comparisons = tuple(compare(mine, rest, rules, judged if value != FEW else ())) if rest.leads else ()
        won = wilson(_ended(group))
        yield Group(name, value, mine, won, calibration_error(group), first_contact_h(group), comparisons)


def _ended(leads: Sequence[Lead]) -> Share:
    return Share(sum(one.won is True for one in leads), sum(one.won is not None for one in leads))


def _niches(name: str, values: Mapping[str, list[Lead]], now_ms: int, rules: Fairness) -> Iterable[Niche]:
    usual = course(lead.course(now_ms) for leads in values.values() for lead in leads).median_days
    for value, group in values.items():
        here = course(lead.course(now_ms) for lead in group).median_days
        if value == FEW or here is None or usual is None or here <= usual:
            continue
        rest = [lead for other, leads in values.items() if other != value for lead in leads]
        if rest and (found := niche(name, value, group, rest, now_ms, rules)) is not None:
            yield found


def _breaches(groups: Sequence[Group], niches: Sequence[Niche], rules: Fairness) -> tuple[tuple[Breach, ...], int]:
    """Of all tests that were made those beyond their limit, and beyond chance all together."""
    made: list[tuple[bool, Breach]] = []
    for group in groups:
        for one in group.comparisons:
            if one.judged:
                limit = rules.calibration_gap if one.measure == "calibration" else rules.least_ratio
                limit = 1 / limit if one.measure == "review" else limit
                made.append(
                    (
                        one.beyond,
                        Breach(group.dimension, group.value, one.measure, one.group, one.rest, one.effect.value, limit, one.p),
                    )
                )
    for niche_ in niches:
        if niche_.judged:
            where = niche_.dimension, niche_.value, "starved"
            shares = niche_.treated, niche_.treated_elsewhere
            made.append((niche_.beyond, Breach(*where, *shares, niche_.fair.value, rules.starved_below, niche_.p)))
    adjusted = holm([breach.p for _, breach in made])
    found = [replace(breach, p=p) for (beyond, breach), p in zip(made, adjusted, strict=True) if beyond and p < rules.alpha]
    return tuple(sorted(found, key=lambda one: (one.p, one.name))), len(made)
