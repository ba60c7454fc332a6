"""Looks at fairness every so often, over the leads of the last days that are remembered, and says what passes its limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from app.fairness.facts import Facts
from app.fairness.report import Breach, audit
from app.inventory.models import Fairness
from app.monitoring.ends import REMEMBERED
from app.monitoring.verdicts import Verdict
from app.monitoring.windows import EVERYTHING, Window

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
WORDS: Final = {
    "hot": "hot",
    "first_class": "at first-class teams",
    "review": "left to people",
    "opportunity": "hot among the won",
    "calibration": "won beyond their scores",
    "starved": "long on the way to the win, hot or warm",
}


class FairnessWatch:
    """Decisions and outcomes in, verdicts out.

    Args:
        rules: Limits, and how often.
    """

    def __init__(self, rules: Fairness) -> None:
        self._rules, self._facts = rules, Facts(REMEMBERED)
        self._period: int | None = None

    def decided(self, decision: Mapping[str, Any]) -> None:
        """A decision, as it is read."""
        self._facts.decided(decision)

    def reported(self, outcome: Mapping[str, Any]) -> None:
        """An outcome, after the decision on its lead was read."""
        self._facts.reported(outcome)

    def judge(self, end_ms: int, rings: Set[str]) -> tuple[Window, list[Verdict]] | None:
        """What there is to say of the days before a moment; None where it is not time yet.

        Args:
            rings: What rings: `dimension=value` of each.
        """
        period = int(end_ms // (self._rules.every_hours * HOUR_MS))
        if period == self._period:
            return None
        self._period = period
        since_ms = max(0, end_ms - int(self._rules.days * DAY_MS))
        report = audit(self._facts.leads(since_ms, end_ms), self._rules, end_ms, since_ms=since_ms)
        breaches: dict[str, list[Breach]] = defaultdict(list)
        for one in report.breaches:
            breaches[f"{one.dimension}={one.value}"].append(one)
        found = [_verdict(group, told) for group, told in breaches.items()]
        found += [_calm(group) for group in sorted(rings - breaches.keys())]
        return Window(EVERYTHING, since_ms, end_ms), found


def _verdict(group: str, breaches: Sequence[Breach]) -> Verdict:
    worst, limits = breaches[0], [f"{WORDS[one.measure]} {one.group:.1%}, all others {one.rest:.1%}" for one in breaches]
    text = f"{group.removeprefix('sensitive:')}: {'; '.join(limits)}; see leadstream fairness"
    unit = "share" if worst.measure == "calibration" else "ratio"
    return Verdict("fairness_breach", "breach", worst.effect, worst.limit, unit, text, group)


def _calm(group: str) -> Verdict:
    told = f"{group.removeprefix('sensitive:')}: within its limits again"
    return Verdict("fairness_breach", "calm", 1.0, 1.0, "ratio", "", group, resolution=told)
