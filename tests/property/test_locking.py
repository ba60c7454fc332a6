"""Locks: what is locked with a lead's key opens with that key alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.match_index import KEY
from app.pipeline.identified import IndexEntry
from app.pipeline.locking import CHECK, KEY_BYTES, Locks, WrongKey, locked_entry, opened_entry, packed, unpacked

LOCKS = Locks(b"a pepper of some length")
LEADS = st.integers(0, 2**80 - 1).map(lambda n: f"ld_{n:020x}")
RAW = st.none() | st.binary(max_size=300)
ENTRIES = st.builds(
    IndexEntry,
    st.integers(0, 2**48),
    st.integers(0, 32).flatmap(lambda n: st.binary(min_size=n * KEY, max_size=n * KEY)),
    st.binary(max_size=1_000),
    st.integers(0, 2**42),
)


@given(LEADS, RAW, st.binary(max_size=500))
def test_what_is_locked_opens_with_its_key(lead: str, raw: bytes | None, plain: bytes) -> None:
    """The same lead, record and text give the same key and the same bytes, and these open to the text."""
    key = LOCKS.key(lead, raw, plain)
    locked = LOCKS.lock(key, plain)
    assert len(key) == KEY_BYTES
    assert len(locked) == len(plain) + CHECK
    assert LOCKS.unlock(key, locked) == plain
    again = Locks(b"a pepper of some length")
    assert (again.key(lead, raw, plain), again.lock(key, plain)) == (key, locked)


@given(LEADS, LEADS, RAW, st.binary(min_size=1, max_size=200))
def test_another_leads_key_does_not_open_it(lead: str, other: str, raw: bytes | None, plain: bytes) -> None:
    """Nor does the same key under another pepper."""
    key = LOCKS.key(lead, raw, plain)
    wrong = LOCKS.key(other + "'", raw, plain)
    locked = LOCKS.lock(key, plain)
    with pytest.raises(WrongKey):
        LOCKS.unlock(wrong, locked)
    with pytest.raises(WrongKey):
        Locks(b"another pepper of some length").unlock(key, locked)


@given(LEADS, RAW, RAW, st.binary(max_size=100), st.binary(max_size=100))
def test_a_key_locks_one_text(lead: str, raw: bytes | None, other: bytes | None, plain: bytes, text: bytes) -> None:
    """A record that says something else gives another key: no key stream is used for two texts, and none can be guessed
    without the record."""
    same = (raw or b"", plain) == (other or b"", text)
    assert (LOCKS.key(lead, raw, plain) == LOCKS.key(lead, other, text)) == same


@given(LEADS, RAW, ENTRIES)
def test_a_decisions_index_opens_as_it_was(lead: str, raw: bytes | None, entry: IndexEntry) -> None:
    """Keys and record come back; number and window are never locked; without the key nothing comes back."""
    plain = packed(entry)
    key = LOCKS.key(lead, raw, plain)
    told = locked_entry(entry, key, plain, LOCKS)
    assert (told["number"], told["until"], told["keys"]) == (entry.number, entry.until_ms, b"")
    opened = opened_entry(told, key, LOCKS)
    assert opened is not None
    assert (opened["keys"], opened["record"]) == (entry.keys, entry.record)
    assert opened_entry(opened, None, LOCKS) == opened  # of a version that did not lock
    assert opened_entry(told, None, LOCKS) is None


@given(st.binary(max_size=40))
def test_bytes_that_nobody_locked_open_nothing(noise: bytes) -> None:
    """Whatever stands there, the answer is a wrong key and never an exception of another kind."""
    key = LOCKS.key("ld_" + "0" * 20, None, b"")
    with pytest.raises(WrongKey):
        unpacked(LOCKS.unlock(key, noise))
