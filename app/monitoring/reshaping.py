"""What changed between a source's usual payloads and those of a window: paths renamed, retyped, vanished, appeared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from app.monitoring.census import Census, Leaf, surprise
from app.monitoring.verdicts import EVIDENCE, Severity

USUAL, GONE = 0.9, 0.05  # a path has vanished that nearly all records held, and next to none does
NEVER, COMMON = 0.01, 0.5  # a path has appeared that next to none held, and half of the records do
SOME, SOME_RECORDS = 0.05, 5  # a new version of a form begins to show
UNSEEN = 500  # so many records without a path are believed: that it never was does not vary from hour to hour
RENAMED_FROM, ALIKE, NAMESAKE = 0.1, 0.25, 0.5  # least share of what may be renamed; difference of shares; likeness of names
SUSPICIOUS = 8.0  # evidence that keeps a window from being learned
REACHES = frozenset({"email", "phone", "full_name", "first_name", "last_name"})  # what a person is reached and addressed by
KEPT = 0.5  # of a field's former coverage: the field is still filled

What = Literal["renamed", "retyped", "vanished", "appeared"]


@dataclass(frozen=True, slots=True)
class Change:
    """One path that is not as it was.

    Attributes:
        before, after: As it was and as it is; None for what appeared, and for what vanished.
        share: Of the window's records that are of the new kind, and the usual share of such.
        field: The lead field that it filled before, else fills now.
    """

    what: What
    before: Leaf | None
    after: Leaf | None
    share: float
    usual: float
    field: str | None

    @property
    def text(self) -> str:
        match self.what, self.before, self.after:
            case "renamed", Leaf(old), Leaf(new):
                said = f"{old} is now {new}"
            case "retyped", Leaf(path, old), Leaf(_, new):
                said = f"{path} is now {new}, was {old}"
            case "vanished", Leaf(path), _:
                said = f"{path} is gone"
            case _, _, Leaf(path, kind):
                said = f"{path} ({kind}) is new"
        return f"{said} ({self.field})" if self.field and self.what != "appeared" else said


def changes(usual: Census, now: Census) -> list[Change]:
    """All changes beyond doubt and beyond what optional answers bring, the gravest first."""
    gone = [leaf for leaf in usual.leaves if _vanishing(leaf, usual, now, RENAMED_FROM)]
    fresh = [leaf for leaf in now.leaves if _appearing(leaf, usual, now, RENAMED_FROM)]
    found = [*_matched(gone, fresh, usual, now)]
    taken = {leaf for one in found for leaf in (one.before, one.after)}
    for leaf in gone:
        if leaf not in taken and usual.share(leaf) >= USUAL:
            lost = 1 - now.share(leaf), 1 - usual.share(leaf)
            found.append(Change("vanished", leaf, None, *lost, usual.filled_by.get(leaf)))
    for leaf in fresh:
        if leaf not in taken and now.share(leaf) >= COMMON:
            gained = now.share(leaf), usual.share(leaf)
            found.append(Change("appeared", None, leaf, *gained, now.filled_by.get(leaf)))
    return sorted(found, key=lambda one: (one.field not in REACHES, one.field is None, one.what, one.before or one.after or ""))


def beginnings(usual: Census, now: Census) -> list[Change]:
    """New versions that only some of the records show: paths never seen before."""
    return [
        Change("appeared", None, leaf, now.share(leaf), usual.share(leaf), now.filled_by.get(leaf))
        for leaf, hits in sorted(now.leaves.items())
        if hits >= SOME_RECORDS
        and not usual.leaves[leaf]
        and now.share(leaf) >= SOME
        and surprise(hits, now.records, 0, usual.records, UNSEEN) >= EVIDENCE
    ]


def suspicious(usual: Census, now: Census) -> bool:
    """Whether a window shows enough of a change not to be learned as usual: one in which the change began, for instance."""
    return any(
        surprise(hits, now.records, usual.leaves[leaf], usual.records) >= SUSPICIOUS
        for leaf, hits in now.leaves.items()
        if usual.share(leaf) <= NEVER and now.share(leaf) >= SOME
    ) or any(
        surprise(now.records - now.leaves[leaf], now.records, usual.records - before, usual.records) >= SUSPICIOUS
        for leaf, before in usual.leaves.items()
        if before >= USUAL * usual.records and now.share(leaf) <= 1 - SOME
    )


def severity(found: Iterable[Change], usual: Census, now: Census) -> Severity:
    """Error: what a person is reached by is no longer filled. Warning: a mapped path changed, whether or not the ladder found
    its field elsewhere. Info: only attributes changed, or only some records."""
    mapped = False
    for one in found:
        if one.what == "appeared" or one.field is None:
            continue
        if one.field in REACHES and unfilled(one.field, usual, now):
            return "error"
        mapped = True
    return "warning" if mapped else "info"


def unfilled(field: str, usual: Census, now: Census) -> bool:
    """Whether a lead field is filled in less than half of the records that it used to be filled in."""
    return now.coverage(field) < KEPT * usual.coverage(field)


def _vanishing(leaf: Leaf, usual: Census, now: Census, least: float) -> bool:
    if usual.share(leaf) < least or now.share(leaf) > min(GONE, usual.share(leaf) / 4):
        return False
    lacking = now.records - now.leaves[leaf]
    return surprise(lacking, now.records, usual.records - usual.leaves[leaf], usual.records) >= EVIDENCE


def _appearing(leaf: Leaf, usual: Census, now: Census, least: float) -> bool:
    if usual.share(leaf) > NEVER or now.share(leaf) < least:
        return False
    return surprise(now.leaves[leaf], now.records, usual.leaves[leaf], usual.records) >= EVIDENCE


def _matched(gone: list[Leaf], fresh: list[Leaf], usual: Census, now: Census) -> list[Change]:
    """Pairs of one that vanished and one that appeared: the same path with another kind, or another path with the same kind that
    fills the same field, or that about as many records hold and that is called alike or the only candidate."""
    pairs = []
    for old in gone:
        for new in fresh:
            alike = abs(usual.share(old) - now.share(new)) <= ALIKE
            filled = usual.filled_by.get(old)
            if old.path == new.path:
                pairs.append((3.0, old, new))
            elif old.kind == new.kind and filled is not None and filled == now.filled_by.get(new):
                pairs.append((2.0, old, new))
            elif old.kind == new.kind and alike:
                likeness = SequenceMatcher(None, old.path.lower(), new.path.lower(), autojunk=False).ratio()
                if likeness >= NAMESAKE or len(gone) == len(fresh) == 1:
                    pairs.append((likeness, old, new))
    found: list[Change] = []
    taken: set[Leaf] = set()
    for _, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if not taken & {old, new}:
            taken |= {old, new}
            what: What = "retyped" if old.path == new.path else "renamed"
            field = usual.filled_by.get(old) or now.filled_by.get(new)
            found.append(Change(what, old, new, now.share(new), usual.share(new), field))
    return found
