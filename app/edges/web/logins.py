"""Logging in with a password: tried slowly, a few at a time, and ever more slowly where it is wrong."""

from __future__ import annotations

import secrets
import threading
from typing import Final

from app.access import sessions
from app.access.credentials import password_fits
from app.access.principals import Principal
from app.access.sessions import Session
from app.access.throttle import Backoff, Buckets
from app.edges.web.door import Door


class Logins:
    """See the module."""

    AT_ONCE: Final = 2  # each takes 32 MB
    WAIT_S: Final = 5.0

    def __init__(self, door: Door) -> None:
        self._door = door
        self._pair = Backoff(free=3, first_s=1.0, most_s=900.0)  # by principal and address
        self._principal = Backoff(
            free=20, first_s=1.0, most_s=60.0
        )  # from wherever: to hold up its owner longer would be an attack
        self._address = Backoff(free=20, first_s=1.0, most_s=900.0)
        self._tries = Buckets(rate=0.5, burst=10)
        self._slots = threading.BoundedSemaphore(self.AT_ONCE)

    def wait(self, principal: str, address: str) -> float:
        """Seconds to wait before the next try; 0: it may be tried now."""
        now_s = self._door.clock()
        waits = (self._pair.wait(f"{principal} {address}", now_s), self._principal.wait(principal, now_s))
        longest = max(*waits, self._address.wait(address, now_s))
        return longest or self._tries.take(address, now_s)

    def log_in(self, principal: str, password: str, address: str) -> tuple[Principal, Session] | None:
        """A new session; None: no such principal, or another password, or it may not ask.

        Raises:
            TimeoutError: Too many try at once.
        """
        if not self._slots.acquire(timeout=self.WAIT_S):
            raise TimeoutError
        try:
            found = self._door.who().by_id.get(principal)
            fits = password_fits(password, found.password if found is not None else None)
        finally:
            self._slots.release()
        now_ms, now_s = self._door.now_ms(), self._door.clock()
        if not fits or found is None or not found.good(now_ms):
            for backoff, key in ((self._pair, f"{principal} {address}"), (self._principal, principal), (self._address, address)):
                backoff.failed(key, now_s)
            return None
        self._pair.worked(f"{principal} {address}")
        session = Session(secrets.token_urlsafe(sessions.SID_BYTES), found.id, now_ms, self._door.stamp(found))
        self._door.standing.begin(sessions.known_as(session.sid), self._door.idle_ms)
        return found, session
