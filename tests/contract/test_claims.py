"""Every store of claims keeps the same promises: the in-memory twin and the real Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from app.edges.memory import MemoryClaims
from app.edges.redis.claims import RedisClaims, connect
from app.embedded.ports import free_port
from app.errors import EdgeDown
from app.ports import Claim, Claims, Standing
from app.settings import RedisSettings


@pytest.fixture(params=["memory", "redis"])
def claims(request: pytest.FixtureRequest) -> Iterator[Claims]:
    if request.param == "memory":
        yield MemoryClaims()
        return
    server = request.getfixturevalue("redis_server")
    client = connect(RedisSettings(url=server.url))
    client.flushdb()
    yield RedisClaims(client, "contract")


def claim(owner: str, *keys: str) -> Claim:
    return Claim(owner, keys, 3600)


class TestClaims:
    def test_first_comes_first(self, claims: Claims) -> None:
        """The first claimant owns its keys; a later one with any of them is told who came first and by which key."""
        first, second = claims.claim([claim("a", "v:1", "e:x"), claim("b", "v:2", "e:x")])
        assert (first.owner, first.key) == ("a", None)
        assert (second.owner, second.key) == ("a", "e:x")

    def test_own_claim_is_never_against_oneself(self, claims: Claims) -> None:
        """The same claim made again, as after a crash, gets the same answer."""
        for _ in range(3):
            assert [owned.owner for owned in claims.claim([claim("a", "v:1", "e:x", "p:9")])] == ["a"]

    def test_strongest_key_names_the_owner(self, claims: Claims) -> None:
        """Where two keys belong to two leads, the key named first decides."""
        claims.claim([claim("a", "e:x"), claim("b", "p:9")])
        (owned,) = claims.claim([claim("c", "v:3", "e:x", "p:9")])
        assert (owned.owner, owned.key) == ("a", "e:x")

    def test_a_duplicates_other_keys_lead_to_the_first(self, claims: Claims) -> None:
        """What a duplicate knows besides is known of the first from then on: the third is found through the second."""
        claims.claim([claim("a", "e:x"), claim("b", "e:x", "p:9")])
        (owned,) = claims.claim([claim("c", "p:9")])
        assert owned.owner == "a"

    def test_a_duplicate_delivered_again_is_still_a_duplicate(self, claims: Claims) -> None:
        """A second delivery of a duplicate finds the same original by the same key."""
        claims.claim([claim("a", "e:x")])
        answers = [claims.claim([claim("b", "v:2", "e:x")]) for _ in range(2)]
        assert answers[0] == answers[1]

    def test_nothing_to_claim(self, claims: Claims) -> None:
        """No claims: no answers, and no error."""
        assert claims.claim([]) == []


class TestRedis:
    def test_two_workers_racing_agree(self, redis_server: Any) -> None:
        """Of many claimants on one key, at the same instant, exactly one owns it, and all name that one."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        stores = [RedisClaims(connect(RedisSettings(url=redis_server.url)), "race") for _ in range(8)]
        stores[0].claim([claim("first", "e:first")])  # a new Redis is marked as complete by whoever comes first
        answers: list[list[str]] = [[] for _ in stores]

        def race(n: int) -> None:
            answers[n] = [owned.owner for key in range(50) for owned in stores[n].claim([claim(f"w{n}", f"e:{key}")])]

        threads = [threading.Thread(target=race, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for key in range(50):
            assert len({told[key] for told in answers}) == 1

    def test_a_store_that_lost_its_data_is_restored_first(self, redis_server: Any) -> None:
        """Nobody claims anything before the claims that stand are back: originals' own keys, and what duplicates left."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        told = [Standing("a", "b", ("v:2", "e:x"), 60), Standing("a", None, ("v:1", "e:x"), 60)]  # the duplicate comes first
        store = RedisClaims(client, "restore", lambda: told)
        assert [owned.owner for owned in store.claim([claim("c", "v:3", "e:x")])] == ["a"]
        assert [owned.owner for owned in store.claim([claim("a", "v:1", "e:x")])] == ["a"]
        (again,) = store.claim([claim("b", "v:2", "e:x")])
        assert (again.owner, again.key) == ("a", "e:x")

    def test_one_restores_and_the_others_wait(self, redis_server: Any) -> None:
        """While a worker restores, claims of others are an edge down and not a guess."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        other = RedisClaims(client, "turn")

        def standing() -> Iterator[Standing]:
            with pytest.raises(EdgeDown):
                other.claim([claim("z", "e:x")])
            yield Standing("a", None, ("e:x",), 60)

        RedisClaims(client, "turn", standing).claim([claim("c", "e:y")])
        assert other.claim([claim("z", "e:x")])[0].owner == "a"

    def test_emptied_again_while_restoring(self, redis_server: Any) -> None:
        """What was put back before the second loss is gone: the restoring begins again."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        losses = [1]

        def standing() -> Iterator[Standing]:
            yield Standing("a", None, ("e:x",), 60)
            if losses:
                losses.pop()
                client.flushdb()
                client.set("{twice}:restoring", "another worker that began")

        store = RedisClaims(client, "twice", standing)
        with pytest.raises(EdgeDown):
            store.claim([claim("c", "e:x")])
        client.delete("{twice}:restoring")
        assert store.claim([claim("c", "e:x")])[0].owner == "a"

    def test_the_window_ends(self, redis_server: Any) -> None:
        """A claim stands for its window, not for ever."""
        client = connect(RedisSettings(url=redis_server.url))
        client.flushdb()
        RedisClaims(client, "window").claim([Claim("a", ("e:x",), 77)])
        assert 70 <= int(client.ttl("{window}:e:x")) <= 77

    def test_a_store_that_is_away_is_an_edge_down(self) -> None:
        """No answer from Redis is EdgeDown: the lane waits, the record is not lost."""
        store = RedisClaims(connect(RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.2)), "away")
        with pytest.raises(EdgeDown):
            store.claim([claim("a", "e:x")])

    def test_a_full_store_is_an_edge_down(self, redis_server: Any) -> None:
        """Out of memory is a state that passes; nothing may be decided on half of the claims."""
        client = connect(RedisSettings(url=redis_server.url))
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(EdgeDown):
                RedisClaims(client, "full").claim([claim("a", "e:x")])
        finally:
            client.config_set("maxmemory", "0")

    def test_a_wrong_password_is_not_waited_for(self, redis_server: Any) -> None:
        """Waiting does not mend a password: it ends the process, loudly."""
        client = connect(RedisSettings(url=redis_server.url))
        client.config_set("requirepass", "right")
        try:
            with pytest.raises(redis.AuthenticationError):
                RedisClaims(connect(RedisSettings(url=redis_server.url)), "denied").claim([claim("a", "e:x")])
        finally:
            client.auth("right")
            client.config_set("requirepass", "")
