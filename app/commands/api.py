"""The role `leadstream api`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
import typer

from app.access.same_site import LOOPBACK
from app.edges.kafka.lane import GroupOffsets
from app.edges.kafka.review_follower import ReviewFollower
from app.edges.kafka.review_store import ReviewStore
from app.edges.kafka.reviser_reading import Reading
from app.edges.kafka.reviser_shelf import Shelf
from app.edges.kafka.verdict_reader import verdict_at
from app.edges.kafka.verdict_writer import VerdictWriter
from app.edges.redis.connecting import connect
from app.edges.redis.leases import Leases
from app.edges.redis.sessions import RedisSessions
from app.edges.web.admission import door_of
from app.edges.web.room import Parts
from app.ops.health import Health, serving
from app.pipeline.source import Position
from app.settings import AccessSettings, ApiSettings, from_environment
from app.wiring import Installation

log = structlog.get_logger(__name__)


def register(app: typer.Typer, role: Callable[[], Installation], stop: Callable[[], threading.Event], panel: str) -> None:
    """Add the role."""

    @app.command(rich_help_panel=panel)
    def api() -> None:
        """Serve the review queue over HTTP: list, open, claim, decide, follow. Run one, or several behind one address.

        The queue is read from the topics at the start and followed from then on; leases are in Redis, verdicts go onto
        leads.verdicts, and the role reviser carries them out. Its description is at /openapi.json. Listens on
        LEADSTREAM_API_HOST and LEADSTREAM_API_PORT; its log says where. LEADSTREAM_ACCESS_FILE says who may ask for what; without
        one it listens on loopback alone, and only who can read the token that it leaves in .leadstream/ may ask (docs/access.md).
        """
        from app.edges.web.app import create
        from app.edges.web.serve import listen, serve

        one, health, settings = role(), Health(), from_environment(ApiSettings)
        stopped = stop()
        sessions = RedisSessions(connect(one.redis), one.names.prefix)
        door = door_of(one.secret, settings, from_environment(AccessSettings), sessions, health)
        listening = listen(settings.host, settings.port)
        parts, follower = queue_of(one, settings, health)
        with serving(health, one.app):
            host, port = listening.getsockname()[:2]
            log.info("api_listens", host=host, port=port)
            application = create(parts, door, (*LOOPBACK, *settings.hosts.split()))
            serve(application, follower, listening, stopped, settings.proxies)


def queue_of(one: Installation, settings: ApiSettings, health: Health) -> tuple[Parts, ReviewFollower]:
    """What the API is made of, and what keeps it up with the topics.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer.
    """
    names, client, inventory = one.names, one.kafka.client(), one.inventory
    teams = {team.name: team.format for team in inventory.teams.values()}
    held = [*(names.routed(team) for team in teams), names.review, names.duplicates, names.rejected]
    offsets = GroupOffsets(client, f"{one.app.group}-reviser")
    reading = Reading(client, [*held, names.verdicts, names.decisions], (), (), offsets, names.decisions)
    store, shelf, lock = ReviewStore(), Shelf(client, names, teams, one.codec), threading.Lock()
    follower = ReviewFollower(
        reading,
        offsets,
        names,
        one.codec,
        inventory.reviewing,
        store=store,
        shelf=shelf,
        lock=lock,
        secret=one.secret,
        health=health,
    )
    parts = Parts(
        store=store,
        shelf=shelf,
        lock=lock,
        ready=follower.caught_up,
        leases=Leases(connect(one.redis), names.prefix),
        writer=VerdictWriter(one.kafka.producer(), names.verdicts, one.codec.encode),
        reviewing=inventory.reviewing,
        teams=frozenset(teams),
        members={name: frozenset(one.name for one in team.members) for name, team in inventory.teams.items()},
        lease_ms=int(settings.lease_minutes * 60_000),
        secret=one.secret,
        now_ms=lambda: int(time.time() * 1000),
        purposes={name: team.purpose for name, team in inventory.teams.items()},
        said=lambda partition, offset: verdict_at(client, one.codec, Position(names.verdicts, partition, offset)),
    )
    return parts, follower
