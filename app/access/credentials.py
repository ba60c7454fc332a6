"""Tokens and passwords, and what of them may be kept. Salts and the random part of tokens come from outside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

TOKEN_BYTES: Final = 32
TOKEN_ID_BYTES: Final = 5
SALT_BYTES: Final = 16
SHORTEST: Final = 12
LONGEST: Final = 512
_TOKEN: Final = re.compile(r"lst_([0-9a-f]{10})_[A-Za-z0-9_-]{43}")
_SCRYPT: Final = re.compile(r"scrypt\$(\d{1,2}),(\d{1,2}),(\d)\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})")
_LOG2_N, _R, _P = 15, 8, 1  # 32 MB and some 80 ms a try
_MOST_LOG2_N: Final = 17
_MEMORY: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of this installation, each for one purpose; made of its secret, which none of them gives away."""

    tokens: bytes
    sessions: bytes
    forms: bytes

    @classmethod
    def of(cls, secret: bytes) -> Keys:
        def derived(person: bytes) -> bytes:
            return hashlib.blake2b(secret, person=person, digest_size=32).digest()

        return cls(derived(b"access/tokens"), derived(b"access/sessions"), derived(b"access/forms"))


def token_of(token_id: bytes, random: bytes) -> str:
    """A token: `lst_`, its id (which is no secret), and what nobody can guess.

    Args:
        token_id: `TOKEN_ID_BYTES`. random: `TOKEN_BYTES`.
    """
    return f"lst_{token_id.hex()}_{_text(random)}"


def token_id(text: str) -> str | None:
    """The id in a token; None where that is none of ours."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else found[1]


def token_hash(text: str, key: bytes) -> str:
    """What is kept of a token: 64 hex digits. It is long and random, so no slow hash is needed; the key makes a stolen file
    useless where it is not stolen, too.
    """
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def token_fits(text: str, kept: str, key: bytes) -> bool:
    """In a time that does not tell how much of it fits."""
    return hmac.compare_digest(token_hash(text, key), kept)


def password_wrong(password: str, principal: str) -> str | None:
    """Why a password will not do; None: it will."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"{SHORTEST} to {LONGEST} characters; several words are easier to remember than a few odd characters"
    if len(set(password)) < 5 or principal.casefold() in password.casefold():
        return "too easily guessed"
    return None


def password_hash(password: str, salt: bytes) -> str:
    """What is kept of a password: scrypt with its parameters (log2 n, r, p) and its salt."""
    return f"scrypt${_LOG2_N},{_R},{_P}${_text(salt)}${_text(_scrypt(password, salt, _LOG2_N, _R, _P))}"


def is_password_hash(kept: str) -> bool:
    """Whether that is one of ours, with parameters that this machine can pay for."""
    found = _SCRYPT.fullmatch(kept)
    return found is not None and 14 <= int(found[1]) <= _MOST_LOG2_N and 1 <= int(found[2]) <= 16 and 1 <= int(found[3]) <= 4


def password_fits(password: str, kept: str | None) -> bool:
    """Slow on purpose, and as slow where there is nothing to compare with: who asks does not learn which ids there are."""
    found = None if kept is None else _SCRYPT.fullmatch(kept)
    if found is None or len(password) > LONGEST:
        _scrypt("nobody's", b"leadstream/nobody", _LOG2_N, _R, _P)
        return False
    salt, hashed = _bytes(found[4]), _bytes(found[5])
    return hmac.compare_digest(_scrypt(password, salt, int(found[1]), int(found[2]), int(found[3])), hashed)


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    told = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(told, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
