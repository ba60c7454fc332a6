"""The review API's application with principals of every kind before its door, and a clock that the test turns."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, cast

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.access.credentials import SALT_BYTES, Keys, token_hash, token_of
from app.access.principals import Principal, Principals, Token
from app.access.table import Role
from app.edges.kafka.review_store import ReviewStore
from app.edges.web.app import create
from app.edges.web.door import Door
from app.edges.web.room import Parts
from app.edges.web.standing import MemoryStanding, Standing
from app.inventory.reviewing import Reviewing
from app.settings import ApiSettings

KEYS: Final = Keys.of(b"secret of the tests")
PASSWORD: Final = "correct horse battery"
HASHED: Final = "scrypt$14,1,1$" + "$".join(  # as cheap as the access file takes it
    base64.urlsafe_b64encode(one).decode().rstrip("=")
    for one in (b"s" * SALT_BYTES, hashlib.scrypt(PASSWORD.encode(), salt=b"s" * SALT_BYTES, n=1 << 14, r=1, p=1, dklen=32))
)
NOON: Final = 1_767_268_800_000  # 1 January 2026


def token(n: int) -> str:
    return token_of(n.to_bytes(5, "big"), n.to_bytes(32, "big"))


def kept(n: int, expires: date | None = None) -> Token:
    return Token(id=n.to_bytes(5, "big").hex(), hash=token_hash(token(n), KEYS.tokens), expires=expires)


def principal(name: str, role: Role, n: int, **told: Any) -> Principal:
    return Principal(id=name, role=role, tokens=(kept(n),), password=HASHED, **told)


PEOPLE: Final = Principals(
    principals=(
        principal("viewer-1", "viewer", 1),
        principal("reviewer-1", "reviewer", 2),
        principal("operator-1", "operator", 3),
        principal("gone-1", "operator", 4, disabled=True),
        principal("temp-1", "operator", 5, expires=date(2025, 12, 31)),
        Principal(id="old-token", role="operator", tokens=(kept(6, date(2025, 12, 31)),)),
        principal("bridge", "reviewer", 7, relays=True),
    )
)


@dataclass
class House:
    """Turn `now_ms`, replace `people`."""

    settings: ApiSettings = field(default_factory=ApiSettings)
    people: Principals = PEOPLE
    now_ms: int = NOON
    standing: Standing | None = None
    ready: bool = False
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "review.example")

    def __post_init__(self) -> None:
        now: Callable[[], int] = lambda: self.now_ms  # noqa: E731
        self.standing = self.standing or MemoryStanding(now)
        door = Door(KEYS, lambda: self.people, None, self.standing, self.settings, now, lambda: self.now_ms / 1000)
        self.application: FastAPI = create(parts(ready=self.ready), door, self.hosts)

    def asks(self, n: int | None = None, url: str = "http://localhost", **headers: str) -> TestClient:
        """A client of its own; with the token of that number."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if n is not None:
            told["Authorization"] = f"Bearer {token(n)}"
        return TestClient(self.application, base_url=url, headers=told)

    def logged_in(self, name: str = "reviewer-1", url: str = "http://localhost") -> TestClient:
        """A browser with a session, which sends the form token as a page of ours does."""
        client = self.asks(url=url)
        answer = client.post("/v1/session", json={"id": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["Leadstream-Form-Token"] = answer.json()["form_token"]
        return client


def parts(*, ready: bool = True) -> Parts:
    """A room that nobody writes to and that reads nothing."""
    event = threading.Event()
    if ready:
        event.set()
    nothing = cast(Any, None)
    return Parts(
        store=ReviewStore(),
        shelf=nothing,
        lock=threading.Lock(),
        ready=event,
        leases=nothing,
        writer=nothing,
        reviewing=Reviewing(),
        teams=frozenset({"nurture"}),
        members={},
        lease_ms=1000,
        secret=b"secret of the test",
        now_ms=lambda: 0,
    )
