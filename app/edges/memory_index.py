"""The in-memory twin of the match index: for tests, benchmarks and runs without Redis. It passes the same contract tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import EdgeDown
from app.match_index import EXCLUSIVE_KEY, KEY, Ask, Counts, Earlier, Link, Sought, Standing, Swept, check, each

MARGIN: Final = 65_536  # between the last lead restored and the next: see docs/match-index.md


@dataclass(slots=True)
class _Lead:
    ask: Ask
    number: int
    till: int  # seconds
    into: int = 0
    linked: bool = False
    below: int = 0
    apart: bool = False


class MemoryMatchIndex:
    """The index in dicts.

    Args:
        crowd, most: As in `app.edges.redis.match_index`.
        complete: Whether there is nothing to restore.
    """

    def __init__(self, *, crowd: int = 50, most: int = 20, complete: bool = True) -> None:
        self._crowd, self._most, self._complete = crowd, most, complete
        self._empty()

    def _empty(self) -> None:
        self._leads: dict[int, _Lead] = {}
        self._numbers: dict[str, int] = {}
        self._holders: defaultdict[bytes, list[int]] = defaultdict(list)  # exclusive keys
        self._sharers: defaultdict[bytes, list[int]] = defaultdict(list)  # the other keys
        self._last, self._forgotten, self._counted = 0, 0, Counter[str]()

    def seek(self, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought]:
        """See the port."""
        for ask in asks:
            check(ask)
        self._must_be_complete()
        for one in links:
            self._link(one)
        return [self._ask(ask) for ask in asks]

    def sweep(self, now_ms: int) -> Swept:
        """See the port: all in one step."""
        self._forgotten = max(self._forgotten, now_ms // 1000)
        ended = [number for number, lead in self._leads.items() if lead.till < now_ms // 1000]
        for number in ended:
            self._forget(number)
        self._counted["expired"] += len(ended)
        return Swept(len(ended), 0, around=True)

    def erase(self, leads: Sequence[str]) -> int:
        """See the port."""
        self._must_be_complete()
        found = [self._numbers[lead] for lead in dict.fromkeys(leads) if lead in self._numbers]
        for number in found:
            self._forget(number)
        return len(found)

    def restore(self, standing: Iterable[Standing | None]) -> int:
        """See the port."""
        if self._complete:
            return 0
        self._empty()
        told = [one for one in standing if one]
        for one in told:
            self._last = max(self._last, one.number - 1)
            self._ask(one.ask)
            for link in one.links:
                self._link(link)
        if told:
            self._last += MARGIN
        self._counted.clear()  # what was counted while restoring was counted before
        self._complete = True
        return len(told)

    def counts(self) -> Counts:
        """See the port."""
        self._must_be_complete()
        keys = [key for held in (self._holders, self._sharers) for key, those in held.items() if self._living(those)]
        references = sum(
            1 + len(lead.ask.keys) // KEY + len(lead.ask.exclusive) // EXCLUSIVE_KEY for lead in self._leads.values()
        )
        told = self._counted
        return Counts(
            len(self._leads), references, len(keys), 0,
            told["same"], told["crowded"], told["left_out"], told["missed"], told["late"], told["expired"],
        )  # fmt: skip

    def _must_be_complete(self) -> None:
        if not self._complete:
            raise EdgeDown("the match index is not complete")

    def _ask(self, ask: Ask) -> Sought:
        number, at = self._numbers.get(ask.lead), ask.at_ms // 1000
        keys, exclusive = each(ask.keys), each(ask.exclusive, EXCLUSIVE_KEY)
        enters = number is None
        if number is None:
            for key in exclusive:
                for holder in self._living(self._holders[key]):
                    if self._leads[holder].till >= at:
                        self._counted["same"] += 1
                        return Sought(0, same=self._told(holder, ()))
            self._counted["late"] += at < self._forgotten
            self._last = number = self._last + 1
            self._numbers[ask.lead] = number
            self._leads[number] = _Lead(ask, number, at + ask.window_s)
            for key in exclusive:
                self._holders[key].append(number)
        shared: defaultdict[int, list[int]] = defaultdict(list)
        enough: set[int] = set()
        bare = not any(key[-1] >= self._crowd for key in keys)
        crowded = []
        for n, key in enumerate(keys):
            met = [one for one in self._living(self._sharers[key]) if one < number and self._leads[one].till >= at]
            own = key[-1] >= self._crowd
            if (sum(self._leads[one].into == 0 for one in met) >= self._crowd) if own else len(met) >= key[-1]:
                crowded.append(n)
                continue
            if bare or own:
                enough.update(met)
            for one in met:
                shared[one].append(n)
            if enters:
                self._sharers[key].append(number)
        self._counted["crowded"] += len(crowded)
        order = sorted((one for one in shared if one in enough or len(shared[one]) > 1), key=lambda one: (-len(shared[one]), one))
        left_out = max(0, len(order) - self._most)
        self._counted["left_out"] += left_out
        earlier = tuple(self._told(one, tuple(shared[one])) for one in order[: self._most])
        return Sought(number, None, earlier, tuple(crowded), left_out)

    def _told(self, number: int, keys: tuple[int, ...]) -> Earlier:
        lead = of = root = self._leads[number]
        merged = True
        for up in self._above(lead):
            merged = merged and not root.linked
            root = up
            of = up if merged else of
        return Earlier(lead.ask.lead, lead.ask.record, keys, of.ask.lead, root.ask.lead, root.below, root.apart)

    def _link(self, link: Link) -> None:
        number, into = self._numbers.get(link.lead), self._numbers.get(link.into) if link.into else 0
        if number is None or into is None or into == number or (link.same and into > number):
            self._counted["missed"] += 1
            return
        lead = self._leads[number]
        if not into:
            lead.apart = True
            self._put_below(lead, 0, linked=False)
        elif link.same or (into < number and lead.into not in self._leads) or lead.into == into:
            self._put_below(lead, into, linked=not link.same)
        else:  # two persons: who began later belongs to who began earlier
            roots = {root.number: root for one in (lead, self._leads[into]) for root in [one, *self._above(one)][-1:]}
            if len(roots) == 2:
                self._put_below(roots[max(roots)], min(roots), linked=True)

    def _put_below(self, lead: _Lead, into: int, *, linked: bool) -> None:
        if (lead.into, lead.linked) != (into, linked):
            self._count_above(lead, -1 - lead.below)
            lead.into, lead.linked = into, linked
            self._count_above(lead, 1 + lead.below, lead.till)

    def _above(self, lead: _Lead) -> Iterator[_Lead]:
        while lead.into in self._leads:
            lead = self._leads[lead.into]
            yield lead

    def _count_above(self, lead: _Lead, change: int, till: int = 0) -> None:
        for up in self._above(lead):
            up.below, up.till = max(0, up.below + change), max(up.till, till)

    def _forget(self, number: int) -> None:
        lead = self._leads[number]
        self._count_above(lead, -1 - lead.below)
        del self._leads[number], self._numbers[lead.ask.lead]

    def _living(self, numbers: Iterable[int]) -> list[int]:
        return list(dict.fromkeys(number for number in numbers if number in self._leads))
