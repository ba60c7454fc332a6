"""Takes rollouts from stage to stage, and back where a guardrail proves harm. An engine of the steward.

    shadow ─► 5 % ─► 25 % ─► 100 % ─► done       by time and leads, or by people
       └────────┴───────┴────────┴──────┴──► rolled_back     by a guardrail, at any time, or by people
    paused: no stage is entered by itself; guardrails go on

What it knows follows from records alone. What it has counted stands in the rollout's record, written every few minutes, so that a
restart begins from there and reads again only the leads whose windows were open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.inventory.rolling import Guardrail
from app.rollout.book import Book
from app.rollout.course import Course
from app.rollout.plan import Rollout, RolloutError, change
from app.steward import STEWARD, Alarm, Deed, PublishRollout, Value

KEEP_MS: Final = 10 * 60_000  # how often what was counted goes into the record
FORGET_MS: Final = 60_000  # how often what is needed no more is forgotten


class Pilot:
    """Implements `app.steward.Engine`."""

    name: Final = "rollouts"

    def __init__(self) -> None:
        self._book = Book()
        self._courses: dict[str, Course] = {}
        self._overwritten: set[str] = set()
        self._kept: dict[str, int] = {}
        self._forgot_ms = 0

    def on_decision(self, value: Value, at_ms: int) -> None:
        self._book.on_decision(value, at_ms)

    def on_outcome(self, value: Value, at_ms: int) -> None:
        self._book.on_outcome(value, at_ms)

    def on_verdict(self, value: Value, at_ms: int) -> None:
        """What came of it stands in the revision of the decision."""

    def on_rollout(self, value: Value, at_ms: int) -> None:
        """The newest change holds, by when it was made: what was written later upon an older state is corrected."""
        try:
            new = Rollout.read(value)
        except RolloutError:
            return  # workers refuse it, too, and log it: what was good goes on
        course = self._courses.get(new.name)
        if course is None or new.started_ms > course.rollout.started_ms:
            self._courses[new.name] = Course(new)
            return
        mine = course.rollout
        if new.started_ms < mine.started_ms:
            return
        if (new.changed_ms, new.version) > (mine.changed_ms, mine.version):
            course.adopt(new)
            self._overwritten.discard(new.name)
        elif new.version >= mine.version and new.changed_ms < mine.changed_ms:
            self._overwritten.add(new.name)
            course.rollout = replace(mine, version=new.version)

    def tick(self, now_ms: int) -> list[Deed]:
        """Counts; then rolls back, goes on or waits; says each alert as it stands."""
        fresh, self._book.fresh = self._book.fresh, []
        for lead in fresh:
            facts = self._book[lead]
            for name in facts.arms:
                if (course := self._courses.get(name)) is not None and course.rollout.going:
                    course.take(lead, facts)
        deeds = [deed for course in self._courses.values() for deed in self._steered(course, now_ms)]
        deeds += [_alarm(course, now_ms) for course in self._courses.values()]
        if now_ms - self._forgot_ms >= FORGET_MS:
            self._forgot_ms = now_ms
            since = self.needed_since(now_ms)
            self._book.forget(now_ms if since is None else min(since, now_ms))
        return deeds

    def needed_since(self, now_ms: int) -> int | None:
        """See `app.steward.Engine`."""
        return min((one.needed_since_ms for one in self._courses.values() if one.rollout.going), default=None)

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """Leads whose windows are open."""
        return {"open": float(sum(one.pending for one in self._courses.values() if one.rollout.going))}

    def shown(self, name: str) -> list[dict[str, Any]]:
        """How each guardrail of a rollout stands."""
        course = self._courses[name]
        return [course.told(one) for one in course.guardrails]

    def _steered(self, course: Course, now_ms: int) -> list[Deed]:
        before = course.rollout
        if not before.going:
            return self._kept_up(course, now_ms)
        course.count(now_ms, self._book)
        after = self._next(course, now_ms)
        if after is None:
            return self._kept_up(course, now_ms)
        course.adopt(after)
        course.rollout = replace(after, counts=course.counts())
        course.kept_ms = course.until_ms
        self._kept[after.name] = now_ms
        return [PublishRollout(course.rollout.record(), change(before, course.rollout))]

    def _next(self, course: Course, now_ms: int) -> Rollout | None:
        one = course.rollout
        breached = course.breach()
        now_ms = max(now_ms, one.changed_ms + 1)
        if breached is not None:
            return one.moved("rolled_back", STEWARD, _why(course, breached), now_ms, course.told(breached), share=0.0)
        if one.status not in ("shadow", "running") or not one.plan.by_itself or course.doubtful():
            return None
        stage, leads = one.plan.stages[one.stage], course.leads()
        hours = (now_ms - course.spans[-1].since_ms) / 3_600_000
        if hours < stage.least_hours or leads < stage.least_leads:
            return None
        evidence = {"leads": leads, "hours": round(hours, 1), "guardrails": [course.told(each) for each in course.guardrails]}
        if one.stage + 1 == len(one.plan.stages):
            return one.moved("done", STEWARD, f"rollout_stage: the last stage held for {hours:.0f} h", now_ms, evidence)
        why = f"rollout_stage: {hours:.0f} h and {leads} leads, and no guardrail speaks against it"
        return one.begun(one.stage + 1, STEWARD, why, now_ms, evidence)

    def _kept_up(self, course: Course, now_ms: int) -> list[Deed]:
        """The record again, where counts have grown for a while, or where somebody wrote an older state over the newest."""
        one = course.rollout
        overwritten = one.name in self._overwritten
        since = now_ms - self._kept.setdefault(one.name, now_ms)
        if not overwritten and (not one.going or since < KEEP_MS or course.until_ms == course.kept_ms):
            return []
        self._overwritten.discard(one.name)
        self._kept[one.name], course.kept_ms = now_ms, course.until_ms
        course.rollout = replace(one, version=one.version + 1, counts=course.counts())
        return [PublishRollout(course.rollout.record(), None)]


def _why(course: Course, breached: Guardrail) -> str:
    told = course.told(breached)
    candidate, others = told["candidate"], told["others"]
    shares = f"{candidate['hits']} of {candidate['leads']} of the candidate's leads"
    if breached.ratio:
        shares += f", {others['hits']} of {others['leads']} of the others"
    return f"{breached.called}: {shares}; {told['allowed']:.3g} is allowed; e-value {told['e_value']:.3g} of {told['needed']:.3g}"


def _alarm(course: Course, now_ms: int) -> Alarm:
    one = course.rollout
    firing, told = one.status == "rolled_back" and one.by == STEWARD, one.evidence
    about = one.target if one.kind == "source" else "*"
    seen = told.get("candidate", {}) if firing else {}
    stands = f"rolled back: {one.why}" if firing else one.status
    return Alarm(
        kind="rollout_rolled_back",
        about=about,
        field=one.name,
        firing=firing,
        severity="error",
        text=f"rollout {one.name} ({one.kind} {one.target}): {stands}",
        observed=float(seen.get("share") or 0.0),
        expected=float(told.get("allowed", 0.0)) if firing else 0.0,
        unit="share",
        at_ms=now_ms,
        samples=tuple(told.get("samples", ())) if firing else (),
    )
