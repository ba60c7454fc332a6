"""The role `leadstream privacy`."""

from __future__ import annotations

import threading
from collections.abc import Callable

import typer

from app.wiring import Installation


def register(app: typer.Typer, role: Callable[[], Installation], stop: Callable[[], threading.Event], panel: str) -> None:
    """Add the role."""

    @app.command(rich_help_panel=panel)
    def privacy() -> None:
        """Take in objections and consent, erase people who ask for it. Run one.

        What comes on the topic consent becomes suppressions, under pseudonyms, which all workers follow: whoever objected goes to
        no team. A second instance fences the first; killed at any point, nothing is done twice and nothing forgotten. Needs
        LEADSTREAM_PEPPER, the same as the workers'.
        """
        from app.edges.kafka.privacy import run_privacy
        from app.ops.health import Health, serving

        one, health, stopped = role(), Health(), stop()
        with serving(health, one.app):
            run_privacy(one.privacy(), stopped, health)
