"""What people may order of a rollout, and what becomes of it."""

from __future__ import annotations

from typing import Literal, assert_never

from app.inventory.rolling import Plan, RolloutKind
from app.rollout.plan import Rollout, RolloutError, Status

Do = Literal["advance", "pause", "resume", "back", "end"]


def started(
    before: Rollout | None,
    name: str,
    kind: RolloutKind,
    target: str,
    plan: Plan,
    control: float,
    by: str,
    why: str,
    at_ms: int,
) -> Rollout:
    """A rollout that begins, at the first stage of its plan.

    Args:
        before: The one that had the name; None: there was none.

    Raises:
        RolloutError: That one is still under way.
    """
    if before is not None and before.going:
        raise RolloutError(f"{name} is under way ({before.status}); take it back or end it first: its arms hang on the name")
    at_ms = at_ms if before is None else max(at_ms, before.changed_ms + 1)
    share = plan.stages[0].share
    return Rollout(
        name=name,
        kind=kind,
        target=target,
        status=_status(share),
        stage=0,
        share=share,
        control=control,
        version=1 if before is None else before.version + 1,
        plan=plan,
        by=by,
        why=why,
        started_ms=at_ms,
        changed_ms=at_ms,
    )


def ordered(one: Rollout, do: Do, by: str, why: str, at_ms: int) -> Rollout:
    """The state after an order.

    Raises:
        RolloutError: It cannot be done as it stands.
    """
    at_ms = max(at_ms, one.changed_ms + 1)
    match do:
        case "advance":
            _only(one, do, "shadow", "running")
            if one.stage + 1 < len(one.plan.stages):
                return one.begun(one.stage + 1, by, why, at_ms)
            return one.moved("done", by, why, at_ms)
        case "pause":
            _only(one, do, "shadow", "running")
            return one.moved("paused", by, why, at_ms)
        case "resume":
            _only(one, do, "paused")
            return one.moved(_status(one.share), by, why, at_ms)
        case "back":
            _only(one, do, "shadow", "running", "paused", "done")
            return one.moved("rolled_back", by, why, at_ms, share=0.0)
        case "end":
            _only(one, do, "shadow", "running", "paused", "done", "rolled_back")
            return one.moved("ended", by, why, at_ms, share=0.0)
        case _:
            assert_never(do)


def _only(one: Rollout, do: Do, *may: Status) -> None:
    if one.status not in may:
        raise RolloutError(f"{one.name} is {one.status}: `{do}` is for rollouts that are {' or '.join(may)}")


def _status(share: float) -> Status:
    return "shadow" if share == 0 else "running"
