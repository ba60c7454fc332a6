"""What changed between a source's usual payloads and those of a window: paths renamed, retyped, vanished, appeared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from app.monitoring.census import Census, Leaf, surprise
from app.monitoring.verdicts import EVIDENCE, Severity
from app.pipeline.look import TYPED_FIELDS

USUAL, GONE = 0.9, 0.05  # a path has vanished that nearly all records held, and next to none does
NEVER, COMMON = 0.01, 0.5  # a path has appeared that next to none held, and half of the records do
SOME, SOME_RECORDS = 0.05, 5  # a new version of a form begins to show
UNSEEN = 500  # so many records without a path are believed: that it never was does not vary from hour to hour
RENAMED_FROM, ALIKE, NAMESAKE = 0.1, 0.25, 0.5  # least share of what may be renamed; difference of shares; likeness of names
RETYPED_OF = 20  # records that hold a path: fewer may be of another kind by somebody's whim
BACK = 0.5  # a kind that had gone has returned when so many of the records that hold the path are of it again
OFTEN = 0.2  # of the records that hold a path: a kind that is no exception there
SUSPICIOUS = 8.0  # evidence that keeps a window from being learned
REACHES = frozenset({"email", "phone", "full_name", "first_name", "last_name"})  # what a person is reached and addressed by
KEPT = 0.5  # of a field's former coverage: the field is still filled

What = Literal["renamed", "retyped", "vanished", "appeared"]


@dataclass(frozen=True, slots=True)
class Change:
    """One path that is not as it was.

    Attributes:
        before, after: As it was and as it is; None for what appeared, and for what vanished.
        share, usual: Of the window's records (retyped: of those that hold the path) the share that is of the new kind, and the
            usual share of such.
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


def changes(usual: Census, now: Census, since: Census, retyped: Iterable[Leaf] = ()) -> list[Change]:
    """All changes beyond doubt and beyond what optional answers bring, the gravest first.

    Args:
        usual: The windows that were usual.
        now: The window to be judged.
        since: It, and the windows just before it that were not usual: tells of paths that few records hold.
        retyped: Paths of which it was told that they are of another kind, each with the one that it had: it has that again only
            when most of its values are.
    """
    gone = [path for path in usual.paths if _vanishing(path, usual, now)]
    fresh = [path for path in now.paths if _appearing(path, usual, now)]
    found = [*_retyped(usual, now, since, frozenset(retyped)), *_renamed(gone, fresh, usual, now)]
    taken = {leaf.path for one in found for leaf in (one.before, one.after) if leaf}
    for path in gone:
        if path not in taken and usual.share(path) >= USUAL:
            lost = 1 - now.share(path), 1 - usual.share(path)
            found.append(Change("vanished", usual.leaf(path), None, *lost, usual.filled_by.get(path)))
    for path in fresh:
        if path not in taken and now.share(path) >= COMMON:
            gained = now.share(path), usual.share(path)
            found.append(Change("appeared", None, now.leaf(path), *gained, now.filled_by.get(path)))
    return sorted(found, key=lambda one: (one.field not in REACHES, one.field is None, one.what, one.before or one.after or ""))


def beginnings(usual: Census, now: Census) -> list[Change]:
    """New versions that only some of the records show: paths never seen before, or with a kind of value never seen there."""
    return [
        Change("appeared", None, leaf, hits / now.records, usual.hits(leaf) / usual.records, now.filled_by.get(leaf.path))
        for leaf, hits in now.leaves()
        if hits >= SOME_RECORDS and not usual.hits(leaf) and hits >= SOME * now.records and _begins(leaf, usual, now)
    ]


def _begins(leaf: Leaf, usual: Census, now: Census) -> bool:
    hits = now.hits(leaf)
    if not usual.paths[leaf.path]:
        return surprise(hits, now.records, 0, usual.records, UNSEEN) >= EVIDENCE
    holding = now.paths[leaf.path]  # a free text is a number now and then
    return (
        holding >= RETYPED_OF
        and hits >= OFTEN * holding
        and _same_reading(leaf.path, usual, now)
        and surprise(hits, holding, 0, usual.paths[leaf.path], UNSEEN) >= EVIDENCE
    )


def suspicious(usual: Census, now: Census) -> bool:
    """Whether a window shows enough of a change not to be learned as usual: one in which the change began, for instance."""
    return (
        any(
            surprise(hits, now.records, usual.paths[path], usual.records) >= SUSPICIOUS
            for path, hits in now.paths.items()
            if usual.share(path) <= NEVER and now.share(path) >= SOME
        )
        or any(
            surprise(now.records - now.paths[path], now.records, usual.records - before, usual.records) >= SUSPICIOUS
            for path, before in usual.paths.items()
            if before >= USUAL * usual.records and now.share(path) <= 1 - SOME
        )
        or any(
            surprise(hits, now.paths[leaf.path], usual.hits(leaf), usual.paths[leaf.path]) >= SUSPICIOUS
            for leaf, hits in now.leaves()
            if usual.paths[leaf.path] and _unlike(usual.of_kind(leaf), now.of_kind(leaf))
        )
    )


def _unlike(usual: float, now: float) -> bool:
    """Whether a kind has become much commoner at a path."""
    return (usual <= NEVER and now >= OFTEN) or (usual <= 1 - USUAL and now >= COMMON)


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


def _vanishing(path: str, usual: Census, now: Census) -> bool:
    if usual.share(path) < RENAMED_FROM or now.share(path) > min(GONE, usual.share(path) / 4):
        return False
    lacking = now.records - now.paths[path]
    return surprise(lacking, now.records, usual.records - usual.paths[path], usual.records) >= EVIDENCE


def _appearing(path: str, usual: Census, now: Census) -> bool:
    if usual.share(path) > NEVER or now.share(path) < RENAMED_FROM:
        return False
    return surprise(now.paths[path], now.records, usual.paths[path], usual.records) >= EVIDENCE


def _retyped(usual: Census, now: Census, since: Census, told: frozenset[Leaf]) -> list[Change]:
    """Paths whose values nearly all were of one kind, and next to none is now. What is of several kinds by nature is not."""
    found = []
    for path, holding in now.paths.items():
        if not usual.paths[path] or not _same_reading(path, usual, now):
            continue
        old, seen = usual.leaf(path), now if holding >= RETYPED_OF else since
        if usual.of_kind(old) >= USUAL and (now.of_kind(old) < BACK if old in told else _of_another_kind(old, usual, seen)):
            field, new = usual.filled_by.get(path) or now.filled_by.get(path), now.leaf(path)
            found.append(Change("retyped", old, new, now.of_kind(new), usual.of_kind(new), field))
    return found


def _of_another_kind(old: Leaf, usual: Census, seen: Census) -> bool:
    holding, before = seen.paths[old.path], usual.paths[old.path]
    if holding < RETYPED_OF or seen.of_kind(old) > GONE:
        return False
    return surprise(holding - seen.hits(old), holding, before - usual.hits(old), before) >= EVIDENCE


def _same_reading(path: str, usual: Census, now: Census) -> bool:
    """Whether its kinds can be compared: in formats without types, what fills a field of text is one, whatever it looks like."""
    fields = {one.filled_by.get(path) for one in (usual, now)}
    return len(fields) == 1 or not any(name is not None and name not in TYPED_FIELDS for name in fields)


def _renamed(gone: list[str], fresh: list[str], usual: Census, now: Census) -> list[Change]:
    """Pairs of one that vanished and one that appeared, of the same kind, that fill the same field, or that about as many records
    hold and that are called alike or are the only candidates."""
    pairs = []
    for old in gone:
        for new in fresh:
            filled = usual.filled_by.get(old)
            if not _often(old, usual) & _often(new, now):
                continue
            if filled is not None and filled == now.filled_by.get(new):
                pairs.append((2.0, old, new))
            elif abs(usual.share(old) - now.share(new)) <= ALIKE:
                likeness = SequenceMatcher(None, old.lower(), new.lower(), autojunk=False).ratio()
                if likeness >= NAMESAKE or len(gone) == len(fresh) == 1:
                    pairs.append((likeness, old, new))
    found: list[Change] = []
    taken: set[str] = set()
    for _, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if not taken & {old, new}:
            taken |= {old, new}
            field = usual.filled_by.get(old) or now.filled_by.get(new)
            found.append(Change("renamed", usual.leaf(old), now.leaf(new), now.share(new), usual.share(new), field))
    return found


def _often(path: str, census: Census) -> set[str]:
    return {kind for kind, hits in census.kinds[path].items() if hits >= OFTEN * census.paths[path]}
