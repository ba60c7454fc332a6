"""All rollouts at one moment, compiled: where does a lead stand? A hash per rollout that its source takes part in, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from app.ports import NOWHERE, Arm, Placed
from app.rollout.arms import arm_at, places
from app.rollout.plan import Rollout

KNOWN: Final = 1_000  # sources whose rollouts are remembered


class _One(NamedTuple):
    rollout: Rollout
    place: Callable[[str], float]


class Table:
    """Immutable but for what it remembers; implements `app.ports.Rollouts`.

    Args:
        rollouts: In any order; of two that would decide the same, the first by name does.
    """

    def __init__(self, rollouts: Iterable[Rollout] = ()) -> None:
        self.rollouts = tuple(sorted(rollouts, key=lambda one: one.name))
        self._all = [_One(one, places(one.name)) for one in self.rollouts]
        self._of: dict[str, list[_One]] = {}
        self._placed: dict[tuple[str, tuple[Arm, ...]], Placed] = {}

    @property
    def routings(self) -> frozenset[str]:
        """Names of candidate rules that leads may be put to."""
        return frozenset(one.target for one in self.rollouts if one.kind == "routing" and one.going)

    @property
    def models(self) -> frozenset[str]:
        """Versions that leads may be put to."""
        return frozenset(one.target for one in self.rollouts if one.kind == "model" and one.going)

    def place(self, source: str, key: str) -> Placed:
        """See `app.ports.Rollouts`."""
        mine = self._of.get(source)
        if mine is None:
            mine = [one for one in self._all if one.rollout.concerns(source)]
            if len(self._of) < KNOWN:
                self._of[source] = mine
        if not mine:
            return NOWHERE
        arms = tuple([arm_at(one.place(key), one.rollout.share, one.rollout.control) for one in mine])
        placed = self._placed.get((source, arms))
        if placed is None:
            placed = _placed(mine, arms)
            if len(self._placed) < KNOWN:
                self._placed[source, arms] = placed
        return placed


def _placed(mine: list[_One], arms: tuple[Arm, ...]) -> Placed:
    drawn = [(one.rollout, arm) for one, arm in zip(mine, arms, strict=True)]
    in_it = [rollout for rollout, arm in drawn if arm == "candidate"]
    held = any(rollout.held(arm) for rollout, arm in drawn)
    return Placed(
        arms={rollout.name: arm for rollout, arm in drawn},
        held=held,
        automated=not held and any(one.kind == "source" for one in in_it),
        routing=next((one.target for one in in_it if one.kind == "routing"), None),
        model=next((one.target for one in in_it if one.kind == "model"), None),
        version=" ".join(f"{rollout.name}@{rollout.changed_ms}" for rollout, _ in drawn),
    )
