"""Leads that no rule takes: how many of a source's, or of all, may be left to the catch-all before somebody should look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from math import log
from typing import Final

from app.monitoring.baseline import Shares
from app.monitoring.verdicts import EVIDENCE, RESHAPED, Kind, State, Verdict
from app.monitoring.windows import Window

KIND: Final = "catch_all_share"
STEP: Final = 0.10  # above what is usual: the least that is worth a look
_NAME: Final = "catch_all"


class CatchAll:
    """The catch-all's share of one source, or of all together.

    It should stay below a bar: the configured limit, and for a source what is usual there and a STEP more. Window by window
    the odds are summed that the share is a STEP above the bar and not at it, never below zero (Page's CUSUM, 1954): it may be
    looked at after every window, and while the share stays at the bar a false alarm comes once in e^16 leads at most. A window
    counts for 100 leads at most, because leads of one form or campaign come together.

    Args:
        limit: Share in (0, 1] from which on the rules are said to have a gap, however usual that is.
        learns: Whether the usual share counts, too.
    """

    def __init__(self, limit: float, *, learns: bool) -> None:
        self._limit, self._learns = limit, learns
        self._usual, self._odds = Shares(), 0.0

    def judge(self, window: Window) -> Verdict:
        """To be called once per window, in order."""
        of, caught = window.placed, window.caught
        usual = self._usual.share(_NAME) if self._learns and self._usual.ready else None
        bar = min(self._limit, 1 - STEP / 2, 1.0 if usual is None else usual + STEP)
        worse = min(bar + STEP, 1 - STEP / 4)
        seen = caught / of if of else 0.0
        if of:
            odds = caught * log(worse / bar) + (of - caught) * log((1 - worse) / (1 - bar))
            self._odds = min(max(0.0, self._odds + odds / (1 + of / Shares.TRUST)), 2 * EVIDENCE)
        state: State = "breach" if self._odds >= EVIDENCE and seen >= bar else "calm" if of and not self._odds else "unclear"
        than = f"usually {usual:.0%}" if usual is not None and bar < self._limit else f"the limit is {self._limit:.0%}"
        text = f"{caught} of {of} leads were taken by no rule and left to the catch-all ({seen:.0%}), {than}"
        samples = tuple(window.samples.get(_NAME, ()))
        return Verdict(KIND, state, seen, bar, "share", text, samples=samples)

    def learn(self, window: Window, out: Set[Kind]) -> None:
        """Take a window into what is usual, unless it is `out` of order; where leads look otherwise, it says nothing of rules."""
        if out & RESHAPED:
            self._odds = 0.0
        elif self._learns and KIND not in out and not self._odds:
            self._usual.learn(window.placed, Counter({_NAME: window.caught}), frozenset())
