"""What a lead wants. The same person may come twice for one thing (one lead, two sources), or for another (two leads).

Kept with the evidence in a dozen bytes: hashes of the source, of its form and of the telling words of the interest, and the time.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from app.pipeline.lead import Lead
from app.pipeline.matching.fold import fold

SIZE: Final = 12  # bytes
_WORDS: Final = 4  # of an interest
_NONE: Final = bytes(_WORDS)
_PACKED: Final = Struct(">HHI4s")
_SHORTEST: Final = 3  # letters of a word that tells something
_LATEST: Final = 2**32 - 1


class Intent(NamedTuple):
    """What is compared of what a lead wants.

    Attributes:
        source, form: Hashes of 16 bits; form 0: none is named.
        at: When it happened, in seconds since the epoch.
        words: A byte for each telling word of the interest, none 0, in order of their size, padded with zeros.
    """

    source: int
    form: int
    at: int
    words: bytes


def intent_of(lead: Lead) -> Intent:
    """The intent of a lead; its time is when it happened, and its arrival where that is said to be later."""
    occurred, received = lead.occurred_at, lead.received_at
    at = (occurred if occurred < received else received) // 1000
    if not 0 <= at <= _LATEST:
        at = min(max(at, 0), _LATEST)
    form = _short(lead.form_id) if lead.form_id else 0
    return Intent(_short(lead.source), form, at, _telling(lead.interest) if lead.interest else _NONE)


def packed(intent: Intent) -> bytes:
    """`SIZE` bytes."""
    return _PACKED.pack(*intent)


def unpacked(data: bytes) -> Intent:
    """The intent at the beginning of these bytes."""
    return Intent._make(_PACKED.unpack_from(data))


def same_intent(one: Intent, other: Intent, window_s: int) -> bool:
    """Whether one person's two leads are one lead: near each other in time, not two forms of one source, not two interests.

    What one of the two does not say is no difference. An interest is another where the two share no telling word.
    """
    if abs(one.at - other.at) > window_s:
        return False
    if one.source == other.source and one.form and other.form and one.form != other.form:
        return False
    mine, its = set(one.words) - {0}, set(other.words) - {0}
    return not mine or not its or not mine.isdisjoint(its)


@lru_cache(maxsize=4_096)
def _short(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) % 65_535 + 1


@lru_cache(maxsize=4_096)
def _telling(interest: str) -> bytes:
    """The longest words: `a quote for desk lamps` is about desk, lamps and quote."""
    words = sorted({word for word in fold(interest).split() if len(word) >= _SHORTEST}, key=lambda word: (-len(word), word))
    return bytes(sorted(crc32(word.encode()) % 255 + 1 for word in words[:_WORDS])).ljust(_WORDS, b"\0")
