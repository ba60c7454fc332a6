"""What can become of an input record: a closed union. Every record gets exactly one of these.

Words: **routed** to a team, **review** by a person, **duplicate** of an earlier lead (merged), **dead letter**.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.errors import Stage
from app.pipeline.handling import PLAIN, Handling
from app.pipeline.identified import DuplicateKind, Identified
from app.pipeline.lead import Lead
from app.pipeline.source import InboundEvent

FateName = Literal["routed", "review", "duplicate", "dead_letter"]
FateNow = FateName | Literal["rejected"]  # what a revision may make of it: people said that it is no lead
Band = Literal["hot", "warm", "cold"]

DeadLetterReason = Literal[
    "null_value",  # a tombstone on an inbound topic
    "empty_value",
    "oversized",  # above the intake's size limit
    "not_utf8",
    "invalid_json",
    "too_deep",  # nested beyond the depth limit
    "number_out_of_range",  # NaN, infinity, or an integer that no consumer could read back exactly
    "not_an_object",  # valid JSON, but a list, a number, a string
    "invalid_form",
    "invalid_csv",  # not the declared columns
    "no_magic_byte",  # declared Avro, but not in the Confluent wire format
    "unknown_schema_id",
    "wrong_schema",  # a known schema, but not one of this source's
    "invalid_avro",  # truncated, trailing bytes, bad union index, …
    "avro_bomb",  # lengths or depth that would exhaust the decoder
    "unknown_format",  # of a source whose format nobody declared: none of those that we can tell by looking
    "empty_lead",  # decoded, but holds nothing that any field or attribute could take
    "unencodable",  # a lead that its output schema cannot hold: text that is not Unicode, a number beyond 64 bits
    "unknown_source",  # a topic that no inventory entry claims
    "suppressed",  # the person does not want to be contacted, and has said nothing else since
    "internal_error",  # a bug of ours that this record meets; replay it after the fix
    "suspected_poison",  # ended the process repeatedly; set aside so that its partition goes on
]


@dataclass(frozen=True, slots=True)
class TeamConsidered:
    """One candidate of the router: who, by which rule, whether it passed, and why (not)."""

    team: str
    rule: str
    passed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Score:
    """How likely the lead is to be won.

    Attributes:
        probability: In (0, 1), never 0 or 1.
        band: hot, warm or cold.
        confidence: In [0, 1]: how sure the pipeline is of its whole handling, not of the win.
        model: The version that gave it; `rules` where no model was loaded.
        numbers, categories: The features as they were, for learning and for repeating the decision.
        contributions: feature → share of the log-odds; with the key `bias` they sum to logit(probability).
        sureness: In [0, 1]: how much the model had learned near this lead.
        unusual: In [0, 1]: the share of the leads seen before that were more ordinary.
        reasons: What spoke for (`+ `) and against (`- `) it, in words, strongest first.
        counterfactual: The single change that would have lifted the band, in words; None where none would.
    """

    probability: float
    band: Band
    confidence: float
    model: str
    numbers: dict[str, float]
    categories: dict[str, str]
    contributions: dict[str, float]
    sureness: float = 1.0
    unusual: float = 0.0
    reasons: tuple[str, ...] = ()
    counterfactual: str | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """Goes to one team's topic."""

    event: InboundEvent
    lead: Lead
    who: Identified
    score: Score
    team: str
    rule: str
    considered: tuple[TeamConsidered, ...]
    handling: Handling = PLAIN


@dataclass(frozen=True, slots=True)
class Review:
    """A person decides. `team` is where it would have gone."""

    event: InboundEvent
    lead: Lead
    who: Identified
    score: Score
    team: str
    rule: str
    considered: tuple[TeamConsidered, ...]
    reasons: tuple[str, ...]
    handling: Handling = PLAIN


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same event, or the same lead once more."""

    event: InboundEvent
    lead: Lead
    who: Identified
    handling: Handling = PLAIN

    @property
    def of(self) -> str:
        """The lead that came first."""
        assert self.who.duplicate_of is not None  # else it were a lead of its own
        return self.who.duplicate_of

    @property
    def kind(self) -> DuplicateKind:
        return "same_event" if self.who.dedupe == "same_event" else "same_lead"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Cannot be processed as it is. The original bytes travel with it, untouched."""

    event: InboundEvent
    source: str
    stage: Stage
    reason: str  # a DeadLetterReason
    detail: str
    repairable: bool


Fate = Routed | Review | Duplicate | DeadLetter
