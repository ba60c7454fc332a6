"""Where a key stands among all keys, as one flag sees them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

_BITS: Final = 53  # as many as a float holds: the place is never rounded up to 1
_CUT: Final = 64 - _BITS


def place(flag: str, key: str) -> float:
    """In [0, 1): a hash of the key, keyed with the flag, so that one flag's early ones are not another's.

    A flag that is on for a share is on for the keys whose place lies below it: a larger share keeps all who were in.
    """
    keyed = _keyed(flag).copy()
    keyed.update(key.encode("utf-8", "surrogatepass"))
    return (int.from_bytes(keyed.digest(), "big") >> _CUT) / (1 << _BITS)


@lru_cache(maxsize=256)
def _keyed(flag: str) -> Any:
    """BLAKE2b begun with the flag as its salt. (Its own keyed mode hashes a block more for each text.)"""
    return blake2b(salt=blake2b(flag.encode(), digest_size=16).digest(), person=b"leadstream/flag", digest_size=8)
