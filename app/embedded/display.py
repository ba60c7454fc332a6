"""Shows a run as it goes: the whole picture on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live as Screen

from app.embedded.supervisor import Supervisor
from app.ops.live import Live
from app.ops.screen import line, picture

REDRAW_S = 0.5
LINE_S = 5.0


class Display:
    """A context; its last picture stays on the terminal.

    Args:
        started_s: When the run began, on the monotonic clock.
    """

    def __init__(self, console: Console, live: Live, supervisor: Supervisor, started_s: float) -> None:
        self._console, self._live, self._supervisor, self._started_s = console, live, supervisor, started_s
        self._screen = Screen(console=console, auto_refresh=False) if console.is_terminal else None
        self._every_s = REDRAW_S if self._screen else LINE_S
        self._next_s = time.monotonic() + self._every_s
        self._status = ""

    def __enter__(self) -> Self:
        if self._screen:
            self._screen.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._show(time.monotonic())
        if self._screen:
            self._screen.stop()

    def tick(self, status: str) -> None:
        """Show what there is if it is time to; call it often.

        Args:
            status: What is going on. Where nothing can be redrawn it is said once.
        """
        now_s = time.monotonic()
        if status != self._status and not self._screen:
            self._console.print(status, highlight=False, soft_wrap=True)
        if now_s >= self._next_s or (status != self._status and self._screen):
            self._status = status
            self._next_s = now_s + self._every_s
            self._show(now_s)
        self._status = status

    def _show(self, now_s: float) -> None:
        restarts = self._supervisor.restarts
        if self._screen is None:
            self._console.print(line(self._live, now_s, restarts), highlight=False, soft_wrap=True)
            return
        size = self._console.size
        elapsed_s = now_s - self._started_s
        shown = picture(
            self._live, now_s, elapsed_s=elapsed_s, restarts=restarts, status=self._status, width=size.width, height=size.height
        )
        self._screen.update(shown, refresh=True)
