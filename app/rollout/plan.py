"""A rollout: what it is, how it goes, where it stands. Read from its record, and written to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

import orjson
from pydantic import ValidationError

from app.errors import LeadstreamError
from app.inventory.rolling import Plan, RolloutKind
from app.ports import Arm

Status = Literal["shadow", "running", "paused", "done", "rolled_back", "ended"]
GOING: Final[frozenset[Status]] = frozenset({"shadow", "running", "paused", "done"})  # watched by guardrails


NAME_BYTES: Final = 64  # a name is the key of the hash that arms hang on


class RolloutError(LeadstreamError):
    """What is asked of a rollout cannot be done, or its record cannot be read."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One state of a rollout.

    Attributes:
        name: A slug; its arms hang on it.
        kind, target: What is rolled out: a source's automation, a candidate routing (its name), a version of the model.
        status: paused: goes no further, and stays where it is. rolled_back: nobody is in. ended: as if it had never been.
        stage: Number in the plan.
        share: Of the subjects, in now.
        control: Share held back throughout.
        version: Counts the records.
        counts: What guardrails go on from, as JSON values; they alone know it.
        evidence: Figures behind the last change.
        by, why: Who changed it last: a role, a user id or `steward`.
        started_ms, changed_ms: Milliseconds since the epoch.
    """

    name: str
    kind: RolloutKind
    target: str
    status: Status
    stage: int
    share: float
    control: float
    version: int
    plan: Plan
    by: str
    why: str
    started_ms: int
    changed_ms: int
    counts: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Whether leads can be put to it; no steward and no person writes what cannot.

        Raises:
            ValueError: They cannot.
        """
        known = self.kind in get_args(RolloutKind) and self.status in get_args(Status)
        shares = 0 <= self.share <= 1 and 0 <= self.control <= 1 and 0 <= self.stage < len(self.plan.stages)
        if not (known and shares and 0 < len(self.name.encode()) <= NAME_BYTES):
            raise ValueError("a name, kind, status, stage or share that there is not")
        if not (isinstance(self.counts, dict) and isinstance(self.evidence, dict)):
            raise ValueError("counts and evidence are objects")

    @property
    def going(self) -> bool:
        """Whether guardrails watch it."""
        return self.status in GOING

    def concerns(self, source: str) -> bool:
        """Whether leads of this source take part."""
        if self.status == "ended":
            return False
        if self.kind == "source":
            return source == self.target
        return self.status != "rolled_back" and (not self.plan.sources or source in self.plan.sources)

    def held(self, arm: Arm) -> bool:
        """Whether people do what the machine would."""
        return self.kind == "source" and arm != "candidate"

    def rivals(self, other: Rollout) -> bool:
        """Whether both would decide the same leads' handling: then nobody could say which one did what."""
        if self.name == other.name or self.kind != other.kind or not (self.going and other.going):
            return False
        if self.kind == "source":
            return self.target == other.target
        mine, theirs = set(self.plan.sources), set(other.plan.sources)
        return not mine or not theirs or bool(mine & theirs)

    def begun(self, stage: int, by: str, why: str, at_ms: int, evidence: Mapping[str, Any] | None = None) -> Rollout:
        """The same, at another stage of its plan."""
        share = self.plan.stages[stage].share
        return self.moved("shadow" if share == 0 else "running", by, why, at_ms, evidence, stage=stage, share=share)

    def moved(
        self,
        status: Status,
        by: str,
        why: str,
        at_ms: int,
        evidence: Mapping[str, Any] | None = None,
        *,
        stage: int | None = None,
        share: float | None = None,
    ) -> Rollout:
        """The next state."""
        return replace(
            self,
            status=status,
            stage=self.stage if stage is None else stage,
            share=self.share if share is None else share,
            version=self.version + 1,
            evidence=evidence or {},
            by=by,
            why=why,
            changed_ms=at_ms,
        )

    def record(self) -> dict[str, Any]:
        """As schemas/rollout has it."""
        return {
            "rollout": self.name,
            "kind": self.kind,
            "target": self.target,
            "status": self.status,
            "stage": self.stage,
            "share": self.share,
            "control": self.control,
            "version": self.version,
            "plan": self.plan.model_dump_json(exclude_defaults=False),
            "counts": orjson.dumps(self.counts).decode(),
            "evidence": orjson.dumps(self.evidence).decode(),
            "by": self.by,
            "why": self.why,
            "started_at": self.started_ms,
            "changed_at": self.changed_ms,
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Rollout:
        """From its record.

        Raises:
            RolloutError: This version cannot read it.
        """
        try:
            one = cls(
                name=record["rollout"],
                kind=record["kind"],
                target=record["target"],
                status=record["status"],
                stage=int(record["stage"]),
                share=float(record["share"]),
                control=float(record["control"]),
                version=int(record["version"]),
                plan=Plan.model_validate_json(record["plan"]),
                by=record["by"],
                why=record["why"],
                started_ms=int(record["started_at"]),
                changed_ms=int(record["changed_at"]),
                counts=orjson.loads(record["counts"]),
                evidence=orjson.loads(record["evidence"]),
            )
            one.check()
            return one
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            raise RolloutError(
                f"the rollout {record.get('rollout')} cannot be read ({type(error).__name__}); was it written by another version?"
            ) from error


def change(before: Rollout | None, after: Rollout) -> dict[str, Any]:
    """The audit's record of a change, as schemas/change has it."""
    return {
        "kind": "rollout",
        "name": after.name,
        "before": None if before is None else orjson.dumps(told(before)).decode(),
        "after": orjson.dumps(told(after)).decode(),
        "by": after.by,
        "why": after.why,
        "changed_at": after.changed_ms,
    }


def told(one: Rollout) -> dict[str, Any]:
    """A state, for the audit."""
    about = {"kind": one.kind, "target": one.target, "status": one.status, "stage": one.stage, "share": one.share}
    return about | {"control": one.control, "version": one.version, "evidence": one.evidence}
