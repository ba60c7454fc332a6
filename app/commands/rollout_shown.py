"""What `leadstream rollout` shows: as data, and as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from app.rollout.course import Course
from app.rollout.plan import Rollout


def data(one: Rollout, *, figures: bool = False) -> dict[str, Any]:
    """A rollout as JSON values; with figures also those of both arms, as far as the record has them."""
    told = {
        "rollout": one.name,
        "kind": one.kind,
        "target": one.target,
        "status": one.status,
        "stage": one.stage,
        "share": one.share,
        "control": one.control,
        "version": one.version,
        "by": one.by,
        "why": one.why,
        "started_at": _time(one.started_ms),
        "changed_at": _time(one.changed_ms),
    }
    if not figures:
        return told
    course = Course(one)
    guardrails = [course.told(each) for each in course.guardrails]
    plan = one.plan.model_dump(mode="json")
    return told | {"plan": plan, "counted_until": _time(course.until_ms), "guardrails": guardrails, "evidence": one.evidence}


def overview(rollouts: Sequence[Rollout]) -> RenderableType:
    """A line each."""
    if not rollouts:
        return "nothing is rolled out: `leadstream rollout start` begins"
    table = Table("rollout", "kind", "target", "status", "stage", "in", "control", "since", "by", "why")
    for one in sorted(rollouts, key=lambda each: each.name):
        stage = f"{one.stage + 1} of {len(one.plan.stages)}"
        shares = f"{one.share:.0%}", f"{one.control:.0%}"
        table.add_row(one.name, one.kind, one.target, one.status, stage, *shares, _time(one.changed_ms), one.by, one.why)
    return table


def detail(one: Rollout) -> RenderableType:
    """Where it stands, its stages, and each guardrail with both arms."""
    course = Course(one)
    head = Table("", "", show_header=False, title=f"{one.name}: {one.kind} {one.target}")
    head.add_row("status", f"{one.status}, {one.share:.0%} are in, {one.control:.0%} are held back")
    head.add_row("since", f"{_time(one.changed_ms)} by {one.by}: {one.why}")
    head.add_row("stages", ", ".join(_stage(one, number) for number in range(len(one.plan.stages))))
    head.add_row("goes on", "by itself" if one.plan.by_itself else "when people say `advance`")
    head.add_row("counted until", _time(course.until_ms))
    table = Table("guardrail", "candidate", "others", "no harm", "window", "e-value", "proof at")
    for each in course.guardrails:
        told, sign = course.told(each), "≤" if each.harmful_up else "≥"
        others = _share(told["others"]) if each.ratio else ""
        limit, window = f"{sign} {told['allowed']:.1%}", f"{each.window_hours:g} h"
        value, needed = f"{told['e_value']:.3g}", f"{told['needed']:.3g}"
        table.add_row(each.called, _share(told["candidate"]), others, limit, window, value, needed)
    note = "In brackets: where the share lies with 95 %, however often one looks."
    return Group(head, table, note)


def _share(told: dict[str, Any]) -> str:
    if not told["leads"]:
        return "none yet"
    return f"{told['share']:.1%} of {told['leads']} [{told['low']:.1%}, {told['high']:.1%}]"


def _stage(one: Rollout, number: int) -> str:
    text = f"{one.plan.stages[number].share:.0%}"
    return f"»{text}«" if number == one.stage and one.going else text


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
