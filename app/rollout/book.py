"""What is known of the leads that rollouts are judged by, from decisions and outcomes, in whatever order those come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.pipeline.deciding import HELD
from app.steward import STEWARD

MOST: Final = 400_000  # leads held; those that come while there are so many are not counted, whatever their arm
_SENT_ON: Final = frozenset({"rerouted", "reassigned"})


@dataclass(slots=True)
class Facts:
    """One lead. Times in milliseconds since the epoch, by the broker's clock.

    Attributes:
        at_ms: Of its first decision; None: not come yet.
        subject: Who it is; the lead itself where nobody is known.
        arms: Rollout → arm.
        catch_all: No rule took it.
        held: A rollout of its source's automation leaves it to people, whatever else is rolled out.
        late_s: From its arrival to its decision.
        band: hot, warm or cold.
        again_ms: It came once more, or people found that it is another lead.
        sent_on_ms: People sent it on after it was routed.
        judged: When people decided it, as it was held, and whether as the machine proposed.
        outcomes: Outcome → the first time it was known.
    """

    at_ms: int | None = None
    subject: str = ""
    arms: Mapping[str, str] = field(default_factory=dict)
    catch_all: bool = False
    held: bool = False
    late_s: float = 0.0
    band: str | None = None
    again_ms: int | None = None
    sent_on_ms: int | None = None
    judged: tuple[int, bool] | None = None
    outcomes: dict[str, int] = field(default_factory=dict)


class Book:
    """Facts by lead.

    Attributes:
        fresh: Leads in some arm whose first decision has come since this was last emptied.
    """

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._met: dict[str, int] = {}  # when first heard of, for forgetting
        self.fresh: list[str] = []

    def __len__(self) -> int:
        return len(self._facts)

    def __getitem__(self, lead: str) -> Facts:
        return self._facts[lead]

    def __contains__(self, lead: str) -> bool:
        return lead in self._facts

    def on_decision(self, value: Mapping[str, Any], at_ms: int) -> None:
        """The first decision about a lead, or a revision that says what people did."""
        lead = value["lead_id"]
        if value["revision"] > 1:
            self._revised(lead, value, at_ms)
        elif value["fate"] == "duplicate":
            if (first := self._of(value["duplicate_of"], at_ms)) is not None:
                first.again_ms = _earlier(first.again_ms, at_ms)
        elif value["arms"] and (facts := self._of(lead, at_ms)) is not None and facts.at_ms is None:
            facts.at_ms, facts.subject, facts.arms = at_ms, value["subject"] or lead, value["arms"]
            facts.catch_all, facts.band = value["rule"] == "catch-all", value["band"]
            facts.held = HELD in value.get("review_reasons", ())
            facts.late_s = max(0.0, (at_ms - value["received_at"]) / 1000)
            self.fresh.append(lead)

    def on_outcome(self, value: Mapping[str, Any], at_ms: int) -> None:
        """What became of a lead."""
        if (facts := self._of(value["lead_id"], at_ms)) is not None:
            facts.outcomes[value["outcome"]] = _earlier(facts.outcomes.get(value["outcome"]), at_ms)

    def forget(self, before_ms: int) -> None:
        """What was first heard of before then is needed no more."""
        for lead in [lead for lead, met_ms in self._met.items() if met_ms < before_ms]:
            del self._met[lead], self._facts[lead]

    def _revised(self, lead: str, value: Mapping[str, Any], at_ms: int) -> None:
        why, by = value["revised_why"], value["revised_by"]
        agreed = value["agreed"] if value["revises"] == "review" else None  # else only what is wrong would be told
        telling = agreed is not None or why in _SENT_ON or why == "merged"
        if not telling or (facts := self._of(lead, at_ms)) is None:
            return
        if agreed is not None and facts.judged is None:
            facts.judged = (at_ms, agreed)
        if why in _SENT_ON and value["revises"] == "routed" and by != STEWARD:
            facts.sent_on_ms = _earlier(facts.sent_on_ms, at_ms)
        if why == "merged" and value["fate"] == "duplicate":
            facts.again_ms = _earlier(facts.again_ms, at_ms)

    def _of(self, lead: str, at_ms: int) -> Facts | None:
        facts = self._facts.get(lead)
        if facts is None and len(self._facts) < MOST:
            facts = self._facts[lead] = Facts()
            self._met[lead] = at_ms
        return facts


def _earlier(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)
