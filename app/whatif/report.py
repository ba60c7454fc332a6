"""Two courses of the same leads, side by side: who would get what, how much, and what that would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.whatif.past import Past
from app.whatif.replay import Placed

HELD: Final = "(review)"
_PRIOR: Final = 20.0  # expected wins, or due leads, that an untried team's own record is worth
_DAY_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Load:
    """What one team gets.

    Attributes:
        leads: Routed to it.
        queued: Of these, without an owner although it has members.
        hot: Of these, hot.
        fullest: (member, leads on their fullest day in UTC); None: it has no members.
        expected: Sum of the leads' probabilities.
        conversions: The same, each times how the team has done so far against what its leads promised.
        breaches: Leads that would be contacted too late, by the share of those that it has been late with; all that queue.
    """

    leads: int
    queued: int
    hot: int
    fullest: tuple[str, int] | None
    expected: float
    conversions: float
    breaches: float


@dataclass(frozen=True, slots=True)
class Look:
    """A single lead to look at: how it goes now, and how it would."""

    lead: str
    score: float
    now: str
    then: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """Both courses.

    Attributes:
        leads: That were replayed.
        repeats: Share of them for which today's configuration says what was decided.
        moved: (team now, team then) → leads, where the two differ; `(review)` for those that people decide about.
        owners: Leads that stay in their team and get another owner.
        now, then: Team → load, by today's configuration and by the candidate.
        held: Leads that people decide about: now, then.
        looks: Leads to look at, the weightiest first.
        record: Team → (won so far over expected, of how many decided leads).
    """

    leads: int
    repeats: float
    moved: Mapping[tuple[str, str], int]
    owners: int
    now: Mapping[str, Load]
    then: Mapping[str, Load]
    held: tuple[int, int]
    looks: Sequence[Look]
    record: Mapping[str, tuple[float, int]]

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "leads": self.leads,
            "repeats": self.repeats,
            "moved": [{"from": now, "to": then, "leads": n} for (now, then), n in self.moved.items()],
            "other_owner": self.owners,
            "held": {"now": self.held[0], "then": self.held[1]},
            "teams": {
                team: {
                    "now": asdict(self.now[team]) if team in self.now else None,
                    "then": asdict(self.then[team]) if team in self.then else None,
                    "won_over_expected": self.record[team][0] if team in self.record else None,
                }
                for team in sorted({*self.now, *self.then})
            },
            "total": {"now": _total(self.now), "then": _total(self.then)},
            "look_at": [asdict(one) for one in self.looks],
        }


def compare(past: Sequence[Past], now: Sequence[Placed], then: Sequence[Placed], looks: int = 10) -> Report:
    """The report.

    Args:
        past: The leads.
        now, then: Where they go by today's configuration, and by the candidate; in the same order.
        looks: How many single leads to name.
    """
    record, late = _record(past), _late(past)
    moved = Counter((_side(a), _side(b)) for a, b in zip(now, then, strict=True) if _side(a) != _side(b))
    return Report(
        leads=len(past),
        repeats=sum(_repeats(one, a) for one, a in zip(past, now, strict=True)) / len(past) if past else 1.0,
        moved=dict(moved.most_common()),
        owners=sum(_side(a) == _side(b) and a.owner != b.owner for a, b in zip(now, then, strict=True)),
        now=_loads(past, now, record, late),
        then=_loads(past, then, record, late),
        held=(sum(bool(one.held) for one in now), sum(bool(one.held) for one in then)),
        looks=_looks(past, now, then, looks),
        record=record,
    )


def _side(one: Placed) -> str:
    return HELD if one.held else one.team


def _repeats(one: Past, placed: Placed) -> bool:
    return (one.fate == "review") == bool(placed.held) and one.team == placed.team


def _record(past: Sequence[Past]) -> dict[str, tuple[float, int]]:
    """What each team won of what its leads promised, drawn towards all teams' record by _PRIOR expected wins."""
    won, promised, decided = Counter[str](), Counter[str](), Counter[str]()
    for one in past:
        if one.course.won is not None and one.fate == "routed":
            won[one.team] += one.course.won
            promised[one.team] += one.score.probability  # type: ignore[assignment]
            decided[one.team] += 1
    overall = (won.total() + _PRIOR) / (promised.total() + _PRIOR)
    return {team: ((won[team] + _PRIOR * overall) / (promised[team] + _PRIOR), decided[team]) for team in decided}


def _late(past: Sequence[Past]) -> dict[str, float]:
    """Share of each team's due leads that were contacted too late, drawn towards all teams' share. Of leads that somebody got to:
    of others nobody can say yet whether they will be late."""
    late, due = Counter[str](), Counter[str]()
    for one in past:
        if one.due_ms is not None and one.course.contacted_ms is not None and one.fate == "routed":
            due[one.team] += 1
            late[one.team] += one.course.contacted_ms > one.due_ms
    overall = late.total() / due.total() if due else 0.0
    shares = {team: (late[team] + _PRIOR * overall) / (due[team] + _PRIOR) for team in due}
    return shares | {"": overall}


def _loads(
    past: Sequence[Past], placed: Sequence[Placed], record: Mapping[str, tuple[float, int]], late: Mapping[str, float]
) -> dict[str, Load]:
    by_team: dict[str, list[tuple[Past, Placed]]] = {}
    for pair in zip(past, placed, strict=True):
        if not pair[1].held:
            by_team.setdefault(pair[1].team, []).append(pair)
    return {team: _load(pairs, record.get(team, (1.0, 0))[0], late.get(team, late[""])) for team, pairs in by_team.items()}


def _load(pairs: Sequence[tuple[Past, Placed]], factor: float, late: float) -> Load:
    days = Counter((placed.owner, past.at_ms // _DAY_MS) for past, placed in pairs if placed.owner is not None)
    (owner, _), most = days.most_common(1)[0] if days else ((None, 0), 0)
    expected = sum(placed.score for _, placed in pairs)
    due = [placed for _, placed in pairs if placed.due_ms is not None]
    return Load(
        leads=len(pairs),
        queued=sum(placed.queued is not None for _, placed in pairs),
        hot=sum(placed.band == "hot" for _, placed in pairs),
        fullest=None if owner is None else (owner, most),
        expected=expected,
        conversions=expected * factor,
        breaches=sum(1.0 if placed.queued else late for placed in due),
    )


def _looks(past: Sequence[Past], now: Sequence[Placed], then: Sequence[Placed], most: int) -> list[Look]:
    """The likeliest wins of each kind of move, kinds in turn: ten leads of one move would tell the same ten times."""
    kinds: dict[tuple[str, str], list[tuple[float, Look]]] = {}
    for one, a, b in zip(past, now, then, strict=True):
        if _side(a) == _side(b) and (a.queued is None) == (b.queued is None):
            continue
        score = max(a.score, b.score)
        look = Look(one.lead.lead_id, score, _told(a), _told(b), _why(b))
        kinds.setdefault((_told(a), _told(b)), []).append((score, look))
    rows = [sorted(looks, key=lambda pair: (-pair[0], pair[1].lead)) for looks in kinds.values()]
    rows.sort(key=lambda row: (-row[0][0], row[0][1].lead))
    in_turn = (row[n][1] for n in range(most) for row in rows if n < len(row))
    return [look for look, _ in zip(in_turn, range(most), strict=False)]


def _told(one: Placed) -> str:
    if one.held:
        return HELD
    return f"{one.team}, queue" if one.queued else one.team


def _why(one: Placed) -> str:
    if one.held:
        return ", ".join(one.held)
    return f"{one.queued}, by {one.rule}" if one.queued else f"by {one.rule}"


def _total(loads: Mapping[str, Load]) -> dict[str, float]:
    names = ("leads", "queued", "hot", "expected", "conversions", "breaches")
    return {name: sum(getattr(one, name) for one in loads.values()) for name in names}
