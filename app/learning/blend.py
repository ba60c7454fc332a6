"""How much say each member has: by its loss on recent labels, judged as leads are scored, by weights from some time before.

Labels come late. What a member says of a lead just before its label is learned is not what it said when the lead was scored: a
member that runs after every label looks best the moment before and is worst when it counts. So all members' weights are kept at
intervals, and each is judged by what its weights of `LAG` labels ago say. The say follows as in the exponentially weighted
forecaster (Vovk; Littlestone and Warmuth, 1994), with losses that fade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, Final

from app.learning.terms import Terms

LAG: Final = 500  # labels
EVERY: Final = 250  # labels between copies
UNSETTLED_HEDGE: Final = 0.5
NEWEST_FADE: Final = 0.99  # per label, of the losses that count after a drift
DIGITS: Final = 7  # of a copied weight: keeps states small
Copy = tuple[float, dict[str, float]]  # bias, term → weight


class Blend:
    """Say in proportion to exp(-hedge × faded loss).

    Args:
        members: How many.
        hedge: How strongly loss counts.
        fade: Of losses, per label.
    """

    def __init__(self, members: int, hedge: float, fade: float) -> None:
        self.losses, self.newest = [0.0] * members, [0.0] * members
        self._hedge, self._fade = hedge, fade
        self._kept: list[list[Copy]] = []
        self._next = EVERY // 4
        self._age = 0

    def shares(self, unsettled: bool) -> list[float]:
        """The members' say; sums to 1. `unsettled`: the world has just changed, so the newest losses decide, and firmly."""
        losses, hedge = (self.newest, UNSETTLED_HEDGE) if unsettled else (self.losses, self._hedge)
        least = min(losses)
        raw = [exp(-hedge * (loss - least)) for loss in losses]
        whole = sum(raw)
        return [one / whole for one in raw]

    def lagged(self, terms: Sequence[Terms]) -> list[float] | None:
        """Log-odds that the members' weights of some time ago give; None while there are none."""
        if not self._kept:
            return None
        answers = []
        for (bias, weights), own in zip(self._kept[0], terms, strict=True):
            z = bias
            for term, factor in own:
                weight = weights.get(term)
                if weight is not None:
                    z += weight * factor
            answers.append(z)
        return answers

    def judge(self, losses: Sequence[float], newest: Sequence[float]) -> None:
        """Take each member's loss on one label in: as the lead was scored, and as it would have been just now."""
        self.newest = [NEWEST_FADE * old + loss for old, loss in zip(self.newest, newest, strict=True)]
        fade = self._fade
        self.losses = [fade * old + loss for old, loss in zip(self.losses, losses, strict=True)]

    def due(self) -> bool:
        """Count one label; whether the weights are to be copied now."""
        self._age += 1
        return self._age >= self._next

    def copy(self, members: Sequence[tuple[float, Mapping[str, float]]]) -> None:
        """Keep these weights (bias, term → weight) to be judged by later."""
        self._next = self._next * 2 if self._next < EVERY else self._next + EVERY
        self._kept.append([(bias, {t: round(w, DIGITS) for t, w in weights.items() if w}) for bias, weights in members])
        if len(self._kept) > LAG // EVERY + 1:
            del self._kept[0]

    def grow(self, term: str, below: str, above: str | None, share: float) -> None:
        """A new knot has to say in the copies what they said at its place."""
        for kept in self._kept:
            for _, weights in kept:
                low = weights.get(below, 0.0)
                weights[term] = low + share * (weights.get(above, 0.0) - low) if above is not None else low

    def restart(self) -> None:
        """Even say, and no memory: the world has changed."""
        self.losses, self.newest = [0.0] * len(self.losses), [0.0] * len(self.losses)
        self._kept, self._age, self._next = [], 0, EVERY // 4

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "losses": list(self.losses),
            "newest": list(self.newest),
            "kept": [[[bias, dict(weights)] for bias, weights in kept] for kept in self._kept],
            "age": self._age,
            "next": self._next,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        self.losses, self.newest = ([float(loss) for loss in state[name]] for name in ("losses", "newest"))
        self._kept = [
            [(float(bias), {term: float(weight) for term, weight in weights.items()}) for bias, weights in kept]
            for kept in state["kept"]
        ]
        self._age, self._next = int(state["age"]), int(state["next"])
