"""Learned won shares: of every value of every feature, decaying, as smoothed log-odds against those of all leads.

Target encoding as a stream allows it: a lead's rates are taken before its own label counts (prequential), and a value with few
labels is drawn to the share of all. Two half-lives, so that what is true now and what was always true both speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Final

SMOOTHING: Final = 10.0  # labels that the share of all is worth for a value
FIRST: Final = (0.2, 2.0)  # won, all: before any label
LEAST: Final = 0.002  # the share of all is never nearer 0 or 1


class Rates:
    """Decaying counts per term.

    Args:
        half_lives: In labels, of all leads: a value nobody has shown for long is forgotten too.
    """

    def __init__(self, half_lives: Sequence[float]) -> None:
        self.decays = [0.5 ** (1.0 / life) for life in half_lives]
        self.totals = [list(FIRST) for _ in half_lives]
        self.counts: dict[str, list[float]] = {}  # term → won, all per half-life, then the label they are of
        self.labels = 0

    def shares(self) -> list[float]:
        """The won share of all leads, per half-life."""
        return [min(1.0 - LEAST, max(LEAST, won / all_)) for won, all_ in self.totals]

    def of(self, term: str, shares: Sequence[float]) -> list[float]:
        """Log-odds of this term's leads less those of all, per half-life; zeros where nothing is known."""
        counts = self.counts.get(term)
        if counts is None:
            return [0.0] * len(shares)
        since, found = self.labels - counts[-1], []
        for at, (decay, share) in enumerate(zip(self.decays, shares, strict=True)):
            faded = decay**since
            p = (counts[2 * at] * faded + SMOOTHING * share) / (counts[2 * at + 1] * faded + SMOOTHING)
            found.append(log(p / (1.0 - p) * (1.0 - share) / share))
        return found

    def seen(self, term: str) -> float:
        """How many labels of this term are remembered at the long half-life."""
        counts = self.counts.get(term)
        return 0.0 if counts is None else float(counts[-2] * self.decays[-1] ** (self.labels - counts[-1]))

    def learn(self, terms: Sequence[tuple[str, str]], won: bool) -> None:
        """Count one label for each (feature, term)."""
        for _, term in terms:
            counts = self.counts.get(term)
            if counts is None:
                counts = self.counts[term] = [0.0, 0.0] * len(self.decays) + [0.0]
            since = self.labels - counts[-1]
            for at, decay in enumerate(self.decays):
                faded = decay**since
                counts[2 * at] = counts[2 * at] * faded + won
                counts[2 * at + 1] = counts[2 * at + 1] * faded + 1.0
            counts[-1] = float(self.labels)  # as a restored one has it: an integer power rounds differently
        for total, decay in zip(self.totals, self.decays, strict=True):
            total[0], total[1] = total[0] * decay + won, total[1] * decay + 1.0
        self.labels += 1

    def grow(self, term: str, below: str) -> None:
        """A new knot shares what its lower neighbour has seen."""
        if below in self.counts and term not in self.counts:
            half = [count / 2.0 for count in self.counts[below][:-1]]
            self.counts[term] = [*half, self.counts[below][-1]]
            self.counts[below] = [*half, self.counts[below][-1]]

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "labels": self.labels,
            "totals": [list(total) for total in self.totals],
            "counts": {term: list(counts) for term, counts in self.counts.items()},
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        self.labels = int(state["labels"])
        self.totals = [[float(won), float(all_)] for won, all_ in state["totals"]]
        self.counts = {term: [float(count) for count in counts] for term, counts in state["counts"].items()}
        if len(self.totals) != len(self.decays) or any(len(one) != 2 * len(self.decays) + 1 for one in self.counts.values()):
            raise ValueError("rates of another recipe")
