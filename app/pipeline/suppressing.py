"""What people do not want, in little memory: an identifier's pseudonym → since when, why, and for what they are not contacted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.ports import Suppressed, Suppressing

_HEAD: Final = 8  # bytes of a pseudonym; 60 bits of it: a Python integer of no more than 32 bytes
_SPARE: Final = 4
_CODES: Final = 16  # bits


class Table:
    """Suppressions by identifier. Measured: 110 bytes each at a million (tests/unit/test_suppressing.py).

    An identifier is known by 60 bits of its pseudonym: among a million, one lead in 10^11 would be taken for somebody else's.
    """

    def __init__(self) -> None:
        self._held: dict[int, int] = {}
        self._said: list[tuple[str, frozenset[str]]] = []  # few: what people can object to
        self._codes: dict[tuple[str, frozenset[str]], int] = {}

    def __len__(self) -> int:
        return len(self._held)

    def put(self, identifier: bytes, said: Suppressed | None) -> None:
        """What holds for an identifier from now on; None: nothing any more."""
        key = int.from_bytes(identifier[:_HEAD], "big") >> _SPARE
        if said is None:
            self._held.pop(key, None)
            return
        what = said.why, said.purposes
        code = self._codes.get(what)
        if code is None:
            if len(self._said) >= 1 << _CODES:  # nobody has so many purposes: what is beyond counts as everything
                what = said.why, frozenset()
            code = self._codes.setdefault(what, len(self._said))
            if code == len(self._said):
                self._said.append(what)
        self._held[key] = said.since_ms << _CODES | code

    def of(self, identifiers: Iterable[bytes]) -> Suppressed | None:
        """What holds for a person: what any of the identifiers is not to be contacted for, and since the latest time."""
        found: Suppressed | None = None
        for one in identifiers:
            told = self._held.get(int.from_bytes(one[:_HEAD], "big") >> _SPARE)
            if told is not None:
                why, purposes = self._said[told & (1 << _CODES) - 1]
                found = joined(found, Suppressed(why, purposes, told >> _CODES))
        return found


class NobodyObjects:
    """Implements `app.ports.Suppressions` where there is nothing to ask."""

    def current(self) -> Suppressing | None:
        return None


def joined(one: Suppressed | None, other: Suppressed) -> Suppressed:
    """What two together do not allow."""
    if one is None:
        return other
    purposes = one.purposes | other.purposes if one.purposes and other.purposes else frozenset[str]()
    later = other if other.since_ms >= one.since_ms else one
    return Suppressed(later.why, purposes, later.since_ms)


def lifted(held: Suppressed, purposes: frozenset[str], at_ms: int, known: Iterable[str]) -> Suppressed | None:
    """What is left once the person agrees again; None: nothing. What they said later than that holds.

    Args:
        purposes: What they agree to; empty: to everything.
        known: All purposes that there are.
    """
    if at_ms <= held.since_ms:
        return held
    left = (held.purposes or frozenset(known)) - purposes if purposes else frozenset[str]()
    return held._replace(purposes=left) if left else None
