"""Sessions of people: what stands in their cookie, signed, and the token that shows that a page of ours asks.

A cookie alone is not enough: whoever serves keeps a list of sessions that stand, so that logging out ends one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import orjson

SID_BYTES: Final = 18
_LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in.

    Attributes:
        sid: Random; new at each log-in, whatever the browser brought.
        principal: Who.
        began_ms: When.
        stamp: Of the password that was used: another password ends it.
    """

    sid: str
    principal: str
    began_ms: int
    stamp: str


def stamp_of(kept: str | None, key: bytes) -> str:
    """Changes with the password hash, and tells nothing of it."""
    return blake2b((kept or "").encode(), key=key, digest_size=9).hexdigest()


def sealed(session: Session, key: bytes) -> str:
    """For the cookie."""
    told = orjson.dumps([session.sid, session.principal, session.began_ms, session.stamp])
    return f"{_text(told)}.{_text(_mac(told, key))}"


def opened(cookie: str, key: bytes, now_ms: int, longest_ms: int) -> Session | None:
    """The session in a cookie; None: not ours, changed, or past its end."""
    told, _, mac = cookie.partition(".")
    if len(cookie) > _LONGEST:
        return None
    try:
        raw = _bytes(told)
        if not hmac.compare_digest(mac.encode(), _text(_mac(raw, key)).encode()) or _text(raw) != told:
            return None
    except (ValueError, binascii.Error):
        return None
    session = Session(*orjson.loads(raw))  # ours: nobody else can sign
    return session if session.began_ms <= now_ms < session.began_ms + longest_ms else None


def known_as(sid: str) -> str:
    """What the list of sessions calls it: who reads the list cannot make cookies of it."""
    return blake2b(sid.encode(), person=b"access/known", digest_size=16).hexdigest()


def form_token(of: str, key: bytes) -> str:
    """What a page of ours sends with each write, and no other page knows.

    Args:
        of: The session's sid; where a proxy says who asks, that.
    """
    return _text(blake2b(of.encode(), key=key, digest_size=24).digest())


def _mac(told: bytes, key: bytes) -> bytes:
    return blake2b(told, key=key, digest_size=32).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
