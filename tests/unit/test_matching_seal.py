"""The seal of records: noise to whoever has no pepper, and nothing but what was sealed to whoever has."""

from __future__ import annotations

import pytest

from app.pipeline.matching.seal import TAG, BrokenSeal, Seal


@pytest.mark.parametrize("size", [0, 1, 90, 1000])
def test_a_seal_opens_what_it_sealed_and_nothing_else(size: int) -> None:
    """Each byte of a sealed record counts, and so do the lead and the pepper; the same record is sealed alike."""
    seal, lead, record = Seal(b"pepper"), bytes(range(10)), bytes(n % 251 for n in range(size))
    sealed = seal.seal(lead, record)
    assert len(sealed) == size + TAG
    assert seal.open(lead, sealed) == record
    assert seal.seal(lead, record) == sealed
    for at in {0, TAG - 1, len(sealed) - 1}:
        broken = bytearray(sealed)
        broken[at] ^= 1
        with pytest.raises(BrokenSeal):
            seal.open(lead, bytes(broken))
    for other, its in ((seal, bytes(10)), (Seal(b"salt"), lead)):
        with pytest.raises(BrokenSeal):
            other.open(its, sealed)


def test_two_leads_with_the_same_record_look_different() -> None:
    """Equal records of two leads, and two records of one lead, share no key stream."""
    seal, zeros, ones = Seal(b"pepper"), bytes(64), bytes([1]) * 64
    streams = {seal.seal(lead, zeros)[TAG:] for lead in (bytes(10), bytes([1]) * 10)}
    streams.add(bytes(a ^ b for a, b in zip(seal.seal(bytes(10), ones)[TAG:], ones, strict=True)))
    assert len(streams) == 3
