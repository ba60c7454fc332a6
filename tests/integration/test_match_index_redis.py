"""The match index on a real Redis, among other workers, faults and readers; what holds of every index is in tests/contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr
from redis.exceptions import NoPermissionError

from app.edges.redis.breaker import Breaker
from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.needs import acl
from app.embedded.redis import EmbeddedRedis
from app.errors import ConfigurationError, EdgeDown
from app.match_index import Ask, Link, Sought, Standing, Unknown, each
from app.settings import RedisSettings
from tests.harness.waiting import until

NOON = 1_800_000_000_000


def ask(name: str, *keys: str, event: str = "", record: bytes = b"record", window_s: int = 3600) -> Ask:
    exclusive = digest(event, 16) if event else b""
    joined = b"".join(digest(key, 7) + b"\xff" for key in keys)
    return Ask(f"ld_{digest(name, 10).hex()}", joined, exclusive, record, NOON, window_s)


def digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(), digest_size=size).digest()


def client_of(server: EmbeddedRedis, timeout_s: float = 5.0) -> redis.Redis:
    return connect(RedisSettings(url=server.url, timeout_s=timeout_s), text=False)


def index_of(server: EmbeddedRedis, namespace: str, **more: object) -> RedisMatchIndex:
    """A worker's index, complete."""
    index = RedisMatchIndex(client_of(server), namespace, **more)  # type: ignore[arg-type]
    index.restore(())
    return index


def seek(index: RedisMatchIndex, *asks: Ask) -> list[Sought]:
    answer = index.seek(asks)
    assert isinstance(answer, list)
    return answer


@pytest.fixture
def server(redis_server: EmbeddedRedis) -> EmbeddedRedis:
    """The session's Redis, emptied."""
    client_of(redis_server).flushdb()
    return redis_server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis to be killed, paused and filled."""
    with EmbeddedRedis(tmp_path) as server:
        yield server


class TestWorkers:
    def test_of_two_that_race_one_sees_the_other(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Eight workers enter leads of one person at the same instant: each sees exactly those with lower numbers."""
        workers = [index_of(server, topic_prefix, crowd=255, most=255) for _ in range(8)]
        seek(workers[0])
        answers: dict[str, Sought] = {}
        gate = threading.Barrier(8)

        def race(n: int) -> None:
            gate.wait()
            for turn in range(20):
                one = ask(f"{n} {turn}", "mail")
                answers[one.lead] = seek(workers[n], one)[0]

        threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        order = sorted(answers, key=lambda lead: answers[lead].number)
        for n, lead in enumerate(order):
            assert [one.lead for one in answers[lead].earlier] == order[:n]

    def test_one_event_from_many_workers_enters_once(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Of many deliveries of one event under different ids, one enters and all others name it."""
        workers = [index_of(server, topic_prefix) for _ in range(4)]
        seek(workers[0])
        told: list[Sought] = []
        threads = [
            threading.Thread(target=lambda n=n: told.extend(seek(workers[n % 4], ask(f"a{n}", event="e")))) for n in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(one.number for one in told) == [0] * 15 + [1]
        assert len({one.same.lead for one in told if one.same}) == 1

    def test_one_round_trip(self, server: EmbeddedRedis, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A batch is one command, whatever it holds."""
        client = client_of(server)
        index = RedisMatchIndex(client, topic_prefix)
        index.restore(())
        sent: list[object] = []
        execute: Any = client.execute_command

        def noted(*args: Any, **more: Any) -> Any:
            sent.append(args[0])
            return execute(*args, **more)

        monkeypatch.setattr(client, "execute_command", noted)
        seek(index, *[ask(f"a{n}", "mail", f"phone {n}") for n in range(100)])
        assert sent == ["EVALSHA"]

    def test_installations_do_not_meet(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Two namespaces on one Redis are two indexes."""
        one, other = index_of(server, topic_prefix), index_of(server, topic_prefix + "2")
        seek(one, ask("a", "mail"))
        assert seek(other, ask("b", "mail"))[0].earlier == ()


class TestGrowing:
    def test_what_was_entered_is_found_while_buckets_split(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Beyond the first buckets each lead finds its earlier one; a record costs its bytes and 50, a reference less than 10."""
        index, client = index_of(server, topic_prefix), client_of(server)
        seek(index)
        base = int(client.info("memory")["used_memory"])
        count, keys, strangers = 7_200, 28, 0
        for begin in range(0, count, 400):
            names = range(begin, begin + 400)
            batch = [ask(f"a{n}", *[f"{k} {n // 2}" for k in range(keys)], event=f"e{n}", record=bytes(90)) for n in names]
            for n, sought in enumerate(seek(index, *batch)):
                known = {batch[n - 1].lead} if n % 2 else set()
                assert known <= {one.lead for one in sought.earlier}
                strangers += len(sought.earlier) - len(known)
        counts = index.counts()
        assert (counts.leads, counts.references) == (count, (keys + 2) * count)
        assert counts.buckets > 1_100
        assert strangers <= 10  # of keys 34 bits count
        used = int(client.info("memory")["used_memory"]) - base
        assert used / count <= 140 + 10 * (keys + 2)
        assert index.counts().bytes == pytest.approx(used, rel=0.1)

    def test_steady_traffic_does_not_grow_the_index(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """With as many leads leaving as coming, memory and references stay what they are."""
        index, client = index_of(server, topic_prefix), client_of(server)
        used = []
        for wave in range(5):
            at = NOON + wave * 10_000
            for begin in range(0, 2_400, 300):
                asks = [ask(f"{wave} {n}", *[f"{wave} {n} {k}" for k in range(5)]) for n in range(begin, begin + 300)]
                seek(index, *[Ask(one.lead, one.keys, b"", bytes(90), at, 5) for one in asks])
                index.sweep(at)
            used.append(int(client.info("memory")["used_memory"]))
        assert index.counts().leads <= 2_900
        assert index.counts().references <= 1.5 * 6 * 2_400
        assert max(used[2:]) <= 1.2 * used[1]

    def test_what_was_asked_of_lately_bounds_forgetting(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Ends are told by the asks of the last minutes: not by the clock, which knows nothing of records read again; nor by a
        record from the future, nor for ever by one from long ago. A step is due for each 400 leads, and told to one worker."""
        index, day_ms = index_of(server, topic_prefix), 86_400_000
        clock = NOON + 300 * day_ms

        def horizon(at_s: int = 0, *days: float) -> float | None:
            seek(index, *[ask(f"{at_s} {n}")._replace(at_ms=int(NOON + at * day_ms)) for n, at in enumerate(days)])
            told = index.horizon(clock + 1000 * at_s, 0)
            return (told.now_ms - NOON) / day_ms if told.now_ms else None

        assert horizon() is None
        assert horizon(10, 20, 10, 15) == 10  # who lags bounds it
        assert horizon(20, 12) == 10
        assert horizon(120, 20) == 10
        assert horizon(130, 20) == 10  # of the two minutes before these
        assert horizon(240) == 20
        assert horizon(250, 5, 100) == 100 - 30  # who lags for more than 30 days does not
        assert horizon(260, 1000) == 300 + 260 / 86_400 - 30  # what is ahead of the clock counts as now
        assert horizon(360, 1000) == 300 + 360 / 86_400 - 30
        assert horizon(370, 1000) == 300 + 370 / 86_400 - 30
        assert horizon(480) == 300 + 480 / 86_400
        assert horizon(600) is None
        seek(index, *[ask(str(n)) for n in range(2_000)])
        assert [index.horizon(clock, most).steps for most in (3, 9, 9)] == [3, 2, 0]

    def test_the_numbers_go_beyond_four_bytes(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """References are four bytes of a number; when these begin again, leads before and after find each other."""
        index, client = index_of(server, topic_prefix), client_of(server)
        seek(index)
        begin = 2**32 - 2048
        client.hset(f"{{{topic_prefix}}}:i:s", mapping={"number": begin, "oldest": begin // 2048, "segment": begin // 2048})
        asked = [ask(f"a{n}", f"pair {n % 1536}") for n in range(3072)]
        answers = [one for at in range(0, 3072, 256) for one in seek(index, *asked[at : at + 256])]
        assert answers[-1].number == begin + 3072 > 2**32
        for n in range(1536, 3072):
            assert [one.lead for one in answers[n].earlier] == [asked[n - 1536].lead]
        assert seek(index, asked[3])[0].number == begin + 4


class TestLoss:
    def test_killed_and_back_with_its_data(self, own: EmbeddedRedis) -> None:
        """What was answered before kill -9 is answered after it."""
        index = index_of(own, "lead")
        before = seek(index, ask("a", "mail"), ask("b", "mail"))
        own.kill()
        with pytest.raises(EdgeDown):
            seek(index, ask("c", "mail"))
        own.start()
        assert seek(index, ask("a", "mail"), ask("b", "mail")) == before
        assert seek(index, ask("c", "mail"))[0].number == 3

    def test_killed_while_two_workers_write(self, own: EmbeddedRedis) -> None:
        """Whatever was answered before kill -9 has the same answer after it, and no number was given twice."""
        seek(index_of(own, "lead"))
        answered: dict[Ask, Sought] = {}

        def write(worker: RedisMatchIndex, name: str) -> None:
            with suppress(EdgeDown):
                for n in range(1_000_000):
                    batch = [ask(f"{name} {n} {k}", f"{n % 7}", f"{name} {n}") for k in range(10)]
                    answered.update(zip(batch, seek(worker, *batch), strict=True))

        workers = [index_of(own, "lead", crowd=255, most=255) for _ in range(2)]
        threads = [threading.Thread(target=write, args=(worker, name)) for worker, name in zip(workers, "ab", strict=True)]
        for thread in threads:
            thread.start()
        until(lambda: len(answered) > 400, "400 leads answered")
        own.kill()
        for thread in threads:
            thread.join()
        own.start()
        assert seek(workers[0], *answered) == list(answered.values())
        assert len({one.number for one in answered.values()}) == len(answered)

    def test_emptied(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """An index that lost its data answers nobody until it was restored: leads wait, or go on as unknown."""
        index, other = index_of(server, topic_prefix), index_of(server, topic_prefix, wait=False)
        seek(index, ask("a", "mail"))
        client_of(server).flushdb()
        with pytest.raises(EdgeDown, match="not complete"):
            seek(index, ask("b", "mail"))
        assert isinstance(other.seek([ask("b", "mail")]), Unknown)
        index.restore([Standing(ask("a", "mail"), 1)])
        assert [one.lead for one in seek(index, ask("b", "mail"))[0].earlier] == [ask("a").lead]

    def test_an_index_that_forgot_its_last_answers_has_lost_its_data(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Back from an older copy, it knows lower numbers than a worker has seen: it is cleared and restored."""
        index, client = index_of(server, topic_prefix), client_of(server)
        seek(index, ask("a", "mail"))
        copy = {key: client.dump(key) or b"" for key in client.scan_iter(match=f"{{{topic_prefix}}}*")}
        seek(index, ask("b", "mail"))
        client.flushdb()
        for key, value in copy.items():
            client.restore(key, 0, value)
        with pytest.raises(EdgeDown, match="not complete"):
            seek(index, ask("c", "mail"))
        index.restore([Standing(ask("a", "mail"), 1), Standing(ask("b", "mail"), 2)])
        (sought,) = seek(index, ask("c", "mail"))
        assert [one.lead for one in sought.earlier] == [ask("a").lead, ask("b").lead]
        assert index.counts().references == 3 * 2

    def test_one_restores_and_the_others_wait(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """While a worker restores, asks of others are an edge down and not a guess; after it they are answered."""
        one, other = (RedisMatchIndex(client_of(server), topic_prefix) for _ in range(2))

        def standing() -> Iterator[Standing]:
            with pytest.raises(EdgeDown):
                seek(other, ask("z", "mail"))
            with pytest.raises(EdgeDown, match="a worker is restoring it"):
                other.restore(())
            yield Standing(ask("a", "mail"), 1)

        assert one.restore(standing()) == 1
        assert other.restore([Standing(ask("b", "mail"), 2)]) == 0
        assert len(seek(other, ask("z", "mail"))[0].earlier) == 1

    def test_emptied_again_while_restoring(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """What was put back before a second loss is gone: who restored finds out, and the restoring begins again."""

        def standing() -> Iterator[Standing]:
            yield from (Standing(ask(f"a{n}", "mail"), n + 1) for n in range(500))
            client_of(server).flushdb()
            yield Standing(ask("b", "mail"), 2)

        index = RedisMatchIndex(client_of(server), topic_prefix)
        with pytest.raises(EdgeDown):
            index.restore(standing())
        index.restore([Standing(ask("a", "mail"), 1)])
        assert len(seek(index, ask("c", "mail"))[0].earlier) == 1


class TestTrouble:
    def test_a_full_redis_takes_in_nothing_of_a_batch(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Out of memory is an edge down; the batch is taken in as a whole afterwards; sweeping makes room even then."""
        index, client = index_of(server, topic_prefix), client_of(server)
        seek(index, *[ask(f"old {n}", f"k{n}", window_s=1) for n in range(600)])
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(EdgeDown):
                seek(index, ask("a", "mail"), ask("b", "mail"))
            assert index.counts().leads == 600
            while not index.sweep(NOON + 60_000).around:
                pass
            assert index.counts().leads == 0
        finally:
            client.config_set("maxmemory", "0")
        assert [one.number for one in seek(index, ask("a", "mail"), ask("b", "mail"))] == [601, 602]

    def test_a_redis_that_hangs_is_not_waited_for_each_time(self, own: EmbeddedRedis) -> None:
        """Where leads do not wait, two batches pay for the timeout; then one tries for all, until it is answered."""
        now = [0.0]
        breaker = Breaker("match_index", "none", lambda how: EdgeDown(f"left alone: {how}"), clock=lambda: now[0])
        index = RedisMatchIndex(client_of(own, timeout_s=0.2), "lead", wait=False, breaker=breaker)
        index.restore(())
        index.seek([])  # connects
        own.pause()
        try:
            whys = [answer.why for _ in range(4) if isinstance(answer := index.seek([ask("a")]), Unknown)]
            now[0] = 3.0
            whys += [answer.why for _ in range(2) if isinstance(answer := index.seek([ask("a")]), Unknown)]
        finally:
            own.resume()
        assert [why == "left alone: slow" for why in whys] == [False, False, True, True, False, True]
        now[0] = 6.0
        assert isinstance(index.seek([ask("a")]), list)
        assert isinstance(index.seek([ask("a")]), list)

    def test_a_slow_redis_is_an_edge_down(self, own: EmbeddedRedis) -> None:
        """Who gets no answer in time asks again, and finds what the first call did: nothing is entered twice."""
        seek(index_of(own, "lead"))
        hasty = RedisMatchIndex(client_of(own, timeout_s=0.2), "lead", wait=False)
        seek(hasty, ask("a", "mail"))
        own.pause()
        try:
            assert isinstance(hasty.seek([ask("b", "mail")]), Unknown)
        finally:
            own.resume()
        (sought,) = seek(index_of(own, "lead"), ask("b", "mail"))
        assert (sought.number, len(sought.earlier)) == (2, 1)

    def test_a_wrong_password_is_not_waited_for(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """One changed while we are connected ends the process, loudly, and who starts is refused: waiting mends neither."""
        client, ours = client_of(server), client_of(server)
        index = RedisMatchIndex(ours, topic_prefix)
        index.restore(())
        client.config_set("requirepass", "right")
        try:
            ours.connection_pool.disconnect()
            with pytest.raises(redis.AuthenticationError):
                seek(index, ask("a", "mail"))
            with pytest.raises(ConfigurationError, match="REDIS_URL"):
                client_of(server)
        finally:
            client.auth("right")
            client.config_set("requirepass", "")

    def test_few_rights_are_enough(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """The user that `leadstream redis-acl` prints is all that an index needs that has grown and is told and asked again."""
        admin: Any = client_of(server)
        admin.execute_command(*acl(topic_prefix, topic_prefix).replace("PASSWORD", "pw").split())
        url = server.url.replace("redis://", f"redis://{topic_prefix}:pw@")
        client = connect(RedisSettings(url=SecretStr(url), timeout_s=5), text=False)
        index = RedisMatchIndex(client, topic_prefix)
        index.restore([Standing(ask("a", "mail"), 3)])
        asked = [ask(f"b{n}", "mail", *[f"{n} {k}" for k in range(30)]) for n in range(400)]
        for n in range(0, 400, 100):
            seek(index, *asked[n : n + 100])
        index.seek([], [Link(asked[0].lead, ask("a").lead)])
        assert index.erase([asked[0].lead]) == 1
        assert index.sweep(index.horizon(NOON, 1).now_ms).expired == 0
        assert index.counts().leads == 400
        with pytest.raises(NoPermissionError):
            client.flushdb()
        admin.execute_command("ACL", "DELUSER", topic_prefix)


class TestReaders:
    def test_of_keys_stands_less_than_tells_them(self, server: EmbeddedRedis, topic_prefix: str) -> None:
        """Whoever reads Redis finds no key in it: of each stand at most five bytes in a row."""
        index, client = index_of(server, topic_prefix), client_of(server)
        asked = ask("a", "mail", "phone", event="e")
        seek(index, asked)
        read = b"".join(value for key in client.scan_iter() if (value := client.dump(key)))
        for key in (*each(asked.keys), asked.exclusive):
            assert not any(key[at : at + 6] in read for at in range(len(key) - 5))
