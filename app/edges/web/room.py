"""The room where reviewers work: what is held, one lead opened, claims."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.edges.kafka.review_store import ReviewStore
from app.edges.kafka.reviser_shelf import Shelf
from app.edges.kafka.verdict_writer import VerdictWriter
from app.edges.redis.leases import Lease, Leases
from app.edges.web.problems import ProblemError
from app.edges.web.shapes import Claim, Claimed, Counts, Listing, Measured, Page, Precision, Wanted
from app.errors import EdgeDown
from app.inventory.reviewing import Reviewing
from app.ops import metrics_review as metrics
from app.pipeline.checkpoints import SAMPLE, FourEyes
from app.pipeline.revision.four_eyes import second_wanted
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.verdict import Verdict
from app.review.entry import Entry
from app.review.precision import precision
from app.review.queue import Filter, of_cursor, place_of, to_cursor
from app.review.view import Opened, Summary, opened_of, summary_of

_DAY_MS: Final = 86_400_000
_TRIED: Final = 200  # leads that are tried at once for the next that nobody has
Shown = TypeVar("Shown", bound=Summary)


@dataclass(frozen=True)
class Parts:
    """What the room is made of.

    Attributes:
        lock: Held while the shelf is used.
        ready: Set once the queue was read.
        teams: Slugs of those that there are.
        members: Team → its members.
        lease_ms: Of a claim that names no time.
        secret: For digests of verdicts.
        now_ms: The clock.
        purposes: Team → what it contacts people for.
        said: The verdict that stands in a partition of their topic, at an offset; None where it is no longer kept.
    """

    store: ReviewStore
    shelf: Shelf
    lock: threading.Lock
    ready: threading.Event
    leases: Leases
    writer: VerdictWriter
    reviewing: Reviewing
    teams: Collection[str]
    members: Mapping[str, Collection[str]]
    lease_ms: int
    secret: bytes
    now_ms: Callable[[], int]
    purposes: Mapping[str, str] = field(default_factory=dict)
    said: Callable[[int, int], Verdict | None] = lambda _partition, _offset: None

    def queue(self) -> ReviewStore:
        """The queue, once it is read."""
        if not self.ready.is_set():
            raise ProblemError(
                "catching-up",
                503,
                "the queue is still being read from the topics",
                "try again in some seconds; /readyz of the role says how it stands",
                headers={"Retry-After": "5"},
            )
        return self.store


class Room:
    """See the module."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._leases = parts, parts.leases
        self._four_eyes = FourEyes(parts.reviewing)

    def page(self, wanted: Listing) -> Page:
        """The next items in order."""
        queue = self._parts.queue()
        try:
            after = None if wanted.cursor is None else of_cursor(wanted.cursor)
        except ValueError:
            raise ProblemError("invalid", 422, "cursor is none of ours", "begin without one") from None
        found = queue.page(wanted.filter(self._parts.now_ms()), after, wanted.limit + 1)
        shown = found[: wanted.limit]
        items, known = self._with_claims([summary_of(entry) for entry in shown])
        following = to_cursor(place_of(shown[-1])) if len(found) > wanted.limit else None
        return Page(items=items, next=following, claims_known=known)

    def counts(self, wanted: Wanted) -> Counts:
        """How much of what."""
        now = self._parts.now_ms()
        counted = self._parts.queue().count(wanted.filter(now), now)
        return Counts(total=counted.total, **{name: dict(values) for name, values in counted.groups.items()})

    def opened(self, lead: str) -> Opened:
        """All that its reviewer needs."""
        entry = self._entry(lead)
        with self._parts.lock:
            records = self._parts.shelf.records
            kept = records.newest(lead)
            if kept is not None and kept.place == "routed":  # it is with a team: as it was when people were to decide it
                kept = records.first(lead)
            decision = records.decision(lead)
            other = None if kept is None else self._other(kept)
        if kept is None or "provenance" not in kept.value:
            raise ProblemError(
                "not-kept", 410, f"the record of {lead} is older than the topics keep", "nobody can decide it any more"
            )
        told: dict[str, Any] = dict(kept.value)
        judged = None if decision is None else dict(decision.value)
        second = None if judged is None else second_wanted(self._four_eyes, told, judged, "approve")
        shown = opened_of(entry, told, judged, other, self._parts.reviewing.waiting(told["checkpoint"]), second)
        (shown,), _ = self._with_claims([shown])
        return shown

    def claim(self, lead: str, reviewer: str, minutes: float | None) -> Claim:
        """Nobody else decides it for so long."""
        entry = self._entry(lead)
        if not entry.open or entry.pending:
            raise not_held(lead, entry)
        token, lease_ms = _token(), self._lease_ms(minutes)
        with redis_needed():
            taken = self._leases.take([lead], reviewer, token, lease_ms)
            if taken is None:
                metrics.claims.labels("refused").inc()
                raise claimed(lead, self._leases.holders([lead])[0], self._parts.now_ms())
        metrics.claims.labels("taken").inc()
        return self._claim(lead, token, reviewer, lease_ms)

    def claim_next(self, wanted: Wanted, reviewer: str, minutes: float | None) -> Claimed | None:
        """The first in order that fits, that nobody has, and that is not waiting for somebody else than this reviewer."""
        queue, token, lease_ms = self._parts.queue(), _token(), self._lease_ms(minutes)
        fits, after = wanted.filter(self._parts.now_ms(), reviewer), None
        while page := queue.page(fits, after, _TRIED):
            leads = [place_of(entry)[3] for entry in page]
            with redis_needed():
                taken = self._leases.take(leads, reviewer, token, lease_ms)
            if taken is None:
                after = place_of(page[-1])
            elif (found := self._still(taken, fits, token, reviewer, lease_ms)) is not None:
                return found  # else it cannot be decided any more: once more from here
        metrics.claims.labels("nothing").inc()
        return None

    def renew(self, lead: str, reviewer: str, token: str, minutes: float | None) -> Claim:
        """Hold it from now on for so long."""
        lease_ms = self._lease_ms(minutes)
        with redis_needed():
            held = self._leases.renew(lead, reviewer, token, lease_ms)
        metrics.claims.labels("renewed" if held else "lost").inc()
        if not held:
            raise lease_lost(lead)
        return self._claim(lead, token, reviewer, lease_ms)

    def release(self, lead: str, reviewer: str, token: str) -> None:
        """Let it go."""
        with redis_needed():
            held = self._leases.release(lead, reviewer, token)
        metrics.claims.labels("released" if held else "lost").inc()
        if not held:
            raise lease_lost(lead)

    def precision(self, days: float) -> Precision:
        """How right machines are."""
        rows = precision(self._parts.queue().judged(self._parts.now_ms() - int(days * _DAY_MS), SAMPLE))
        measured = [
            Measured(
                source=row.source,
                decided=row.decided,
                agreed=row.agreed,
                waiting=row.waiting,
                precision=row.precision,
                low=row.low,
                high=row.high,
            )
            for row in rows
        ]
        return Precision(days=days, sample=self._parts.reviewing.sample, measured=measured)

    def _entry(self, lead: str) -> Entry:
        entry = self._parts.queue().entry(lead)
        if entry.item is None:
            raise ProblemError(
                "no-such-lead", 404, f"{lead} was never held for people", "leadstream explain tells what became of it"
            )
        return entry

    def _other(self, kept: Kept) -> tuple[str, dict[str, Any]] | None:
        match = kept.value.get("match")
        if match is None:
            return None
        work = Work(self._parts.shelf.records)
        other = work.newest(work.end(match["of"])) or work.newest(match["of"])
        return None if other is None else (other.place, dict(other.value))

    def _still(self, lead: str, fits: Filter, token: str, reviewer: str, lease_ms: int) -> Claimed | None:
        """The lead that was just claimed, if it is still to be decided."""
        if not fits.fits(self._parts.store.entry(lead)):  # decided between the two looks
            with redis_needed():
                self._leases.release(lead, reviewer, token)
            return None
        try:
            shown = self.opened(lead)
        except ProblemError as gone:
            if gone.kind != "not-kept":
                raise
            return None  # the lease stays, so that nobody meets it again for a while
        metrics.claims.labels("taken").inc()
        return Claimed(**self._claim(lead, token, reviewer, lease_ms).model_dump(), lead=shown)

    def _claim(self, lead: str, token: str, reviewer: str, lease_ms: int) -> Claim:
        return Claim(lead_id=lead, token=token, reviewer=reviewer, until=self._parts.now_ms() + lease_ms)

    def _lease_ms(self, minutes: float | None) -> int:
        return self._parts.lease_ms if minutes is None else max(1, int(minutes * 60_000))

    def _with_claims(self, items: list[Shown]) -> tuple[list[Shown], bool]:
        """With who has claimed what; False: Redis does not answer, and nobody knows."""
        try:
            leases = self._leases.holders([item.lead_id for item in items])
        except EdgeDown:
            return items, False
        now = self._parts.now_ms()
        for item, lease in zip(items, leases, strict=True):
            if lease is not None:
                item.claimed_by, item.claimed_until = lease.reviewer, now + lease.left_ms
        return items, True


@contextmanager
def redis_needed() -> Iterator[None]:
    """Around calls that cannot do without Redis."""
    try:
        yield
    except EdgeDown as down:
        todo = "bring Redis back (REDIS_URL). Meanwhile the queue can be read, and verdicts on leads be sent without a claim"
        raise ProblemError("redis-away", 503, str(down), todo, headers={"Retry-After": "5"}) from down


def claimed(lead: str, lease: Lease | None, now_ms: int) -> ProblemError:
    """Somebody else has it."""
    told = {} if lease is None else {"claimed_by": lease.reviewer, "claimed_until": now_ms + lease.left_ms}
    todo = "take another one (claim the next), or wait until the claim ends; who has it sends its token in Lease-Token"
    return ProblemError("claimed", 409, f"{lead} is claimed", todo, told)


def lease_lost(lead: str) -> ProblemError:
    """The claim ended, or was somebody else's."""
    return ProblemError("lease-lost", 409, f"the claim of {lead} has ended, or is not this reviewer's", "claim it again")


def not_held(lead: str, entry: Entry) -> ProblemError:
    """There is nothing to decide."""
    if entry.pending:
        by = entry.said.by if entry.said is not None else ""
        return ProblemError("in-progress", 409, f"a verdict of {by} on {lead} is on its way", "wait until it is carried out")
    how = entry.decided.how if entry.decided is not None else None
    return ProblemError(
        "not-held", 409, f"{lead} is not held for people any more: {how or 'decided'}", "open it to see what it became"
    )


def _token() -> str:
    return secrets.token_urlsafe(18)
