"""Of the leads that stand, those that the letters' leads could be taken for: the others need not be remembered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.match_index import Ask, Standing, each


class Sought:
    """Keys of leads that may be looked for."""

    def __init__(self) -> None:
        self._keys, self._events = set[bytes](), set[bytes]()

    def add(self, ask: Ask) -> None:
        """One lead."""
        self._keys.update(each(ask.keys))
        self._events.add(ask.exclusive)

    def of(self, standing: Iterable[Standing | None]) -> Iterator[Standing]:
        """Those that share a key with one of them. Links to others are of no use then: who a person's first lead is, may be
        another one than the shared index would say."""
        for one in standing:
            if one is not None and (one.ask.exclusive in self._events or not self._keys.isdisjoint(each(one.ask.keys))):
                yield one
