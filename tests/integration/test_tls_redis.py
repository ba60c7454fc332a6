"""Redis with TLS, a client certificate and a user who may do only what `leadstream redis-acl` says: all that is in Redis works.

The contracts of the match index and of journeys run again here, as that user.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr
from redis.exceptions import NoPermissionError

from app.edges.redis.answering import answering
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.edges.redis.journeys import RedisJourneys
from app.edges.redis.leases import Leases
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.sessions import RedisSessions
from app.embedded.certificates import Authority
from app.errors import ConfigurationError
from app.ports import JourneyStore
from app.settings import RedisSettings
from tests.contract.test_journeys import TestJourneys  # noqa: F401  collected here, with the store of here
from tests.contract.test_match_index import (  # noqa: F401
    Make,
    TestCrowd,
    TestErasing,
    TestLimits,
    TestLinks,
    TestOrder,
    TestRestoring,
    TestSameEvent,
    TestWindow,
    index,
)
from tests.harness.desk_worker import TEAM, wanted
from tests.harness.desks import Clock, Present, lead_id
from tests.harness.guarded_redis import PASSWORD, USER, GuardedRedis

PREFIX = "t-guarded"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    with GuardedRedis(tmp_path_factory.mktemp("redis"), PREFIX) as server:
        yield server


@pytest.fixture
def settings(guarded: GuardedRedis, monkeypatch: pytest.MonkeyPatch) -> RedisSettings:
    for name, value in guarded.environment.items():
        monkeypatch.setenv(name, value)
    redis.Redis(port=guarded.port).flushdb()
    return RedisSettings()


@pytest.fixture
def make(settings: RedisSettings) -> Iterator[Make]:
    client = connect(settings, text=False)

    def made(*, complete: bool = True, **limits: int) -> RedisMatchIndex:
        found = RedisMatchIndex(client, PREFIX, **limits)  # type: ignore[arg-type]
        if complete:
            found.restore(())
        return found

    yield made
    client.close()


@pytest.fixture
def store(settings: RedisSettings) -> JourneyStore:
    return RedisJourneys(connect(settings), PREFIX)


def tried(client: redis.Redis, *command: str) -> None:
    client.execute_command(*command)  # type: ignore[no-untyped-call]


def test_the_desk(settings: RedisSettings) -> None:
    """It is restored, gives leads, takes them back and tells who has taken how many."""
    desk = RedisDesk(connect(settings, text=False), PREFIX, Present(TEAM), clock=Clock())
    desk.restore(())
    first = desk.assign([wanted(n) for n in range(40)])
    assert all(one.owner for one in first)
    assert [one.owner for one in desk.assign([wanted(n) for n in range(40)])] == [one.owner for one in first]
    desk.give_back([lead_id(n) for n in range(40)])
    assert desk.taken("race")


def test_leases_and_sessions(settings: RedisSettings) -> None:
    """What reviewers claim and who is logged in: taken, looked at, renewed and dropped."""
    leases, sessions = Leases(connect(settings), PREFIX), RedisSessions(connect(settings), PREFIX)
    assert leases.take(["ld_1"], "eva", "token", 60_000) == "ld_1"
    assert leases.renew("ld_1", "eva", "token", 60_000)
    assert [one.reviewer for one in leases.holders(["ld_1"]) if one] == ["eva"]
    assert leases.release("ld_1", "eva", "token")
    assert leases.drop(["ld_1"]) == 0
    sessions.begin("s", 60_000)
    assert sessions.touch("s", 60_000)
    sessions.end("s")
    assert not sessions.touch("s", 60_000)


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",), ("FLUSHDB",), ("CONFIG", "GET", "*"), ("KEYS", "*"), ("SCAN", "0"), ("SHUTDOWN",),
        ("ACL", "LIST"), ("SCRIPT", "FLUSH"), ("EVAL", "return 1", "0"), ("MIGRATE", "h", "1", "k", "0", "1"), ("MONITOR",),
        ("PUBLISH", "c", "m"), ("SAVE",), ("MEMORY", "DOCTOR"), ("CLIENT", "KILL", "ID", "1"), ("GET", "another:key"),
        ("SET", "{t-other}:i:s", "x"), ("RENAME", f"{{{PREFIX}}}:a", f"{{{PREFIX}}}:b"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_else_is_allowed(settings: RedisSettings, command: tuple[str, ...]) -> None:
    """Commands that leadstream does not call, and keys of others, are denied."""
    with pytest.raises(NoPermissionError):
        tried(connect(settings), *command)


def test_a_command_that_was_taken_away_is_told(guarded: GuardedRedis, settings: RedisSettings) -> None:
    """Also from within a script: which ACL to give is said, instead of a bug's name."""
    leases, owner = Leases(connect(settings), PREFIX), redis.Redis(port=guarded.port)
    leases.take(["ld_2"], "eva", "token", 60_000)
    for lost in ("pttl", "evalsha"):  # one called in the script, one that calls it
        tried(owner, "ACL", "SETUSER", USER, f"-{lost}")
        try:
            with pytest.raises(ConfigurationError, match="leadstream redis-acl"):
                leases.holders(["ld_2"])
        finally:
            tried(owner, "ACL", "SETUSER", USER, f"+{lost}")


def skip_where_nothing_is_told(guarded: GuardedRedis) -> None:
    if not guarded.tells_why:
        pytest.skip("needs a redis-server with TLS on this machine (Debian: apt install redis-server)")


class TestRefusals:
    """Who is refused at Redis's door does not start, says what to mend, and tells no password."""

    def test_wrong_password(self, settings: RedisSettings) -> None:
        """Waiting does not mend a password."""
        wrong = SecretStr(settings.url.get_secret_value().replace(PASSWORD, "canary-wrong"))
        with pytest.raises(ConfigurationError, match="REDIS_URL") as refused:
            connect(settings.model_copy(update={"url": wrong}))
        assert "canary" not in str(refused.value)

    def test_wrong_authority(self, settings: RedisSettings, tmp_path: Path) -> None:
        """A server whose certificate somebody else signed is not ours."""
        other = Authority(tmp_path)
        with pytest.raises(ConfigurationError, match="REDIS_SSL_CA_CERTS") as refused:
            connect(settings.model_copy(update={"ssl_ca_certs": other.certificate}))
        assert PASSWORD not in str(refused.value)

    def test_wrong_host(self, settings: RedisSettings) -> None:
        """The certificate must stand for the host that was asked for."""
        elsewhere = SecretStr(settings.url.get_secret_value().replace("127.0.0.1", "localhost"))
        with pytest.raises(ConfigurationError, match="stand for the host"):
            connect(settings.model_copy(update={"url": elsewhere}))

    def test_no_certificate(self, guarded: GuardedRedis, settings: RedisSettings) -> None:
        """Where Redis asks for a certificate, none is no start."""
        skip_where_nothing_is_told(guarded)
        with pytest.raises(ConfigurationError, match="REDIS_SSL_CERTFILE"):
            connect(settings.model_copy(update={"ssl_certfile": None, "ssl_keyfile": None}))

    def test_expired_certificate(self, guarded: GuardedRedis, settings: RedisSettings) -> None:
        """One that has expired is as good as none."""
        skip_where_nothing_is_told(guarded)
        old = guarded.authority.issue("old", lasts=datetime.timedelta(hours=-1))
        with pytest.raises(ConfigurationError, match="REDIS_SSL_CERTFILE"):
            connect(settings.model_copy(update={"ssl_certfile": old.certificate, "ssl_keyfile": old.key}))

    def test_an_outage_is_waited_for(self, settings: RedisSettings) -> None:
        """Nobody there is no refusal: the client is made, and its calls tell."""
        nobody = SecretStr("rediss://127.0.0.1:1/0")
        client = connect(settings.model_copy(update={"url": nobody}))
        with pytest.raises(Exception, match="Redis does not answer"), answering():
            client.ping()
