"""The Faust app: one agent reads all inbound topics and hands each record to its partition's lane. No business logic.

The agent never acknowledges, so Faust never commits; no exception leaves it, so Faust never skips.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import TP

from app.edges.kafka.discovery import Discovery, keep_looking
from app.edges.kafka.group_offsets import GroupOffsets
from app.edges.kafka.lane import AbandonedError
from app.edges.kafka.lanes import Lanes, OnFates, OpenLane
from app.edges.kafka.reader import Feed, FetchApp
from app.edges.kafka.watching import Watch
from app.ops import metrics
from app.ops.health import Health
from app.settings import AppSettings, KafkaSettings

FETCH_PER_PARTITION = 1_048_576  # bytes that the client holds unread of each partition; a larger record comes all the same


def create_app(
    kafka: KafkaSettings,
    settings: AppSettings,
    topics: Sequence[str],
    *,
    offsets: GroupOffsets,
    make_lane: OpenLane,
    on_fates: OnFates,
    health: Health,
    discovery: Discovery | None = None,
) -> faust.App:
    """The worker's Faust app.

    Args:
        topics: The inventory's inbound topics, all of them present on the broker.
        offsets: The group's.
        make_lane: Makes the lane of (topic, partition), not open yet.
        on_fates: Told of every batch after its transaction is committed; must be quick and not raise.
        health: Is told how all of it stands, for as long as the loop runs.
        discovery: Finds topics that nobody declared, now and while running; None: there are none.
    """
    app = FetchApp(
        settings.group,
        broker=[f"kafka://{server}" for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 4,
        broker_rebalance_timeout=2 * settings.session_timeout_s,
        broker_max_poll_records=2_000,
        consumer_max_fetch_size=FETCH_PER_PARTITION,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=8_192,
        stream_wait_empty=False,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=Path(tempfile.gettempdir()) / settings.group,  # Faust makes this folder and leaves it empty
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    found = discovery.look() if discovery else []
    inbound = app.topic(*topics, *found, key_serializer="raw", value_serializer="raw", acks=False)
    lanes = Lanes(make_lane, on_fates, settings.batch)
    watch = Watch(lanes, offsets, health, Feed(app), (topics[0], 0))

    # Connected with weak=False: the closures would otherwise be collected with this frame.
    @app.on_partitions_revoked.connect(weak=False)
    async def on_revoked(_app: faust.App, revoked: set[TP], **_: Any) -> None:
        lanes.close()
        metrics.forget_lanes()

    @app.on_partitions_assigned.connect(weak=False)
    async def on_assigned(_app: faust.App, assigned: set[TP], **_: Any) -> None:
        lanes.close()
        try:
            positions = await lanes.open([tp for tp in assigned if tp.topic in inbound.topics])
        except AbandonedError:
            return  # the process is being stopped
        await app.consumer.read_from(positions)
        lanes.begin()

    @app.on_before_shutdown.connect(weak=False)
    async def on_shutdown(_app: faust.App, **_: Any) -> None:
        await lanes.drain()

    @app.task
    async def beat() -> None:
        await watch.beat()

    @app.task
    async def look() -> None:
        await watch.look()

    async def subscribe(undeclared: list[str]) -> bool:
        if app.rebalancing or not lanes.owned:
            return False
        # The conductor reads the list again should it ever subscribe anew by itself.
        inbound.topics = [*topics, *undeclared]
        await app.consumer.subscribe(inbound.topics)
        return True

    @app.task
    async def discover() -> None:
        if discovery:
            await keep_looking(discovery, found, subscribe)

    @app.agent(inbound, name="account")
    async def account(stream: Any) -> None:
        while True:  # the stream subscribes us; what it would do with each record, the lanes do (see reader.py)
            fetch = await app.consumer.fetches.get()
            app.consumer.taken += 1
            await lanes.ready()
            if fetch.epoch == app.consumer.epoch:
                lanes.put(fetch)

    return app


def _credentials(kafka: KafkaSettings) -> Any:
    """The same security settings that confluent-kafka gets, in Faust's form."""
    if kafka.security_protocol == "PLAINTEXT":
        return None
    context = kafka.ssl_context() if kafka.security_protocol.endswith("SSL") else None
    if kafka.security_protocol == "SSL":
        return SSLCredentials(context)
    password = kafka.sasl_password.get_secret_value() if kafka.sasl_password else None
    return SASLCredentials(username=kafka.sasl_username, password=password, ssl_context=context, mechanism=kafka.sasl_mechanism)
