"""L7: the same inbound topics, a group that never was and an empty Redis give every record the same fate again."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.edges.kafka.audit import fate_topics
from app.edges.kafka.reading import positions, read_to_end, watermarks
from app.embedded.redis import EmbeddedRedis
from app.wiring import Installation
from tests.faults.conftest import Break
from tests.harness.broken import CATCH_UP_S, Broken
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.knobs import times

pytestmark = pytest.mark.faults


def test_the_same_fates(broken: Break, config: Path, tmp_path: Path) -> None:
    """One source with one partition, so that all records have one order: what was decided under kill -9 is decided again, record
    by record; every decision is the same in all its fields but the desk's clock, every lead and dead letter byte for byte."""
    inventory = only(tmp_path / "inventory", "web-form", routing=CATCH_ALL, teams=(config / "teams.yaml").read_text())
    one_order = {"LEADSTREAM_CONFIG_DIR": str(inventory), "LEADSTREAM_PARTITIONS": "1"}
    with broken(roles=(), **one_order) as run:

        def faults() -> None:
            for _ in times(3):
                with run.fault("worker kill -9"):
                    run.chaos.kill()

        assert run.under_traffic(faults).holds
        with again(run, tmp_path, one_order) as second:
            assert decided(second) == decided(run.installation)
            assert told(second) == told(run.installation)


@contextmanager
def again(run: Broken, folder: Path, settings: dict[str, str]) -> Iterator[Installation]:
    """Another installation that has read the first one's inbound topics to their end."""
    with EmbeddedRedis(folder / "another-redis") as redis:
        first = run.installation
        more = {**settings, "INBOUND_OF": first.names.prefix, "CRASHED": str(folder)}
        env = environment(f"again-{uuid.uuid4().hex[:8]}", first.kafka.bootstrap_servers, redis.url, **more)
        second = install(env)
        with Fleet(second, env, folder / "again", ("-m", "tests.harness.broken_worker", "again")) as fleet:
            (folder / "again").mkdir()
            fleet.join()
            ends = watermarks(first.kafka.client(), first.inbound)

            def done() -> bool:
                reached = positions(first.kafka.client(), second.app.group, first.inbound)
                return all(reached[where] >= high for where, (_, high) in ends.items())

            assert fleet.wait_until(done, CATCH_UP_S), f"not caught up; {fleet.happened}"
            yield second


def decided(one: Installation) -> dict[str, dict[str, Any]]:
    """Lead → its decision, without when the desk looked at its clock."""
    found = {}
    for message in read_to_end(one.kafka.client(), [one.names.decisions]):
        decision = one.codec.read_own(message.value(), "decision")
        if decision["desk"] is not None:
            del decision["desk"]["at"]
        found[decision["lead_id"]] = decision
    return found


def told(one: Installation) -> Counter[tuple[str, str, bytes]]:
    """(record, fate, hash of what was told of it), as a multiset."""
    fates = fate_topics(one.names, list(one.inventory.teams))
    return Counter(
        (dict(message.headers())["src"].decode(), fates[message.topic()], hashlib.sha256(message.value() or b"").digest())
        for message in read_to_end(one.kafka.client(), list(fates))
    )
