"""What a request may cost, what stands around every answer, and what is written down of who did what."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from app.access.throttle import Backoff, Buckets, network
from app.edges.web import limits
from app.edges.web.connections import HurriedProtocol
from app.edges.web.limits import DEEPEST, MOST_BYTES, MOST_HEADERS, Limits, depth
from app.edges.web.serve import _server, listen
from app.ops.masking import fields
from app.settings import ApiSettings
from tests.harness.doors import House
from tests.harness.waiting import until

LEAD: Final = "ld_" + "0" * 20
VERDICTS: Final = f"/v1/leads/{LEAD}/verdicts"


def test_too_much_is_refused_before_it_is_parsed() -> None:
    """By what the length says, and by what comes where it says nothing; too many headers, too, and what nests too deep."""
    client = House().asks(2)
    assert client.post(VERDICTS, content=b" " * (MOST_BYTES + 1)).status_code == 413
    chunks = iter([b" " * 100_000] * 12)
    assert client.post(VERDICTS, content=chunks).status_code == 413
    for lie in ("-1", "1e3", "٣", "9" * 5_000):
        assert client.post(VERDICTS, content=b"{}", headers={b"Content-Length": lie.encode()}).status_code == 413, lie
    many = {f"X-{n}": "y" for n in range(MOST_HEADERS)}
    assert client.get("/v1/reviews", headers=many).status_code == 431
    for deep in (b"[" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40):
        answer = client.post(VERDICTS, content=deep, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


@pytest.mark.parametrize(
    "body",
    [
        b'{"says": "approve", "note": "\\ud800"}',
        b'{"says": "approve", "says": "reject", "why": 1e999}',
        b'{"says": NaN}',
        b'{"says": ' + b"9" * 5_000 + b"}",
        b'{"says": "approve", "note": "' + b"x" * 5_000 + b'"}',
        b"\xff\xfe{}",
        b'"' * 1_001,
        b"",
    ],
)
def test_hostile_json_is_the_callers_mistake(body: bytes) -> None:
    """422 or 400 with a problem, never 500, and nothing of what was sent comes back."""
    answer = House(ready=True).asks(2).post(VERDICTS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "xxx" not in answer.text


@pytest.mark.parametrize(
    ("text", "deep"),
    [('{"a": [1, {"b": "}}]]"}]}', 3), ('"[[[["', 0), (r'["\"[[", "\\", [1]]', 2), ("", 0), ("]]]", 0), ("[" * 50, 50)],
)
def test_how_deep_a_text_nests(text: str, deep: int) -> None:
    """Signs inside of texts do not count."""
    assert depth(text.encode()) == deep
    assert DEEPEST < 100


def asgi(app: Any, body: list[dict[str, Any]], *, ends: bool = True) -> list[dict[str, Any]]:
    """What an application that the limits stand around answers."""
    sent: list[dict[str, Any]] = []
    waiting = iter(body)

    async def receive() -> dict[str, Any]:
        for message in waiting:
            return message
        if not ends:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "state": {}}
    asyncio.run(Limits(app)(scope, receive, send))
    return sent


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after a while, and the route is never asked."""
    monkeypatch.setattr(limits, "BODY_S", 0.05)
    asked: list[Any] = []

    async def app(*_: Any) -> None:
        asked.append(1)

    sent = asgi(app, [{"type": "http.request", "body": b"{", "more_body": True}], ends=False)
    assert (sent[0]["status"], asked) == (408, [])


def test_who_asked_waits_no_longer_than_a_minute_and_what_was_begun_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """504, which says that nobody knows; what takes longer goes on, and says nothing more."""
    monkeypatch.setattr(limits, "ANSWER_S", 0.05)
    done = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 202, "headers": []})
        done.append(1)

    async def both() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await Limits(app)({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send)
        while not done:
            await asyncio.sleep(0.01)
        return sent

    sent = asyncio.run(both())
    assert [message.get("status") for message in sent] == [504, None]


def test_who_asks_too_often_waits() -> None:
    """429 and when to come again, by principal; others are served meanwhile. A little later it goes on."""
    house = House(ApiSettings(rate=2.0))
    client = house.asks(1)
    statuses = [client.get("/v1/session").status_code for _ in range(25)]
    assert statuses == [200] * 20 + [429] * 5
    assert client.get("/v1/session").headers["retry-after"] == "1"
    assert house.asks(2).get("/v1/session").status_code == 200
    house.now_ms += 1_000
    assert [client.get("/v1/session").status_code for _ in range(3)] == [200, 200, 429]


def test_one_address_cannot_ask_without_end() -> None:
    """Whoever it says it is; and what is wrong even less often."""
    house = House(ApiSettings(rate=1.0))
    assert [house.asks().get("/v1/session").status_code for _ in range(41)] == [401] * 40 + [429]
    wrong = House()
    assert [wrong.asks(99).get("/v1/session").status_code for _ in range(31)] == [401] * 30 + [429]
    assert wrong.asks(1).get("/v1/session").status_code == 200


def test_limits_forget() -> None:
    """Buckets fill again, failures of long ago cost nothing; clocks that jump back give nothing away."""
    buckets = Buckets(2.0, 4.0)
    assert [buckets.take("a", 0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("a", -100) == 0.5
    assert [buckets.take("a", 1_000) for _ in range(5)].count(0) == 4
    backoff = Backoff(2, 1.0, 60.0)
    waits = []
    for at_s in range(12):
        backoff.failed("a", at_s)
        waits.append(backoff.wait("a", at_s))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert backoff.wait("b", 12) == 0
    backoff.failed("a", 1_000)
    assert backoff.wait("a", 1_000) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "unknown"),
    ],
)
def test_addresses_are_counted_by_who_has_them(address: str, counted: str) -> None:
    """One user has 2 to the 64 addresses of IPv6."""
    assert network(address) == counted


def test_every_answer_keeps_browsers_from_mischief() -> None:
    """Whatever it is: refused, wrong, a bug; nothing is cached, framed, guessed or told on."""
    house = House(ready=True)
    with capture_logs() as logged:
        answers = [
            house.asks().get("/v1/reviews"),
            house.asks(1).get("/v1/reviews/counts"),
            house.asks(1).get("/v1/reviews?limit=0"),
            house.asks(1).get("/nowhere"),
            house.asks(1).get("/v1/reviews"),  # a bug: there are no leases
            house.asks(1).get("/openapi.json"),
            house.asks(1, "http://evil.example").get("/v1/reviews"),
        ]
    assert [one["event"] for one in logged] == ["request_failed"]
    assert [one.status_code for one in answers] == [401, 200, 422, 404, 500, 200, 400]
    for answer in answers:
        told = answer.headers
        assert told["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert "default-src 'none'" in told["content-security-policy"]
        assert (told["referrer-policy"], told["cache-control"]) == ("no-referrer", "no-store")
        assert "access-control-allow-origin" not in told
        assert "server" not in told


def test_what_is_done_to_leads_and_who_looked_at_them_is_written_down() -> None:
    """Principal, route, lead, how it ended, whom a tool relayed; not what was sent, and not what anybody may see anyway."""
    house = House()
    with capture_logs() as logged:
        house.asks(2).get(f"/v1/reviews/{LEAD}")
        house.asks(1).get(f"/v1/reviews/{LEAD}")
        house.asks(7, Leadstream_Reviewer="sales-9").post(
            VERDICTS, json={"says": "reject", "why": "spam", "note": "Jo, jo@b.example"}
        )
        house.asks(2).post("/v1/reviews/jo@b.example/claim")
        house.asks(2).get("/v1/reviews?reason=jo@b.example")
    told = [one for one in logged if one["event"] in ("api_audit", "api_forbidden")]
    shown = [(one["event"], one["principal"], one["action"], one.get("lead_id"), one.get("code")) for one in told]
    assert shown == [
        ("api_audit", "reviewer-1", "open_review", LEAD, 503),
        ("api_forbidden", "viewer-1", "open_review", None, None),
        ("api_audit", "bridge", "say", LEAD, 503),
        ("api_audit", "reviewer-1", "claim", None, 422),
    ]
    assert (told[2]["subject"], told[2]["kind"], told[2]["mode"]) == ("sales-9", "reject", "token")
    assert "b.example" not in str(logged)


def test_the_audit_passes_the_filter_of_the_log() -> None:
    """Nothing of it is dropped as a field that nobody listed."""
    with capture_logs() as logged:
        House().asks(7, Leadstream_Reviewer="sales-9").post(VERDICTS, json={"says": "reject", "why": "spam"})
    (audit,) = [one for one in logged if one["event"] == "api_audit"]
    kept, dropped = fields({name: value for name, value in audit.items() if name not in ("event", "log_level")})
    assert dropped == []
    assert {"principal", "mode", "action", "code", "lead_id", "subject", "kind"} == set(kept)


@pytest.mark.parametrize(
    ("n", "named", "status"),
    [
        (2, None, 503),
        (2, "reviewer-1", 503),
        (2, "reviewer-2", 403),
        (7, "sales-9", 503),
        (7, "steward", 400),
        (7, "jo@b.example", 400),
    ],
)
def test_who_decides_is_who_asks(n: int, named: str | None, status: int) -> None:
    """A header makes nobody somebody else, except for a tool that relays; nobody speaks for the machine."""
    headers = {} if named is None else {"Leadstream_Reviewer": named}
    assert House().asks(n, **headers).post(f"/v1/reviews/{LEAD}/claim").status_code == status


@pytest.fixture
def served() -> Iterator[tuple[str, int]]:
    """A real server, whose patience is short."""

    class Impatient(HurriedProtocol):
        head_s = 0.3

    listening = listen("127.0.0.1", 0)
    server = _server(House().application, [])
    server.config.http = Impatient
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until(lambda: server.started, "it serves")
    yield listening.getsockname()[:2]
    server.should_exit = True
    thread.join(10)


def test_heads_must_come_in_time_and_be_small(served: tuple[str, int]) -> None:
    """A connection that says nothing, or half of it, is closed; one that says it all is answered."""

    def said(*parts: bytes) -> bytes:
        with socket.create_connection(served, 10) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(0.1)
            connection.settimeout(10)
            answer = b""
            while more := connection.recv(65_536):
                answer += more
            return answer

    assert said() == b""
    assert said(b"GET /v1/reviews HTTP/1.1\r\n", b"Host: localhost\r\n") == b""
    assert said(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 40_000).startswith(b"HTTP/1.1 400 ")
    whole = said(b"GET /v1/reviews HTTP/1.1\r\nHost: localhost\r\n", b"Connection: close\r\n\r\n")
    assert whole.startswith(b"HTTP/1.1 401 ")
