"""A small number for some offsets of partitions, small enough for a snapshot: one byte an offset, compressed."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any


class Marks:
    """Partition and offset → 0 to 255; 0 where nothing was said.

    Args:
        state: From an earlier `state()`.

    Raises:
        KeyError, TypeError, ValueError: This is no such state.
    """

    def __init__(self, state: Mapping[str, Sequence[Any]] | None = None) -> None:
        self._base: dict[int, int] = {}
        self._codes: dict[int, bytearray] = {}
        for partition, (base, packed) in (state or {}).items():
            self._base[int(partition)] = int(base)
            try:
                self._codes[int(partition)] = bytearray(zlib.decompress(b64decode(packed, validate=True)))
            except zlib.error as error:
                raise ValueError("damaged marks") from error

    def get(self, partition: int, offset: int) -> int:
        """What was said of it."""
        at = offset - self._base.get(partition, 0)
        codes = self._codes.get(partition, b"")
        return codes[at] if 0 <= at < len(codes) else 0

    def set(self, partition: int, offset: int, code: int) -> None:
        """Say something of it."""
        codes = self._codes.setdefault(partition, bytearray())
        if not codes:
            self._base[partition] = offset
        base = self._base[partition]
        if offset < base:
            codes[:0] = bytes(base - offset)
            self._base[partition] = base = offset
        elif offset - base >= len(codes):
            codes.extend(bytes(offset - base + 1 - len(codes)))
        codes[offset - base] = code

    def oldest(self) -> dict[int, int]:
        """Partition → the first offset of which anything is said; forgets what room was kept before it."""
        oldest = {}
        for partition, codes in self._codes.items():
            silent = len(codes) - len(codes.lstrip(b"\0"))
            del codes[:silent]
            self._base[partition] += silent
            if codes:
                oldest[partition] = self._base[partition]
        return oldest

    def state(self) -> dict[str, list[Any]]:
        """As JSON can hold it; the same marks always give the same."""
        return {
            str(partition): [base, b64encode(zlib.compress(bytes(self._codes[partition]).rstrip(b"\0"), 6)).decode()]
            for partition, base in sorted(self.oldest().items())
        }
