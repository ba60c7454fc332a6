"""What a CRM will report about a lead, days later: contacted, qualified, won or lost, and whatever else CRMs report.

Some ends are reversed (a sale is refunded, a lost lead is reopened and won), some come late, some twice, some never; and some
steps have names that nobody but the CRM knows.
"""

from __future__ import annotations

from random import Random

from app.embedded.simulator.planned import OutcomeName, PlannedOutcome

_REPORTED = 0.85  # share of leads that anybody reports about
_REVERSED = 0.02
_REPEATED = 0.02
_LATE = 0.02  # share of ends that come when nobody waits for them any more
_UNHEARD = 0.01  # share of leads with a step of an unknown name
_DISQUALIFIED = 0.2  # share of lost leads that nobody should have had
_QUALIFIED_OF_LOST = 0.35


def outcomes_of(probability: float, rng: Random) -> tuple[PlannedOutcome, ...]:
    """The reports about one lead, in order of time; empty where nobody reports.

    The last end among them is the truth, drawn with `probability`; a reversed one says the opposite first.
    """
    if rng.random() >= _REPORTED:
        return ()
    won = rng.random() < probability
    day = rng.uniform(0.05, 1.0)
    reports = [PlannedOutcome("contacted", day)]
    if won or rng.random() < _QUALIFIED_OF_LOST:
        day += rng.uniform(0.3, 2.0)
        reports.append(PlannedOutcome("qualified", day))
    if rng.random() < _UNHEARD:
        reports.append(PlannedOutcome("on hold", day + 0.1))
    day += rng.uniform(1.0, 9.0) if won else rng.uniform(0.5, 6.0)
    if rng.random() < _LATE:
        day += rng.uniform(15.0, 30.0)
    if rng.random() >= _REVERSED:
        reports.append(_end(won, day, rng))
    elif not won and rng.random() < 0.5:
        reports.append(_final("won", day, rng))
        reports.append(PlannedOutcome("refunded", day + rng.uniform(1.0, 14.0)))
    else:
        reports.append(_end(not won, day, rng))
        reports.append(PlannedOutcome("reopened", day + 1.0))
        reports.append(_end(won, day + rng.uniform(1.5, 4.0), rng))
    return tuple(reports)


def _end(won: bool, day: float, rng: Random) -> PlannedOutcome:
    return _final("won" if won else "disqualified" if rng.random() < _DISQUALIFIED else "lost", day, rng)


def _final(outcome: OutcomeName, day: float, rng: Random) -> PlannedOutcome:
    value = round(rng.lognormvariate(6.5, 0.8), 2) if outcome == "won" else None
    return PlannedOutcome(outcome, day, value, repeated=rng.random() < _REPEATED)
