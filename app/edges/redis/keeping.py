"""Keeping something in Redis: a thread that fills it when it lost its data, and says so while it is away."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import structlog

from app.errors import EdgeDown

EVERY_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0  # after failures: what does not fit into its Redis is not filled again and again
CLOSE_S: Final = 5.0

log = structlog.get_logger(__name__)

One = TypeVar("One")


class Keeper(ABC):
    """A daemon thread in each process that asks. No error ends it: what passes is waited for, anything else is logged and tried
    again.

    Args:
        name: Of what is kept, in the log.
        heard: Told with each turn why it cannot answer; None where it can.
    """

    def __init__(self, name: str, *, heard: Callable[[str | None], None] = lambda _: None, every_s: float = EVERY_S) -> None:
        self._name, self._heard, self._every_s = name, heard, every_s
        self._stop, self._turned = threading.Event(), threading.Event()
        self._failures = 0
        self._away = self._filling = False
        self._thread = threading.Thread(target=self._run, name=f"{name}-keeper".replace("_", "-"), daemon=True)

    def start(self, wait_s: float = 0.0) -> None:
        """Begin; returns when the first turn is over (what is new is complete then), or after `wait_s`."""
        self._thread.start()
        self.wait(wait_s)

    def wait(self, wait_s: float) -> None:
        """Until the first turn is over, or for so long."""
        self._turned.wait(wait_s)

    def close(self) -> None:
        """Stop. What was being restored is begun again by another, a minute later."""
        self._stop.set()
        self._thread.join(timeout=CLOSE_S)

    @abstractmethod
    def turn(self) -> None:
        """One turn of the work.

        Raises:
            EdgeDown: It does not answer, or another process restores it.
        """

    @abstractmethod
    def complete(self, *, now: bool) -> None:
        """It is known whether it can answer."""

    @abstractmethod
    def filling(self, *, now: bool) -> None:
        """It is filled from here, or not any more."""

    @abstractmethod
    def consequence(self) -> str:
        """What it means for leads that it is away."""

    def told(self, standing: Callable[[], Iterable[One | None]]) -> Iterator[One | None]:
        """What stands, for filling; ends where this process does."""
        self._fills(now=True)
        self.complete(now=False)
        for one in standing():
            if self._stop.is_set():
                raise EdgeDown("this process ends")
            yield one

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.turn()
                self._failures = 0
                self._say(None)
            except EdgeDown as down:
                self._failures += self._filling  # what was read is read again
                self._say(str(down))
            except Exception as error:
                self._failures += 1
                what = self._name.replace("_", " ")
                log.error(
                    f"{self._event}_keeper_failed", error=type(error).__name__, consequence=f"the {what} is not kept meanwhile"
                )
                self._say(f"it cannot be kept: {type(error).__name__}")
            self._fills(now=False)
            self._turned.set()
            self._stop.wait(min(LONGEST_PAUSE_S, self._every_s * 2**self._failures))

    @property
    def _event(self) -> str:
        return self._name.removesuffix("_index")

    def _say(self, why: str | None) -> None:
        self._heard(why)
        if why and not self._away:
            self.complete(now=False)
            log.warning(f"{self._name}_away", why=why, consequence=self.consequence())
        elif not why:
            self.complete(now=True)
            if self._away:
                log.info(f"{self._name}_back")
        self._away = why is not None

    def _fills(self, *, now: bool) -> None:
        self._filling = now
        self.filling(now=now)
