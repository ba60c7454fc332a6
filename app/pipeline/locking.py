"""What is kept of a lead where nothing can be deleted is locked with a key of its own: crypto-shredding.

Decisions are kept for more than a year, and no record can be taken out of the middle of a log. So what identifies a person in
them is locked, and the key lies on a topic from which it can be removed (`keys`; key: the lead id). Once it is gone nobody can
open what it locked, not even who has the pepper and the whole of the decisions topic.

The key is a keyed hash (BLAKE2b) of the lead id, the record as the vendor sent it and what is locked: delivering a batch again
gives the same key and the same bytes, no key ever locks two texts, and without the vendor's record nobody can make it again.
The lock is a key stream (SHAKE256 of pepper and key; FIPS 202), whose first bytes tell a wrong key.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b, shake_256
from typing import Any, Final

from app.match_index import KEY
from app.pipeline.identified import IndexEntry

KEY_BYTES: Final = 16
CHECK: Final = 4  # bytes that something locked is longer: by another key it opens once in 2^32


class WrongKey(Exception):
    """Locked with another key, or with another pepper."""


class Locks:
    """Makes keys, locks and opens.

    Args:
        pepper: The secret; others are derived from it here.
    """

    def __init__(self, pepper: bytes) -> None:
        secret = blake2b(pepper, person=b"leadstream/lock", digest_size=64).digest()
        self._naming = blake2b(key=secret[:32], digest_size=KEY_BYTES)
        self._stream = shake_256(secret[32:])

    def key(self, lead: str, raw: bytes | None, plain: bytes) -> bytes:
        """The key for a text of this lead; `raw` is the record that the lead was made of."""
        hashed = self._naming.copy()
        hashed.update(lead.encode())
        hashed.update(len(plain).to_bytes(4))
        hashed.update(plain)
        if raw:
            hashed.update(raw)
        return hashed.digest()

    def lock(self, key: bytes, plain: bytes) -> bytes:
        """`CHECK` bytes more than the text."""
        stream = self._keyed(key, len(plain))
        return stream[:CHECK] + _xor(plain, stream[CHECK:])

    def unlock(self, key: bytes, locked: bytes) -> bytes:
        """The text.

        Raises:
            WrongKey: It was locked with another key.
        """
        stream = self._keyed(key, len(locked) - CHECK)
        if len(locked) < CHECK or len(key) != KEY_BYTES or stream[:CHECK] != locked[:CHECK]:
            raise WrongKey
        return _xor(locked[CHECK:], stream[CHECK:])

    def _keyed(self, key: bytes, size: int) -> bytes:
        stream = self._stream.copy()
        stream.update(key)
        return stream.digest(CHECK + max(0, size))


def packed(entry: IndexEntry) -> bytes:
    """What is locked of what the match index holds: how many keys, the keys, the record."""
    return bytes((len(entry.keys) // KEY,)) + entry.keys + entry.record


def unpacked(plain: bytes) -> tuple[bytes, bytes]:
    """Keys and record, as `packed` joined them.

    Raises:
        WrongKey: It did not.
    """
    until = 1 + plain[0] * KEY if plain else 0
    if not 0 < until <= len(plain):
        raise WrongKey
    return plain[1:until], plain[until:]


def locked_entry(entry: IndexEntry, key: bytes, plain: bytes, locks: Locks) -> dict[str, Any]:
    """A decision's `index`, locked.

    Args:
        plain: `packed(entry)`.
    """
    return {"number": entry.number, "keys": b"", "record": locks.lock(key, plain), "until": entry.until_ms, "locked": True}


def opened_entry(told: Mapping[str, Any], key: bytes | None, locks: Locks) -> dict[str, Any] | None:
    """A decision's `index`, readable; None where its key is gone: the person was erased.

    Raises:
        WrongKey: It is not this one's key.
    """
    if not told.get("locked"):  # of a version that did not lock
        return dict(told)
    if key is None:
        return None
    keys, record = unpacked(locks.unlock(key, told["record"]))
    return {**told, "keys": keys, "record": record, "locked": False}


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
