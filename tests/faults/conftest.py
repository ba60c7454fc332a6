"""What the fault runs share: an installation to break, and brokers that may be broken."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import yaml

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.harness.broken import Broken
from tests.harness.chaos import Chaos
from tests.harness.cluster import Broker, Cluster
from tests.harness.config import only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.knobs import RATE, SEED

SOURCES = ("web-form", "meta-lead-ads", "segment-identify", "partner-csv", "partner-avro")  # one of each format
PARTITIONS = "4"
PER_DAY = 150

Break = Callable[..., AbstractContextManager[Broken]]


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller inventory: a source of each format, and members who work around the clock, up to a limit that is reached."""
    teams = yaml.safe_load(Path("deploy/config/teams.yaml").read_text("utf-8"))
    for team in teams["teams"]:
        team.pop("hours", None)
        for member in team.get("members", ()):
            member["per_day"] = PER_DAY
    return only(tmp_path_factory.mktemp("inventory") / "config", *SOURCES, teams=yaml.safe_dump(teams))


@pytest.fixture
def broken(kafka: EmbeddedKafka, config: Path, tmp_path: Path) -> Break:
    """Makes an installation with a Redis of its own, and workers that may be broken in some way."""

    @contextmanager
    def make(
        *breaks: str,
        workers: int = 2,
        roles: Sequence[str] = ("reviser",),
        broker: EmbeddedKafka | None = None,
        cluster: Cluster | None = None,
        redis: EmbeddedRedis | None = None,
        rate: int = RATE,
        **more: str,
    ) -> Iterator[Broken]:
        """An installation under its fleet.

        Args:
            breaks: Of tests.harness.broken_worker.
            broker, cluster: To be broken; without them the session's broker is used, which other tests need whole.
            redis: One in another place than usual.
            more: Settings.
        """
        bootstrap = (cluster or broker or kafka).bootstrap
        settings = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": PARTITIONS, "CRASHED": str(tmp_path)}
        settings |= {"KAFKA_REPLICATION_FACTOR": "3" if cluster else "1", **more}
        with redis or EmbeddedRedis(tmp_path / "redis") as server:
            settings = environment(f"faults-{uuid.uuid4().hex[:8]}", bootstrap, server.url, **settings)
            installation = install(settings)
            argv = ("-m", "tests.harness.broken_worker", *breaks) if breaks else ("-m", "app.cli", "worker")
            with Fleet(installation, settings, tmp_path, argv) as fleet:
                for role in roles:
                    fleet.role(role)
                for _ in range(workers):
                    fleet.join()
                yield Broken(installation, fleet, Chaos(fleet, server, broker, SEED), rate)

    return make


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker that may be killed, frozen and stopped."""
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers that may be broken, for the tests that need more than one."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as brokers:
        yield brokers
