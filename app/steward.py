"""What the role `steward` asks of its engines, and what they may have it do.

An engine is a pure state machine over records of our topics: it looks at each as it comes, and at each tick of a clock handed in
says what is to be done now. The host (app/edges/kafka/steward.py) reads the topics, ticks once a second, and writes an engine's
deeds together with its own positions in one transaction.

What an engine can rely on:

- Records of one lead come in the order of their topic (decisions by revision); between topics there is no order, at a start
  least of all. An outcome or a verdict may come before the decision that it is about.
- It is ticked only when all that the topics held a moment ago has been handed over, never on stale knowledge.
- After a restart everything that it still needs (`needed_since`) is handed over again, before the first tick. So its state must
  be a function of records alone, and a deed that was done already is found again among them: as a verdict with the id of the
  deed, as a rollout record, as an alert that fires.
- A deed that is said twice is done once: verdicts by their id, rollout records by their version, alerts by their fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from app.monitoring.verdicts import Kind, Severity

STEWARD: Final = "steward"  # who says so, in verdicts, rollouts and changes
Value = Mapping[str, Any]  # a record as its schema has it, times in integer milliseconds

Said = Literal["approve", "reroute", "reassign", "retry"]


@dataclass(frozen=True, slots=True)
class SayVerdict:
    """A verdict of the steward, for the reviser to carry out.

    Attributes:
        verdict_id: From `verdict_id`: the same cause gives the same id.
        why: A code: overdue, escalated, expired, drained, dependency_back.
        at_ms: When it was said: the tick.
        team: For reroute.
        owner: For reassign; None: whoever's turn it is.
    """

    verdict_id: str
    lead: str
    says: Said
    why: str
    at_ms: int
    team: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class PublishRollout:
    """The next state of a rollout, and the change for the audit. Both go out in one transaction.

    Attributes:
        record: As schemas/rollout has it; its version counts the changes.
        change: As schemas/change has it; None where only counts are kept, and nothing changed for anybody.
    """

    record: Value
    change: Value | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """How something stands that on-call engineers hear of. Said as often as an engine likes: the host publishes what is new.

    Attributes:
        kind: A section of docs/alerts.md.
        about: Slug of the source; `*` for the whole system.
        field: What of it: a team, a rollout, a dependency; with `kind` and `about` it makes the fingerprint.
        firing: False: over.
        severity: How grave.
        text: One line for a person, without personal data.
        observed, expected: In `unit`: records, share, seconds, score or ratio.
        at_ms: When it was seen: the tick.
        samples: A few lead ids.
    """

    kind: Kind
    about: str
    field: str | None
    firing: bool
    severity: Severity
    text: str
    observed: float
    expected: float
    unit: str
    at_ms: int
    samples: tuple[str, ...] = ()


Deed = SayVerdict | PublishRollout | Alarm


class Engine(Protocol):
    """One concern of time: a service level, an expiry, a guardrail.

    In each `at_ms` is when the record was appended to its topic (the broker's clock, milliseconds since the epoch).
    """

    @property
    def name(self) -> str:
        """For metrics and logs: service_level, review_expiry, …"""
        ...

    def on_decision(self, value: Value, at_ms: int) -> None:
        """A decision, or a revision of one; the newest of a lead holds."""
        ...

    def on_outcome(self, value: Value, at_ms: int) -> None:
        """What became of a lead, as a CRM reports it: late, repeated, reversed."""
        ...

    def on_verdict(self, value: Value, at_ms: int) -> None:
        """What somebody, or the steward itself, said about a lead."""
        ...

    def on_rollout(self, value: Value, at_ms: int) -> None:
        """A rollout's state, the newest of each at least."""
        ...

    def tick(self, now_ms: int) -> list[Deed]:
        """What is to be done now. Called about once a second; never goes back in time."""
        ...

    def needed_since(self, now_ms: int) -> int | None:
        """The `at_ms` of the oldest record that it has to be handed again after a restart; None: none."""
        ...

    def backlog(self, now_ms: int) -> Mapping[str, float]:
        """What it is waiting for, by metric: `open` leads, `overdue` leads, `oldest_s` (for how long the oldest is overdue)."""
        ...


def verdict_id(engine: str, lead: str, revision: int, step: str) -> str:
    """Names a cause: this engine, this revision of this lead's decision, this step. The same whenever and wherever computed."""
    return f"{engine}:{lead}:{revision}:{step}"


def cause_of(verdict_id: str) -> tuple[str, int, str] | None:
    """(engine, revision, step) again; None where the id is not one of ours."""
    engine, _, rest = verdict_id.partition(":")
    revision, _, step = rest.partition(":")[2].partition(":")
    return (engine, int(revision), step) if revision.isdecimal() and step else None
