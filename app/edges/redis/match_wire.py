"""How asks and links go to the script as one string each, and its answer comes back as one: no cost per value in the client.

Numbers are big-endian. The layouts of a link, of an ask and of the answer stand at `_LINK`, `_ASK`, `_SOUGHT` and `_EARLIER`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from struct import Struct
from typing import Final

from app.match_index import EXCLUSIVE_KEY, KEY, MAX_KEYS, Ask, Earlier, Link, Sought, Standing, check

_ID: Final = 10  # bytes
_LATEST: Final = 2**32 - 1  # seconds since the epoch: the year 2106
_NOBODY: Final = bytes(_ID)

_LINK: Final = Struct(">10s10sB")  # the lead, whom it belongs to or zeros, whether they are the same
_ASK: Final = Struct(">10sIIBBH")  # id, came, until, exclusive keys, keys, length of the record; then those keys and the record
_SOUGHT: Final = Struct(">HIIBH")  # number, crowded keys as bits, earlier leads, those left out
_EARLIER: Final = Struct(">IIHB10s10s10s")  # shared keys as bits, chain, length of the record, apart, id, of, root; the record


def id_of(lead: str) -> bytes:
    """The 10 bytes of a lead id.

    Raises:
        ValueError: It is none.
    """
    if len(lead) != 23:
        raise ValueError("a lead id is ld_ and 20 hex digits")
    return bytes.fromhex(lead[3:])


def packed_asks(asks: Iterable[Ask]) -> bytes:
    """Asks for the script.

    Raises:
        ValueError: See `app.match_index.check`.
    """
    parts: list[bytes] = []
    for ask in asks:
        check(ask)
        lead, keys, exclusive, record, at_ms, window_s = ask
        came = at_ms // 1000
        until = came + window_s
        if came < 0 or until > _LATEST:
            came, until = second(came), second(until)
        head = _ASK.pack(bytes.fromhex(lead[3:]), came, until, len(exclusive) // EXCLUSIVE_KEY, len(keys) // KEY, len(record))
        parts += (head, exclusive, keys, record)
    return b"".join(parts)


def packed_standing(standing: Iterable[Standing]) -> bytes:
    """The same for restoring: before each ask its number and how many links follow it.

    Raises:
        ValueError: See `app.match_index.check`.
    """
    parts: list[bytes] = []
    for one in standing:
        head = one.number.to_bytes(6, "big") + len(one.links).to_bytes(2, "big")
        parts += (head, packed_asks((one.ask,)), packed_links(one.links))
    return b"".join(parts)


def packed_links(links: Iterable[Link]) -> bytes:
    """Links for the script."""
    return b"".join([_LINK.pack(id_of(one.lead), id_of(one.into) if one.into else _NOBODY, one.same) for one in links])


def packed_ids(leads: Sequence[str]) -> bytes:
    """Lead ids for the script."""
    return b"".join([id_of(lead) for lead in leads])


def second(at: int) -> int:
    """The second, as far as four bytes reach."""
    return min(max(at, 0), _LATEST)


def read_answer(answer: bytes, count: int) -> list[Sought]:
    """What the script told of `count` asks."""
    reading = _Answer(answer)
    return [reading.one() for _ in range(count)]


class _Answer:
    """Reads from front to end."""

    def __init__(self, answer: bytes) -> None:
        self._answer, self._at = answer, 0

    def one(self) -> Sought:
        high, low, crowds, told, left_out = _SOUGHT.unpack_from(self._answer, self._at)
        self._at += _SOUGHT.size
        number = high << 32 | low
        if number and not told:  # most
            return Sought(number, None, (), _positions(crowds) if crowds else (), left_out)
        earlier = tuple([self._earlier() for _ in range(told)])
        if not number:
            return Sought(0, same=earlier[0])
        return Sought(number, None, earlier, _positions(crowds), left_out)

    def _earlier(self) -> Earlier:
        shared, chain, length, apart, lead, of, root = _EARLIER.unpack_from(self._answer, self._at)
        begin = self._at + _EARLIER.size
        self._at = begin + length
        name = f"ld_{lead.hex()}"
        its = name if of == lead else f"ld_{of.hex()}"
        first = its if root == of else f"ld_{root.hex()}"
        return Earlier(name, self._answer[begin : self._at], _positions(shared), its, first, chain, apart != 0)


@cache
def _positions(shared: int) -> tuple[int, ...]:
    """Which bits are set. (Few sets of keys are ever shared.)"""
    return tuple(n for n in range(MAX_KEYS) if shared >> n & 1)
