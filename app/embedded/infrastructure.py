"""Kafka, Redis and the schema registry for one machine: real clusters where the environment names them, else our own."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from app.edges.kafka import topics
from app.edges.registry.runner import serving_in_thread
from app.edges.registry.server import app as registry
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.wiring import Installation

PARTITION_BYTES = 128 * 2**20  # about 60 partitions: 8 GB at most, after hours


@contextmanager
def infrastructure(data: Path, console: Console) -> Iterator[Installation]:
    """Everything a role needs, up and with its topics, and named in the environment for the roles' own processes.

    Args:
        data: Where our own Kafka and Redis keep their files; emptied first.
    """
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    with ExitStack() as stack:
        if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
            console.print("Kafka            starting")
            broker = EmbeddedKafka(data / "kafka", retention_check_s=30)
            os.environ["KAFKA_BOOTSTRAP_SERVERS"] = stack.enter_context(broker).bootstrap
        if "REDIS_URL" not in os.environ:
            os.environ["REDIS_URL"] = stack.enter_context(EmbeddedRedis(data / "redis")).url
        os.environ.setdefault("LEADSTREAM_PEPPER", secrets.token_hex(32))
        installation = Installation.from_environment()
        console.print(f"Kafka            {installation.kafka.bootstrap_servers}")
        console.print(f"Redis            {installation.redis.url.get_secret_value().rpartition('@')[2]}")
        if installation.registry.url is None:
            served = registry(installation.schemas, installation.subjects)
            console.print(f"Schema registry  {stack.enter_context(serving_in_thread(served))}")
        specs = topics.declare(
            installation.inventory, installation.names, installation.app, installation.kafka.replication_factor
        )
        # A run may last: what it keeps is limited by size, and simulated times are of no account.
        topics.create(installation.kafka.client(), topics.sized(specs, PARTITION_BYTES))
        yield installation
