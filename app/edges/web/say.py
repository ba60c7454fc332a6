"""Reviewers' verdicts on their way to the topic: each is looked at first, said once, and can be followed."""

from __future__ import annotations

import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from app.edges.redis.leases import Lease
from app.edges.web.problems import FieldProblem, ProblemError
from app.edges.web.room import Parts, claimed, lease_lost, not_held
from app.edges.web.shapes import Accepted, Became, Bulk, BulkAnswer, Outcome, Selection
from app.errors import EdgeDown
from app.ops import metrics_review as metrics
from app.pipeline.consent import EXPIRED, lacks
from app.pipeline.revision.verdict import Verdict, objection
from app.review.entry import Entry, Said
from app.review.queue import Followed, place_of, said_by
from app.review.saying import Draft, digest_of, number_of, objections, verdict_of

_AT_ONCE: Final = 500
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A verdict that nothing speaks against."""

    verdict: Verdict
    note: str | None


class Saying:
    """See the module."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock, self._under_way = threading.Lock(), set[str]()

    def say(self, lead: str, draft: Draft, by: str, token: str | None, key: str | None) -> Accepted:
        """Put one verdict on the topic; the broker has it when this returns."""
        self._parts.queue()
        refuse_draft(draft)
        verdict = self._verdict(lead, draft, by, key or secrets.token_hex(16))
        with self._alone(verdict.id):
            if (before := self._parts.store.verdict(verdict.id)) is not None:
                self._refuse_other(verdict, before)
                metrics.said.labels(draft.says, "repeated").inc()
                return _accepted(verdict, repeated=True)
            try:
                lease = self._lease_of(lead, by, token)
                self._refuse(verdict)
            except ProblemError:
                metrics.said.labels(draft.says, "refused").inc()
                raise
            if not self._put([_Ready(verdict, draft.note)])[0]:
                metrics.said.labels(draft.says, "not_taken").inc()
                raise ProblemError(
                    "kafka-away",
                    503,
                    "Kafka did not take the verdict, or nobody knows whether it did",
                    "send it again with the same Idempotency-Key: it counts once",
                    headers={"Retry-After": "5"},
                )
            if lease is not None:
                self._let_go(lead, lease)
        metrics.said.labels(draft.says, "said").inc()
        return _accepted(verdict)

    def bulk(self, asked: Bulk, by: str, key: str | None) -> BulkAnswer:
        """One verdict on many leads; what speaks against one of them does not stop the others."""
        self._parts.queue()
        refuse_draft(asked.verdict)
        leads = self._selected(asked.select, asked.most)
        if asked.expected is not None and asked.expected != len(leads):
            detail = f"{len(leads)} leads are meant now, not {asked.expected}"
            raise ProblemError("count-differs", 409, detail, "look again with dry_run, and send its count")
        outcomes: list[Outcome] = []
        key = key or secrets.token_hex(16)
        for start in range(0, len(leads), _AT_ONCE):
            outcomes += self._some(leads[start : start + _AT_ONCE], asked, by, key)
        if not asked.dry_run:
            for outcome, count in Counter(one.outcome for one in outcomes).items():
                metrics.said.labels(asked.verdict.says, outcome).inc(count)
        return BulkAnswer(
            dry_run=asked.dry_run, meant=len(leads), counts=dict(Counter(one.outcome for one in outcomes)), outcomes=outcomes
        )

    def follow(self, number: str) -> Became:
        """What became of a verdict."""
        found = self._parts.queue().verdict(number)
        if found is None:
            raise ProblemError("not-found", 404, "nobody said such a verdict, or it is older than the queue remembers")
        said, decided = found.said, found.decided
        lead = said.lead if said is not None else decided.lead if decided is not None else ""
        became = Became(verdict_id=number, state=found.state, lead_id=lead)
        if said is not None:
            became.says, became.by = said.says, said.by
        if decided is not None:
            became.fate, became.how, became.revision = decided.fate, decided.how, decided.revision
            if decided.how == "awaits_second":
                became.state = "awaits_second"
        elif found.state == "refused":
            became.why = self._why(lead, said) or "the reviser's log says why: verdict_refused"
        return became

    def _why(self, lead: str, said: Said | None) -> str | None:
        """Why a verdict was refused, as things stand now; None where nobody can tell any more."""
        entry = self._parts.store.entry(lead)
        how = entry.decided.how if entry.decided is not None else None
        if how and not entry.open:
            return f"meanwhile it was {how}"
        try:
            verdict = self._parts.said(said.partition, said.offset) if said is not None else None
        except EdgeDown:
            return None
        if verdict is None or entry.pending:
            return None
        if entry.open and verdict.by in said_by(entry):
            return f"{verdict.by} has said so before; another person has to say the same"
        refused = objection(verdict, self._decision(lead, entry), self._parts.teams, self._parts.members)
        if refused is None:
            return self._lacking(verdict, entry)
        told = (verdict.says, verdict.team, verdict.owner)  # of another tool, perhaps: whatever stood there
        return refused.why if all(one is None or _SLUG.fullmatch(one) for one in told) else refused.code

    def _lacking(self, verdict: Verdict, entry: Entry) -> str | None:
        """What the person never agreed to, where that is why the team cannot have the lead."""
        team = verdict.team or (entry.item.team if entry.item is not None else None)
        purpose = self._parts.purposes.get(team or "")
        if purpose is None or not entry.open:
            return None
        try:
            with self._parts.lock:
                kept = self._parts.shelf.records.newest(verdict.lead)
        except EdgeDown:
            return None
        lack = None if kept is None else lacks(kept.value, purpose, self._parts.now_ms())
        over = "has expired" if lack == EXPIRED else "was never given"
        return None if lack is None else f"the consent for {purpose}, which is what {team} is for, {over}"

    def _some(self, leads: Sequence[str], asked: Bulk, by: str, key: str) -> list[Outcome]:
        leases = self._leases(leads)
        found: dict[str, Outcome] = {}
        ready: list[_Ready] = []
        self._bring_near([lead for lead in leads if not self._parts.store.entry(lead).open])
        for lead, lease in zip(leads, leases, strict=True):
            verdict = self._verdict(lead, asked.verdict, by, key)
            outcome = self._looked_at(verdict, lease, by)
            if outcome is not None:
                found[lead] = outcome
            elif asked.dry_run:
                found[lead] = Outcome(lead_id=lead, outcome="would_say", verdict_id=None)
            else:
                ready.append(_Ready(verdict, asked.verdict.note))
        for one, went in zip(ready, self._put(ready), strict=True):
            lead, number = one.verdict.lead, one.verdict.id
            found[lead] = Outcome(lead_id=lead, outcome="said" if went else "not_taken", verdict_id=number)
        return [found[lead] for lead in leads]

    def _looked_at(self, verdict: Verdict, lease: Lease | None, by: str) -> Outcome | None:
        """What speaks against one of many; None: nothing."""
        lead = verdict.lead
        if self._parts.store.verdict(verdict.id) is not None:
            return Outcome(lead_id=lead, outcome="repeated", verdict_id=verdict.id)
        if lease is not None and lease.reviewer != by:
            return Outcome(lead_id=lead, outcome="claimed", why=f"claimed by {lease.reviewer}")
        try:
            self._refuse(verdict)
        except ProblemError as against:
            return Outcome(lead_id=lead, outcome="pending" if against.kind == "in-progress" else "refused", why=against.detail)
        return None

    def _verdict(self, lead: str, draft: Draft, by: str, key: str) -> Verdict:
        return verdict_of(draft, lead, by, self._parts.now_ms(), number_of(key, by, lead))

    def _refuse_other(self, verdict: Verdict, before: Followed) -> None:
        """Under one key stands one verdict."""
        if before.said is not None and before.said.digest != digest_of(verdict, self._parts.secret):
            detail = "another verdict on this lead was said under this Idempotency-Key"
            raise ProblemError("other-verdict", 409, detail, "send what is new under a key of its own")

    def _refuse(self, verdict: Verdict) -> None:
        """What speaks against a verdict as things stand."""
        entry = self._parts.store.entry(verdict.lead)
        if entry.pending:
            raise not_held(verdict.lead, entry)
        if entry.open and verdict.by in said_by(entry):
            told = {"code": "needs_another"}
            detail = f"{verdict.by} has said so of {verdict.lead}; another person has to say the same"
            raise ProblemError("cannot-be-done", 409, detail, "have somebody else look at it", told)
        refused = objection(verdict, self._decision(verdict.lead, entry), self._parts.teams, self._parts.members)
        if refused is None:
            return
        if refused.code == "unknown_lead":
            raise ProblemError("no-such-lead", 404, refused.why, "leadstream explain tells what became of it")
        raise ProblemError("cannot-be-done", 409, refused.why, "open the lead to see how it stands", {"code": refused.code})

    def _decision(self, lead: str, entry: Entry) -> Value | None:
        """The newest decision, as far as verdicts are held against it: of held leads the queue knows enough."""
        item = entry.item
        if item is not None and entry.open:
            match = None if item.of is None else {"of": item.of}
            numbers = entry.decided.verdicts if entry.decided is not None else ()
            return {"fate": "review", "team": item.team, "match": match, "verdict_ids": numbers, "fallbacks": {}}
        with self._parts.lock:
            kept = self._parts.shelf.records.decision(lead)
        return None if kept is None else dict(kept.value)

    def _bring_near(self, leads: Sequence[str]) -> None:
        """Decisions that have to be read, from all partitions at once."""
        if leads:
            with self._parts.lock:
                self._parts.shelf.records.fetch(leads, self._parts.shelf.book.decision)

    def _put(self, ready: Sequence[_Ready]) -> list[bool]:
        """Onto the topic; which of them the broker has. The queue knows them at once."""
        went = self._parts.writer.say([(one.verdict, one.note) for one in ready]) if ready else []
        told = []
        for one, where in zip(ready, went, strict=True):
            if where is not None:
                verdict = one.verdict
                digest = digest_of(verdict, self._parts.secret)
                about = (verdict.lead, verdict.id, verdict.says, verdict.by, verdict.at_ms)
                told.append(Said(*about, where.partition, where.offset, digest))
        self._parts.store.take(told)
        return [where is not None for where in went]

    def _selected(self, select: Selection, most: int) -> list[str]:
        if (select.ids is None) == (select.filter is None):
            errors = [FieldProblem(field="select", what="name either ids or a filter")]
            raise ProblemError("invalid", 422, "nobody knows which leads are meant", "see errors", {"errors": errors})
        if select.ids is not None:
            return list(dict.fromkeys(select.ids))
        assert select.filter is not None
        found = self._parts.store.page(select.filter.filter(self._parts.now_ms()), None, most)
        return [place_of(entry)[3] for entry in found]

    def _lease_of(self, lead: str, by: str, token: str | None) -> Lease | None:
        """The reviewer's claim; None where the lead is not claimed, or nobody knows.

        Raises:
            ProblemError: Somebody else has claimed it, or the claim that the token is of has ended.
        """
        try:
            (lease,) = self._parts.leases.holders([lead])
        except EdgeDown:  # what is said twice counts once: rather a verdict unclaimed than people who cannot work
            return None
        if lease is None and token is not None:
            raise lease_lost(lead)
        if lease is not None and token is None:
            raise claimed(lead, lease, self._parts.now_ms())
        if lease is not None and (lease.token, lease.reviewer) != (token, by):
            raise lease_lost(lead) if lease.reviewer == by else claimed(lead, lease, self._parts.now_ms())
        return lease

    def _leases(self, leads: Sequence[str]) -> list[Lease | None]:
        try:
            return self._parts.leases.holders(leads)
        except EdgeDown:
            return [None] * len(leads)

    def _let_go(self, lead: str, lease: Lease) -> None:
        try:
            self._parts.leases.release(lead, lease.reviewer, lease.token)
        except EdgeDown:
            return  # it ends by itself

    @contextmanager
    def _alone(self, number: str) -> Iterator[None]:
        """One request at a time under one key."""
        with self._lock:
            if number in self._under_way:
                raise ProblemError(
                    "in-progress", 409, "the same verdict is being said by another request", "send it again in a moment"
                )
            self._under_way.add(number)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(number)


def refuse_draft(draft: Draft) -> None:
    """What is wrong with it, whatever lead it is about.

    Raises:
        ProblemError: Something is.
    """
    found = objections(draft)
    if found:
        errors = [FieldProblem(field=one.field, what=one.what) for one in found]
        raise ProblemError("invalid", 422, "the verdict does not fit", "see errors", {"errors": errors})


def _accepted(verdict: Verdict, *, repeated: bool = False) -> Accepted:
    follow = f"/v1/verdicts/{verdict.id}"
    return Accepted(verdict_id=verdict.id, lead_id=verdict.lead, says=verdict.says, follow=follow, repeated=repeated)
