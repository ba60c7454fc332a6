"""What tests share: one real Kafka and one real Redis for the whole session, started when the first test asks for them."""

from __future__ import annotations

import gc
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.harness.examples import examples

settings.register_profile("usual", examples())
settings.load_profile("usual")

TESTS: Final = Path(__file__).parent
WINDOWS: Final = {"test_shapes", "test_incidents", "test_monitor"}


def pytest_collection_finish() -> None:
    """Collected tests live as long as the session: the collector of cyclic garbage need not walk them again and again."""
    gc.collect()
    gc.freeze()


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where two processes share the tests: one has a broker and a Redis and all that needs them, the other the rest.

    What waits for windows to close, and needs little else, is a group of its own.
    """
    for item in items:
        kind, _, name = item.path.relative_to(TESTS).as_posix().partition("/")
        group = name if kind not in ("contract", "integration", "end_to_end") else "services"
        item.add_marker(pytest.mark.xdist_group("windows" if item.path.stem in WINDOWS else group))
