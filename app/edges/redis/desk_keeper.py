"""Keeps the desk: fills it from the decisions when Redis lost it. A thread in each process that asks; one of them fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.desk.answering import Standing
from app.edges.redis.desk import RedisDesk
from app.edges.redis.keeping import EVERY_S, Keeper
from app.ops import metrics


class DeskKeeper(Keeper):
    """See the module.

    Args:
        desk: What is kept.
        standing: Tells who has which lead, from where it is recorded, in the order of time; begins when it is iterated.
        heard: Told with each turn why the desk cannot answer; None where it can.
    """

    def __init__(
        self,
        desk: RedisDesk,
        standing: Callable[[], Iterable[Standing | None]],
        *,
        heard: Callable[[str | None], None] = lambda _: None,
        every_s: float = EVERY_S,
    ) -> None:
        super().__init__("desk", heard=heard, every_s=every_s)
        self._desk, self._standing = desk, standing

    def turn(self) -> None:
        """One turn of the work.

        Raises:
            EdgeDown: The desk does not answer, or another process restores it.
        """
        if self._desk.needed:
            self._desk.restore(self.told(self._standing))

    def complete(self, *, now: bool) -> None:
        """It is known whether it can answer."""
        metrics.desk_complete.set(now)

    def filling(self, *, now: bool) -> None:
        """It is filled from here, or not any more."""
        metrics.desk_restoring.set(now)

    def consequence(self) -> str:
        """What it means for leads that it is away."""
        return "leads go to their teams' queues, without an owner"
