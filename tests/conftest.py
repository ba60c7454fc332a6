"""What tests share: one real Kafka and one real Redis for the whole session, started when the first test asks for them."""

from __future__ import annotations

import gc
import shutil
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.harness.examples import examples
from tests.harness.side_by_side import Groups

settings.register_profile("usual", examples())
settings.load_profile("usual")


def pytest_collection_finish() -> None:
    """Collected tests live as long as the session: the collector of cyclic garbage need not walk them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def usual_logging() -> Iterator[None]:
    """Commands that run in this process set up logging for a terminal; the next test must not inherit their level."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The session's broker. Tests that kill or pause a broker start one of their own."""
    folder = tmp_path_factory.mktemp("kafka")
    with EmbeddedKafka(folder) as broker:
        yield broker
    shutil.rmtree(folder / "data", ignore_errors=True)  # pytest keeps the folders of three sessions; the log is enough


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The session's Redis. Tests that kill, pause or empty a Redis start one of their own."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test uses: topics, consumer groups, transactional ids, Redis keys."""
    return f"t-{uuid.uuid4().hex[:12]}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    """How xdist shares the tests out, where it is asked to."""
    return Groups(config, log)
