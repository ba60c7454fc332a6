"""Notices that a source writes differently: fields renamed, retyped, gone or new, from the shapes of its payloads.

A window is held against the profile of the usual windows before it. Windows that show a change are not learned; when a change
has stayed for ACCEPT_AFTER windows, or a person has said since how to read the source, it is the usual from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from app.monitoring.census import Census, Leaf, Leaves, Profile, census
from app.monitoring.reshaping import SOME, Change, beginnings, changes, severity, suspicious, unfilled
from app.monitoring.verdicts import Verdict
from app.monitoring.windows import Window

ACCEPT_AFTER = 30  # windows
MIN_RECORDS = 10  # of known shape; windows with fewer are put together
NAMED = 3  # changes that the summary spells out
LEAST_TOLD = 0.01  # share of records that a path needs to be listed in an alert
MAX_ESTABLISHED = 5_000
SAMPLES = 5

_CALM = Verdict("schema_change", "calm", 0.0, 0.0, "share", "payloads as usual", resolution="the usual shape is back")
_UNCLEAR = Verdict("schema_change", "unclear", 0.0, 0.0, "share", "")
_ACCEPTED = replace(_CALM, resolution="the new shape is taken as usual from now on")


class SchemaChange:
    """The detector of one source.

    Args:
        known: Fingerprint → leaves; read when a window is judged.
    """

    def __init__(self, known: Mapping[str, Leaves]) -> None:
        self._known = known
        self._profile, self._next = Profile(), Profile()
        self._established: dict[Leaf, None] = {}  # paths that once were common enough: their return is no new version
        self._open: Counter[str] = Counter()  # shapes of windows that hold too few records to be judged alone
        self._strange = 0  # windows in a row that were not usual
        self._retyped: list[Leaf] = []  # told so, with the kind that was usual
        self._saw_it_begin = False
        self._mapping: tuple[int, int] | None = None

    def judge(self, window: Window) -> Verdict:
        """What the window says; learned with it, unless strange. To be called once per window, in order."""
        if accepted := self._follow(window):
            return accepted
        self._open.update(window.shapes)
        now = census(self._open, self._known)
        if now.records < MIN_RECORDS:
            return _UNCLEAR
        self._open.clear()
        if not self._profile.ready:
            self._learn(now)
            return _UNCLEAR
        usual = self._profile.total
        since = Census()
        since.take_in(self._next.total)
        since.take_in(now)
        found = changes(usual, now, since, self._retyped)
        self._retyped = [one.before for one in found if one.what == "retyped" and one.before]
        some = [] if found else [one for one in beginnings(usual, now) if one.after not in self._established]
        if not found and not some and not suspicious(usual, now):
            self._strange, self._next = 0, Profile()
            self._learn(now)
            return _CALM if self._saw_it_begin else _ACCEPTED
        self._strange += 1
        self._next.learn(now)
        if self._strange >= ACCEPT_AFTER:
            return self._accept()
        if not found and not some:
            return _UNCLEAR
        self._saw_it_begin = True
        return self._verdict(window, found, some, usual, now)

    def _verdict(self, window: Window, found: list[Change], some: list[Change], usual: Census, now: Census) -> Verdict:
        told = found or some
        share, expected = max((one.share, one.usual) for one in told)
        named = "; ".join(one.text for one in told[:NAMED]) + (f"; and {len(told) - NAMED} more" if len(told) > NAMED else "")
        scope = "" if found else f"a new version on {share:.0%} of the records: "
        lost = sorted({one.field for one in told if one.field and one.what != "appeared" and unfilled(one.field, usual, now)})
        lack = f"; no longer filled: {', '.join(lost)}" if lost else ""
        only = all(one.what == "vanished" and one.field in lost for one in found) if found else False
        text = f"{scope}{named}{lack}; see leadstream onboard {window.source}, then confirm with leadstream mapping"
        return Verdict(
            "schema_change",
            "breach",
            share,
            expected,
            "share",
            text,
            samples=self._samples(window, told),
            severity=severity(found, usual, now),
            lost=tuple(lost) if only else (),
            shape_before=usual.lines(LEAST_TOLD),
            shape_after=now.lines(LEAST_TOLD),
        )

    def _samples(self, window: Window, told: list[Change]) -> tuple[str, ...]:
        """A few leads of the new kind."""
        fresh, gone = ({getattr(one, side) for one in told} - {None} for side in ("after", "before"))
        leads = []
        for fingerprint, lead_id in window.shape_samples.items():
            held = {leaf for leaf, _ in self._known.get(fingerprint, ())}
            if held and (held & fresh or not held & gone):
                leads.append(lead_id)
        return tuple(leads[:SAMPLES])

    def _follow(self, window: Window) -> Verdict | None:
        """The source is read differently by now: a new declaration may spell paths differently, so all is learned anew; what a
        person confirmed while a change was on settles it."""
        if not window.shapes:
            return None
        before, self._mapping = self._mapping, max(self._mapping or window.mapping, window.mapping)
        if before is None or before == self._mapping:
            return None
        if before[0] != self._mapping[0]:
            self._profile, self._next, self._strange = Profile(), Profile(), 0
            self._open.clear()
            return _ACCEPTED
        return self._accept() if self._strange else None

    def _accept(self) -> Verdict:
        self._profile, self._next = self._next, Profile()
        self._strange, self._saw_it_begin = 0, False
        self._establish(self._profile.total)
        return _ACCEPTED

    def _learn(self, now: Census) -> None:
        self._profile.learn(now)
        self._establish(now)

    def _establish(self, now: Census) -> None:
        for leaf, hits in now.leaves():
            if hits >= SOME * now.records:
                self._established.pop(leaf, None)
                self._established[leaf] = None
        while len(self._established) > MAX_ESTABLISHED:
            del self._established[next(iter(self._established))]
