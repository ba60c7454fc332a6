"""How asks and links go to the script as one string each, and its answer comes back as one: no cost per value in the client.

Numbers are big-endian. Links: the lead's id (10 bytes), that of the lead it was merged into or zeros. The layout of an ask and of
the answer stands at `_ASK`, `_SOUGHT` and `_EARLIER`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from struct import Struct
from typing import Final

from app.edges.redis.seal import BrokenSeal, Seal
from app.match_index import MAX_KEYS, Ask, Earlier, Link, Sought, check

_ID: Final = 10  # bytes
_LATEST: Final = 2**32 - 1  # seconds since the epoch: the year 2106
_NOBODY: Final = bytes(_ID)

# Then for each exclusive key 9 bytes (5 find it, 4 tell whether it is the one), for each key 5 bytes, and the sealed record.
_ASK: Final = Struct(">10sIIBBH")  # id, came, until, exclusive keys, keys, length of the record
_SOUGHT: Final = Struct(">6sBBH")  # number, keys, earlier leads, those left out; then one byte per key: how many hold it
_EARLIER: Final = Struct(">IIH10s10s")  # shared keys as bits, chain, length of the record, id, root; then the record


def id_of(lead: str) -> bytes:
    """The 10 bytes of a lead id.

    Raises:
        ValueError: It is none.
    """
    if len(lead) != 23:
        raise ValueError("a lead id is ld_ and 20 hex digits")
    return bytes.fromhex(lead[3:])


def packed_asks(asks: Iterable[Ask], seal: Seal) -> bytes:
    """Asks for the script.

    Of a key 34 bits count: among 7 million references a new one meets a stranger's once in 2,500 times, and the judge finds
    that the two do not agree. An exclusive key decides by itself, so 32 bits more of it stand in the record.

    Raises:
        ValueError: See `app.match_index.check`.
    """
    parts: list[bytes] = []
    for ask in asks:
        check(ask)
        lead = id_of(ask.lead)
        sealed = seal.seal(lead, ask.record)
        came = ask.at_ms // 1000
        keys = "".join([key[10:28] for key in ask.exclusive] + [key[:10] for key in ask.keys])
        parts += (
            _ASK.pack(lead, second(came), second(came + ask.window_s), len(ask.exclusive), len(ask.keys), len(sealed)),
            bytes.fromhex(keys),
            sealed,
        )
    return b"".join(parts)


def packed_links(links: Iterable[Link]) -> bytes:
    """Links for the script."""
    return b"".join([id_of(link.lead) + (id_of(link.into) if link.into else _NOBODY) for link in links])


def second(at: int) -> int:
    """The second, as far as four bytes reach."""
    return min(max(at, 0), _LATEST)


def read_answer(answer: bytes, count: int, crowd: int, seal: Seal) -> tuple[list[Sought], int]:
    """What the script told of `count` asks, and how many earlier leads were left out because their seals are broken."""
    return _Answer(answer, seal).read(count, crowd)


class _Answer:
    """Reads from front to end."""

    def __init__(self, answer: bytes, seal: Seal) -> None:
        self._answer, self._seal, self._at, self._broken = answer, seal, 0, 0

    def read(self, count: int, crowd: int) -> tuple[list[Sought], int]:
        return [self._one(crowd) for _ in range(count)], self._broken

    def _one(self, crowd: int) -> Sought:
        bare, keys, told, left_out = _SOUGHT.unpack_from(self._answer, self._at)
        self._at += _SOUGHT.size + keys
        number = int.from_bytes(bare, "big")
        held = tuple(self._answer[self._at - keys : self._at])
        earlier = tuple(found for _ in range(told) if (found := self._earlier()))
        if not number:
            return Sought(0, same=earlier[0] if earlier else None)
        crowded = tuple(n for n, many in enumerate(held) if many >= crowd) if keys and max(held) >= crowd else ()
        return Sought(number, None, earlier, held, crowded, left_out)

    def _earlier(self) -> Earlier | None:
        shared, chain, length, lead, root = _EARLIER.unpack_from(self._answer, self._at)
        begin = self._at + _EARLIER.size
        self._at = begin + length
        try:
            record = self._seal.open(lead, self._answer[begin : self._at])
        except BrokenSeal:
            self._broken += 1
            return None
        return Earlier(f"ld_{lead.hex()}", record, _positions(shared), f"ld_{root.hex()}", chain)


@cache
def _positions(shared: int) -> tuple[int, ...]:
    """Which bits are set. (Few sets of keys are ever shared.)"""
    return tuple(n for n in range(MAX_KEYS) if shared >> n & 1)


def packed_ids(leads: Sequence[str]) -> bytes:
    """Lead ids for the script."""
    return b"".join([id_of(lead) for lead in leads])
