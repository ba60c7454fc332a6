"""The desk on a real Redis: racing workers that are killed, a Redis that forgets, hangs or is full."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from app.desk.answering import Standing
from app.edges.redis.breaker import Breaker
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.edges.redis.desk_keeper import DeskKeeper
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown
from app.ports import Wanted
from app.settings import RedisSettings
from tests.harness.desk_worker import LEADS, LIMITS, TEAM, wanted
from tests.harness.desks import MONDAY_9, Clock, Present, lead_id, team
from tests.harness.waiting import until

KILLS = 5
DAY = MONDAY_9 // 86_400_000

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def client(redis_server: EmbeddedRedis) -> Iterator[redis.Redis]:
    made = connect(RedisSettings(url=SecretStr(redis_server.url)), text=False)
    yield made
    made.close()


def desk_of(client: redis.Redis, namespace: str, *, complete: bool = True) -> RedisDesk:
    """A worker's desk with the limits of the race."""
    desk = RedisDesk(client, namespace, Present(TEAM), clock=Clock())
    if complete:
        desk.restore(())
    return desk


def lose(client: redis.Redis, namespace: str) -> None:
    """All keys of the desk are gone, as of a Redis that was emptied."""
    for key in client.scan_iter(f"{{{namespace}}}:d:*"):
        client.delete(key)


def test_racing_workers_killed_at_any_moment_never_exceed_a_day_nor_give_a_lead_twice(
    redis_server: EmbeddedRedis, client: redis.Redis, topic_prefix: str, tmp_path: Path
) -> None:
    """Two processes ask for the same leads; one after the other gets kill -9. Each lead has one answer, whoever asked, however
    often; nobody has more than their day allows, and no place is lost: in the end all are taken."""
    desk_of(client, topic_prefix)
    dice, logs = random.Random(7), list[Path]()

    def started() -> subprocess.Popen[bytes]:
        logs.append(tmp_path / f"told-{len(logs)}")
        logs[-1].touch()
        argv = [sys.executable, "-m", "tests.harness.desk_worker", redis_server.url, topic_prefix, str(len(logs)), str(logs[-1])]
        return subprocess.Popen(argv)

    rivals = [started(), started()]
    try:
        for _ in range(KILLS):
            newest = logs[-1]
            until(lambda at=newest: at.stat().st_size > 1, "the newest process was told something")  # type: ignore[misc]
            time.sleep(dice.random() / 10)  # any moment of its work
            victim = rivals.pop(dice.randrange(2))
            victim.send_signal(signal.SIGKILL)
            assert victim.wait(10) == -signal.SIGKILL
            rivals.append(started())
    finally:
        for one in rivals:
            one.kill()
            one.wait(10)
    told = defaultdict[str, set[str]](set)
    for log in logs:
        for line in log.read_text().split("\n"):
            if line.count(" ") == 2 and line.endswith(("sticky", "in_turn", "full")):
                told[line.split()[0]].add(line.split()[1])
    before, desk = len(told), desk_of(client, topic_prefix)
    assert before < LEADS  # they were killed while there was something to give
    last = [got for n in range(0, LEADS, 500) for got in desk.assign([wanted(m) for m in range(n, n + 500)])]
    for n, got in enumerate(last):
        told[lead_id(n)].add(str(got.owner))
    assert all(len(owners) == 1 for owners in told.values())
    assert Counter(got.owner for got in last if got.owner) == LIMITS
    assert desk.taken("race") == {member: (DAY, limit) for member, limit in LIMITS.items()}


class TestLosing:
    def test_a_desk_that_forgot_gives_nobody_until_it_is_restored(self, client: redis.Redis, topic_prefix: str) -> None:
        """Emptied between two batches: queues, then, restored from what stands, the same owners and full counts."""
        desk = desk_of(client, topic_prefix)
        batch = [wanted(n) for n in range(40)]
        first = desk.assign(batch)
        lose(client, topic_prefix)
        assert {(one.owner, one.why) for one in desk.assign(batch)} == {(None, "away")}
        with pytest.raises(EdgeDown, match="not complete"):
            desk.taken("race")
        standing = [
            Standing(one.lead, one.subject, "race", str(got.owner), MONDAY_9, DAY) for one, got in zip(batch, first, strict=True)
        ]
        assert desk.restore([None, *standing]) == 40
        assert [one.owner for one in desk.assign(batch)] == [one.owner for one in first]
        assert sum(taken for _, taken in desk.taken("race").values()) == 40

    def test_a_redis_that_comes_back_with_less_counts_as_empty(self, client: redis.Redis, topic_prefix: str) -> None:
        """An older copy of the data would give places away twice: who saw more leads given than it knows of, finds out."""
        desk = desk_of(client, topic_prefix)
        desk.assign([wanted(n) for n in range(10)])
        older = {key: client.dump(key) or b"" for key in client.scan_iter(f"{{{topic_prefix}}}:d:*")}
        desk.assign([wanted(n) for n in range(10, 20)])
        lose(client, topic_prefix)
        for key, value in older.items():
            client.restore(key, 0, value)
        assert {one.why for one in desk.assign([wanted(1)])} == {"away"}
        assert desk.restore(()) == 0
        assert desk.assign([wanted(1)])[0].owner is not None

    def test_one_of_many_restores_and_another_goes_on_where_it_died(self, client: redis.Redis, topic_prefix: str) -> None:
        """While one restores the others cannot; when it fails, the next may begin at once; half a restoring is none."""
        one, other = desk_of(client, topic_prefix, complete=False), desk_of(client, topic_prefix, complete=False)
        standing = Standing(lead_id(1), None, "race", "r-1", MONDAY_9, DAY)

        def dies() -> Iterator[Standing | None]:
            yield standing
            yield None
            with pytest.raises(EdgeDown, match="a worker is restoring it"):
                other.restore(())
            assert {told.why for told in other.assign([wanted(5)])} == {"away"}
            raise RuntimeError("killed")

        with pytest.raises(RuntimeError):
            one.restore(dies())
        assert other.restore([standing]) == 1
        assert other.taken("race") == {"r-1": (DAY, 1)}

    def test_the_keeper_fills_it_and_one_is_enough(self, client: redis.Redis, topic_prefix: str) -> None:
        """Keepers of two workers: what stands is read once, also after Redis lost it again."""
        read, reasons = list[int](), list[str | None]()

        def standing() -> Iterator[Standing | None]:
            read.append(1)
            yield Standing(lead_id(1), None, "race", "r-1", MONDAY_9, DAY)

        desks = [desk_of(client, topic_prefix, complete=False) for _ in range(2)]
        keepers = [DeskKeeper(one, standing, every_s=0.02, heard=reasons.append) for one in desks]
        try:
            for keeper in keepers:
                keeper.start(5)
            until(lambda: desks[1].assign([wanted(5)])[0].owner is not None, "the desk is complete")
            assert len(read) == 1
            lose(client, topic_prefix)
            until(lambda: len(read) == 2, "it is restored again")
            until(lambda: desks[0].assign([wanted(6)])[0].owner is not None, "the desk is complete again")
        finally:
            for keeper in keepers:
                keeper.close()
        assert len(read) == 2


class TestWaiting:
    def test_a_redis_that_hangs_costs_two_batches_the_budget_and_then_nothing(self, topic_prefix: str) -> None:
        """No lead waits longer: the breaker opens, one call in a pause tries, and what comes back is used at once."""
        now, asked = [0.0], list[float]()

        class Hanging:
            def register_script(self, _: str) -> Hanging:
                return self

            def __call__(self, **_: object) -> object:
                asked.append(now[0])
                raise redis.TimeoutError

        breaker = Breaker("desk", "", lambda how: EdgeDown(how), clock=lambda: now[0])
        desk = RedisDesk(Hanging(), topic_prefix, Present(TEAM), breaker=breaker)  # type: ignore[arg-type]
        for tenth in range(100):
            now[0] = tenth / 10
            assert [one.why for one in desk.assign([wanted(1)])] == ["away"]
        assert len(asked) == 2 + 3  # the first two, and one in each of three pauses

    def test_a_redis_that_is_full_refuses_all_of_a_batch_or_nothing(self, tmp_path: Path, topic_prefix: str) -> None:
        """Without memory nobody gets an owner, and nothing half counted is left."""
        with EmbeddedRedis(tmp_path) as server:
            client = connect(RedisSettings(url=SecretStr(server.url)), text=False)
            desk = desk_of(client, topic_prefix)
            desk.assign([wanted(1)])
            used = int(client.info("memory")["used_memory"])
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", used // 2)
            assert [one.why for one in desk.assign([wanted(n) for n in range(2, 9)])] == ["away"] * 7
            client.config_set("maxmemory", 0)
            assert sum(taken for _, taken in desk.taken("race").values()) == 1

    def test_threads_of_one_worker_share_the_desk(self, client: redis.Redis, topic_prefix: str) -> None:
        """Lanes ask at the same time; each lead gets its own answer."""
        desk, answers = (
            RedisDesk(client, topic_prefix, Present(team("lanes", {"l-1": {}, "l-2": {}})), clock=Clock()),
            dict[int, int](),
        )
        desk.restore(())

        def lane(n: int) -> None:
            told = [desk.assign([Wanted(lead_id(100 * n + m), None, "lanes") for m in range(50)]) for _ in range(5)]
            answers[n] = len({tuple(one.owner for one in batch) for batch in told})

        lanes = [threading.Thread(target=lane, args=(n,)) for n in range(4)]
        for one in lanes:
            one.start()
        for one in lanes:
            one.join(20)
        assert answers == dict.fromkeys(range(4), 1)
        assert sorted(taken for _, taken in desk.taken("lanes").values()) == [100, 100]
