"""Who asks the review API, on a real Redis and in two applications: sessions are shared, and end everywhere."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import redis
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.review_login import SESSION_FILE
from app.edges.redis.connecting import connect
from app.edges.redis.sessions import RedisSessions
from app.edges.web.access_file import editing
from app.edges.web.admission import door_of
from app.edges.web.app import create
from app.edges.web.door import COOKIE
from app.edges.web.serve import _server, listen, url_of
from app.embedded.redis import EmbeddedRedis
from app.ops.health import Health
from app.settings import AccessSettings, ApiSettings, RedisSettings
from tests.harness.doors import HASHED, PASSWORD, PEOPLE, parts
from tests.harness.threads import in_thread
from tests.harness.waiting import until

SECRET = b"secret of the tests"


@dataclass
class Houses:
    """Two applications that read one access file and share one Redis."""

    first: TestClient
    second: TestClient
    url: str
    redis: redis.Redis
    prefix: str
    file: Path


@pytest.fixture
def houses(redis_server: EmbeddedRedis, tmp_path: Path) -> Iterator[Houses]:
    client = connect(RedisSettings(url=type(RedisSettings().url)(redis_server.url)))
    prefix, file = f"t-{uuid.uuid4().hex[:12]}", tmp_path / "access.yaml"
    with editing(file) as put:
        put(PEOPLE)
    applications = []
    for _ in range(2):
        door = door_of(SECRET, ApiSettings(), AccessSettings(file=file), RedisSessions(client, prefix), Health())
        applications.append(create(parts(), door))
    listening = listen("127.0.0.1", 0)
    server = _server(applications[0], [])

    def serve(_: object) -> None:
        server.run(sockets=[listening])

    with in_thread(serve):
        until(lambda: server.started, "it serves")
        first, second = (TestClient(one, base_url="http://localhost") for one in applications)
        yield Houses(first, second, url_of(listening), client, prefix, file)
        server.should_exit = True
    client.close()


def log_in(client: TestClient) -> str:
    answer = client.post("/v1/session", json={"id": "reviewer-1", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["form_token"])


def test_a_session_stands_in_all_processes_and_ends_in_all(houses: Houses) -> None:
    """Begun in one it holds in the other; logged out of one its cookie is worth nothing in either; so where Redis was emptied."""
    form = log_in(houses.first)
    cookie = houses.first.cookies[COOKIE]
    houses.second.cookies.set(COOKIE, cookie)
    assert houses.second.get("/v1/session").json()["id"] == "reviewer-1"
    assert houses.second.delete("/v1/session", headers={"Leadstream-Form-Token": form}).status_code == 204
    assert houses.first.get("/v1/session").status_code == 401
    log_in(houses.first)
    keys = list(houses.redis.scan_iter(f"*{houses.prefix}*"))
    assert len(keys) == 1
    assert 0 < houses.redis.pttl(keys[0]) <= 30 * 60_000
    assert not any(part in str(keys) for part in (houses.first.cookies[COOKIE], "reviewer-1"))
    houses.redis.delete(*keys)
    assert houses.first.get("/v1/session").status_code == 401


def test_who_is_shut_out_is_out_within_a_second(houses: Houses) -> None:
    """In sessions that stand, without a restart."""
    log_in(houses.first)
    assert houses.first.get("/v1/session").status_code == 200
    with editing(houses.file) as put:
        put(PEOPLE.changed(PEOPLE.by_id["reviewer-1"].model_copy(update={"disabled": True})))
    shut = time.monotonic()
    until(lambda: houses.first.get("/v1/session").status_code == 401, "it follows the file")
    assert time.monotonic() - shut < 10


def test_logging_in_and_out_in_a_terminal(houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is kept for its owner alone, is used by the next command, and ends."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        there = {"LEADSTREAM_API_URL": houses.url, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
        return CliRunner().invoke(app, ["review", *arguments], input=stdin, env=there)

    assert "leadstream review login" in run("counts").output
    assert run("login", "reviewer-1", stdin="wrong password\n").exit_code == 1
    logged_in = run("login", "reviewer-1", stdin=f"{PASSWORD}\n")
    assert (logged_in.exit_code, PASSWORD in logged_in.output) == (0, False)
    assert SESSION_FILE.stat().st_mode & 0o777 == 0o600
    assert run("counts").exit_code == 0
    kept = SESSION_FILE.read_text()
    assert run("logout").exit_code == 0
    assert not SESSION_FILE.exists()
    SESSION_FILE.write_text(kept)
    assert "has ended" in run("counts").output


def test_the_server_itself_refuses_strangers(houses: Houses) -> None:
    """Over the wire, as the tests of the table have it in memory; and no secret stands in an answer."""
    answer = httpx2.get(houses.url + "/v1/reviews/counts", timeout=10)
    assert (answer.status_code, "server" in answer.headers) == (401, False)
    assert HASHED not in answer.text
