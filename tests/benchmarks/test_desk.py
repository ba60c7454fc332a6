"""What an owner costs: the worker's processor time per lead, Redis's, and memory; teams of ten, 500 leads a batch."""

from __future__ import annotations

import gc
import time

import pytest
from pydantic import SecretStr

from app.desk.hours import WorkingTime
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.embedded.redis import EmbeddedRedis
from app.ports import Wanted
from app.settings import RedisSettings
from tests.harness.desks import MONDAY_9, OFFICE, Clock, Present, lead_id, subject_id, team

pytestmark = pytest.mark.bench

BATCH, BATCHES, TEAMS, MEMBERS = 500, 60, 10, 10
PYTHON_US, WORKING_US = 8.0, 2.0


def test_what_an_owner_costs(redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """At most 8 microseconds of the worker for a lead; Redis and memory are printed."""
    teams = [
        team(f"team-{t}", {f"m-{m}": {"per_day": 10_000, "weight": 1 + m % 3} for m in range(MEMBERS)}) for t in range(TEAMS)
    ]
    client = connect(RedisSettings(url=SecretStr(redis_server.url)), text=False)
    desk = RedisDesk(client, topic_prefix, Present(*teams), clock=Clock())
    desk.restore(())
    best, before, memory = float("inf"), _cpu(client), int(client.info("memory")["used_memory"])
    for n in range(0, BATCH * BATCHES, BATCH):
        wanted = [Wanted(lead_id(m), subject_id(m % 11_000), f"team-{m % TEAMS}") for m in range(n, n + BATCH)]
        gc.disable()
        began = time.thread_time()
        desk.assign(wanted)
        best = min(best, (time.thread_time() - began) / BATCH * 1e6)
        gc.enable()
    leads = BATCH * BATCHES
    redis_us = (_cpu(client) - before) / leads * 1e6
    used = (int(client.info("memory")["used_memory"]) - memory) / leads
    print(f"\na lead: {best:.1f} us of the worker, {redis_us:.1f} us of Redis, {used:.0f} bytes")
    assert best < PYTHON_US


def test_what_a_question_of_working_time_costs() -> None:
    """When a service level is over: at most 2 microseconds, once the table is made."""
    hours, count = WorkingTime(OFFICE), 20_000
    hours.add(MONDAY_9, 30)
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        for n in range(count):
            hours.add(MONDAY_9 + n * 1_000, 30)
        best = min(best, (time.thread_time() - began) / count * 1e6)
    print(f"\nworking minutes added: {best:.2f} us")
    assert best < WORKING_US


def _cpu(client: object) -> float:
    told = client.info("cpu")  # type: ignore[attr-defined]
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
