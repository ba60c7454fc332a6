"""Who asks: known by a token, by a session's cookie, or because a proxy in front says so and proves that it is the proxy."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from app.access import sessions
from app.access.credentials import Keys, token_fits, token_hash, token_id
from app.access.principals import LOCAL, Principal, Principals, over
from app.access.sessions import Session
from app.access.table import Role
from app.edges.web.standing import MemoryStanding, Standing
from app.settings import ApiSettings

COOKIE: Final = "leadstream-session"
HOST_COOKIE: Final = f"__Host-{COOKIE}"  # browsers take it over TLS alone, and from no other host
PROXY_SECRET: Final = "leadstream-proxy-secret"  # noqa: S105  a header
How = Literal["token", "session", "proxy", "local"]
Why = Literal["anonymous", "bad", "expired", "disabled"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        how: It is known.
        relays: It may name whom it relays.
        form_token: What must come with each write, where the browser sends by itself what makes it known; None: nothing need.
        session: That it asks in.
    """

    id: str
    role: Role
    how: How
    relays: bool = False
    form_token: str | None = None
    session: Session | None = None


@dataclass(eq=False)
class Unknown(Exception):
    """Nobody that may ask. Why is for the log and the counters; who asks learns nothing of it."""

    why: Why
    principal: str | None = None


def _now_ms() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True)
class Door:
    """What it takes to know who asks.

    Attributes:
        who: The principals as they are now.
        local: Hash of the token of this start, where there is no access file.
        standing: Which sessions stand.
    """

    keys: Keys
    who: Callable[[], Principals] = Principals
    local: str | None = None
    standing: Standing = field(default_factory=lambda: MemoryStanding(_now_ms))
    settings: ApiSettings = field(default_factory=ApiSettings)
    now_ms: Callable[[], int] = _now_ms
    clock: Callable[[], float] = time.monotonic

    @property
    def idle_ms(self) -> int:
        return int(self.settings.idle_minutes * 60_000)

    @property
    def longest_ms(self) -> int:
        return int(self.settings.session_hours * 3_600_000)

    def caller(self, headers: Headers) -> Caller:
        """Who sent these; the first that is shown counts, and no other is tried where it does not hold.

        Raises:
            Unknown: Nobody that may ask.
        """
        name = self.settings.proxy_header
        if PROXY_SECRET in headers:
            return self._proxied(headers[PROXY_SECRET], headers.getlist(name) if name else [])
        if (shown := headers.get("authorization")) is not None:
            kind, _, text = shown.partition(" ")
            if kind.lower() != "bearer":
                raise Unknown("bad")
            return self._by_token(text.strip())
        if (cookie := session_cookie(headers)) is not None:
            return self._by_session(cookie)
        raise Unknown("anonymous")

    def _by_token(self, text: str) -> Caller:
        number = token_id(text)
        if number is None:
            raise Unknown("bad")
        if self.local is not None and token_fits(text, self.local, self.keys.tokens):
            return Caller(LOCAL, "operator", "local", relays=True)
        found = self.who().by_token.get(number)
        kept = token_hash("", b"") if found is None else found[1].hash
        if not token_fits(text, kept, self.keys.tokens) or found is None:
            raise Unknown("bad")
        principal, token = found
        self._good(principal)
        if over(token.expires, self.now_ms()):
            raise Unknown("expired", principal.id)
        return Caller(principal.id, principal.role, "token", principal.relays)

    def _by_session(self, cookie: str) -> Caller:
        session = sessions.opened(cookie, self.keys.sessions, self.now_ms(), self.longest_ms)
        if session is None:
            raise Unknown("bad")
        principal = self.who().by_id.get(session.principal)
        if principal is None or principal.password is None or session.stamp != self.stamp(principal):
            raise Unknown("bad", session.principal)
        self._good(principal)
        if not self.standing.touch(sessions.known_as(session.sid), self.idle_ms):
            raise Unknown("expired", principal.id)
        form = sessions.form_token(session.sid, self.keys.forms)
        return Caller(principal.id, principal.role, "session", form_token=form, session=session)

    def _proxied(self, shown: str, users: list[str]) -> Caller:
        secret = self.settings.proxy_secret
        wanted = None if secret is None else secret.get_secret_value().encode()
        if wanted is None or not hmac.compare_digest(shown.encode("latin-1", "replace"), wanted):
            raise Unknown("bad")
        if not users:
            raise Unknown("anonymous")
        principal = self.who().by_id.get(users[0])
        if principal is None or len(users) > 1:  # a proxy that adds its header to the client's, instead of replacing it
            raise Unknown("bad")
        self._good(principal)
        form = sessions.form_token(f"proxied {principal.id}", self.keys.forms)
        return Caller(principal.id, principal.role, "proxy", form_token=form)

    def _good(self, principal: Principal) -> None:
        if not principal.good(self.now_ms()):
            raise Unknown("disabled" if principal.disabled else "expired", principal.id)

    def stamp(self, principal: Principal) -> str:
        """Of its password."""
        return sessions.stamp_of(principal.password, self.keys.sessions)


def session_cookie(headers: Headers) -> str | None:
    """The cookie of a session, where one was sent."""
    told = cookie_parser(headers.get("cookie", ""))
    return told.get(HOST_COOKIE) or told.get(COOKIE)
