"""The role `leadstream steward`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import typer

from app.wiring import Installation


def register(app: typer.Typer, role: Callable[[], Installation], stop: Callable[[], threading.Event], panel: str) -> None:
    """Add the role."""

    @app.command(rich_help_panel=panel)
    def steward() -> None:
        """Watch time and guardrails: service levels, reviews, queues, parked leads, staged rollouts. Run one.

        A lead that nobody contacted in time goes to another member, then to another team (routing.yaml); one that people did not
        decide in time goes on without them (review.yaml). Queues of teams are drained when somebody is in, parked leads when
        their dependency is back. Rollouts go from stage to stage, and back by themselves. It says so in verdicts, which the role
        reviser carries out. A second instance fences the first; a restart says nothing twice.
        """
        from app.desk.roster import Roster
        from app.edges.kafka.capacity import KafkaCapacity
        from app.edges.kafka.steward import run_steward
        from app.ops.health import Health, serving

        one, health, stopped = role(), Health(), stop()
        configured = Roster(one.inventory.teams)
        with closing(KafkaCapacity(one.kafka, one.names, one.codec.decode, configured)) as capacity, serving(health, one.app):
            run_steward(one.steward(capacity.current), stopped, health)
