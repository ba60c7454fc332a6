"""Kafka, Redis and the schema registry for one machine: real clusters where the environment names them, else our own."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from app.edges.kafka import topics
from app.edges.registry.runner import serving_in_thread
from app.edges.registry.server import app as registry
from app.embedded.jars import kafka_jars
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import tail
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown
from app.wiring import Installation

PARTITION_BYTES = 128 * 2**20  # about 60 partitions: 8 GB at most, after hours


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What is up.

    Attributes:
        installation: Its topics exist.
        servers: Those that are our own.
    """

    installation: Installation
    servers: list[EmbeddedKafka | EmbeddedRedis] = field(default_factory=list)

    def check(self) -> None:
        """Make sure that our own servers run.

        Raises:
            EdgeDown: One has ended; with the end of its log.
        """
        for server in self.servers:
            if not server.running:
                name = "Kafka" if isinstance(server, EmbeddedKafka) else "Redis"
                raise EdgeDown(f"the embedded {name} has ended; the end of {server.log}:\n{tail(server.log)}")


@contextmanager
def infrastructure(data: Path, console: Console) -> Iterator[Infrastructure]:
    """Everything a role needs, up and with its topics, and named in the environment for the roles' own processes.

    Args:
        data: Where our own Kafka and Redis keep their files; emptied first.
        console: Told what is brought up and where it is; shows downloads.

    Raises:
        ConfigurationError: It cannot be run like this.
        EdgeDown: Something does not come up, or does not answer.
    """
    _ = Installation.from_environment().subjects  # a mistake in the configuration is told before anything is started
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    with ExitStack() as stack:
        servers: list[EmbeddedKafka | EmbeddedRedis] = []
        own_kafka, own_redis = "KAFKA_BOOTSTRAP_SERVERS" not in os.environ, _unset("REDIS_URL")
        if own_redis:
            redis = stack.enter_context(EmbeddedRedis(data / "redis"))
            servers.append(redis)
            os.environ["REDIS_URL"] = redis.url
        if own_kafka:
            kafka_jars(console=console)
            started = time.monotonic()
            with console.status("Kafka starts"):
                broker = stack.enter_context(EmbeddedKafka(data / "kafka", retention_check_s=30))
            servers.append(broker)
            os.environ["KAFKA_BOOTSTRAP_SERVERS"] = broker.bootstrap
            # A run may last: what it keeps is limited by size, and simulated times are of no account.
            os.environ.setdefault("LEADSTREAM_PARTITION_BYTES", str(PARTITION_BYTES))
        if _unset("LEADSTREAM_PEPPER"):
            os.environ["LEADSTREAM_PEPPER"] = secrets.token_hex(32)
        installation = Installation.from_environment()
        how = f"our own, in {time.monotonic() - started:.1f} s" if own_kafka else "of KAFKA_BOOTSTRAP_SERVERS"
        _say(console, "Kafka", installation.kafka.bootstrap_servers, how)
        redis_url = installation.redis.url.get_secret_value()
        _say(console, "Redis", redis_url.rpartition("@")[2].removeprefix("redis://"), "our own" if own_redis else "of REDIS_URL")
        if installation.registry.url is None:
            url = stack.enter_context(serving_in_thread(registry(installation.schemas, installation.subjects)))
            _say(console, "Schema registry", url, "our own, read-only")
        specs = topics.declare(
            installation.inventory, installation.names, installation.app, installation.kafka.replication_factor
        )
        topics.create(installation.kafka.client(), specs)
        yield Infrastructure(installation, servers)


def _unset(secret: str) -> bool:
    """Whether neither a variable nor a file tells it."""
    return secret not in os.environ and f"{secret}_FILE" not in os.environ


def _say(console: Console, what: str, where: str, how: str) -> None:
    console.print(f"{what:<16} {where} ({how})", highlight=False, soft_wrap=True)
