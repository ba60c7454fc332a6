"""Chance that belongs to a thing and not to a moment: the same number for the same thing, whenever it is asked for."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct

_DRAWS = Struct("<32H")
# n → (n * _STEP + _FIRST) mod size meets every number of a range once, scattered: _STEP is a prime above every size.
_STEP, _FIRST = 61_803_398_903, 3_141_592


def key_of(seed: int) -> bytes:
    """What makes the draws of one seed its own."""
    return blake2b(str(seed).encode(), digest_size=32).digest()


def draws(key: bytes, kind: bytes, index: int) -> list[float]:
    """32 numbers of [0, 1) in steps of 1/65536, of the `index`-th thing of this kind."""
    digest = blake2b(index.to_bytes(8, "little", signed=True), digest_size=64, key=key, person=kind).digest()
    return [number / 65_536 for number in _DRAWS.unpack(digest)]


def scattered(index: int, size: int) -> int:
    """A number below `size`: another one for each index below `size`."""
    return (index * _STEP + _FIRST) % size
