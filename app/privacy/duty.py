"""What the role `privacy` does, duty by duty: consent becomes suppressions, requests become erasures."""

from __future__ import annotations

from typing import Protocol


class Duty(Protocol):
    """One thing that the role does for as long as it runs. A fenced single instance: no two do it at once."""

    @property
    def name(self) -> str:
        """For logs, health and metrics."""
        ...

    def step(self) -> bool:
        """A bounded piece of the work; whether there was any. Killed at any point and begun again, nothing is done twice.

        Raises:
            EdgeDown: Something outside does not answer; the step is tried again later.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...
