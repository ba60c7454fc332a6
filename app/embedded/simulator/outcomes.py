"""What a CRM will report about a lead, days later: contacted, qualified, won or lost; some reversed, some twice, some never."""

from __future__ import annotations

from random import Random

from app.embedded.simulator.planned import OutcomeName, PlannedOutcome

_REPORTED = 0.85  # share of leads that anybody reports about
_REVERSED = 0.02
_REPEATED = 0.02
_QUALIFIED_OF_LOST = 0.35


def outcomes_of(probability: float, rng: Random) -> tuple[PlannedOutcome, ...]:
    """The reports about one lead, in order of time; empty where nobody reports.

    The last won or lost among them is the truth, drawn with `probability`; a reversed one says the opposite first.
    """
    if rng.random() >= _REPORTED:
        return ()
    won = rng.random() < probability
    day = rng.uniform(0.05, 1.0)
    reports = [PlannedOutcome("contacted", day)]
    if won or rng.random() < _QUALIFIED_OF_LOST:
        day += rng.uniform(0.3, 2.0)
        reports.append(PlannedOutcome("qualified", day))
    day += rng.uniform(1.0, 9.0) if won else rng.uniform(0.5, 6.0)
    if rng.random() < _REVERSED:
        reports.append(_final(not won, day, rng))
        reports.append(PlannedOutcome("reopened", day + 1.0))
        day += rng.uniform(1.5, 4.0)
    reports.append(_final(won, day, rng))
    return tuple(reports)


def _final(won: bool, day: float, rng: Random) -> PlannedOutcome:
    outcome: OutcomeName = "won" if won else "lost"
    value = round(rng.lognormvariate(6.5, 0.8), 2) if won else None
    return PlannedOutcome(outcome, day, value, repeated=rng.random() < _REPEATED)
