"""Where a key stands among all keys, as one flag sees them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from math import ceil
from typing import Any, Final

_BITS: Final = 53  # as many as a float holds: the place is never rounded up to 1
_CUT: Final = 64 - _BITS


def place(flag: str, key: str) -> float:
    """In [0, 1): a hash of the key, keyed with the flag, so that one flag's early ones are not another's.

    A flag that is on for a share is on for the keys whose place lies below it: a larger share keeps all who were in.
    """
    keyed = keyed_with(flag).copy()
    keyed.update(encoded(key))
    return (int.from_bytes(keyed.digest(), "big") >> _CUT) / (1 << _BITS)


def limit(share: float) -> bytes:
    """The first digest that lies outside a share in [0, 1): `digest < limit(share)` says what `place(…) < share` says, in less
    time where many keys are held against one share."""
    return (ceil(share * (1 << _BITS)) << _CUT).to_bytes(8, "big")


def encoded(key: str) -> bytes:
    """The key as it is hashed."""
    return key.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)
def keyed_with(flag: str) -> Any:
    """BLAKE2b begun with the flag as its salt. (Its own keyed mode hashes a block more for each text.)"""
    return blake2b(salt=blake2b(flag.encode(), digest_size=16).digest(), person=b"leadstream/flag", digest_size=8)
