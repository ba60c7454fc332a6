"""What the pipeline needs from outside. Each port has an in-memory twin and a real edge; both pass the same contract tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Claim:
    """A lead's wish to be the first with these keys.

    Attributes:
        owner: The lead id. The same record delivered again makes the same claim, so its own claim is never against it.
        keys: Pseudonymous keys, strongest first.
        window_s: Seconds for which the claim stands.
    """

    owner: str
    keys: tuple[str, ...]
    window_s: int


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns a claim's keys: itself (`owner == claim.owner`), or the lead that came first, found by `key`."""

    owner: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim that was made and still stands.

    Attributes:
        owner: The lead that owns the keys.
        left_by: The duplicate that left them for the owner; None where the owner claimed them itself.
        keys: As in the claim.
        seconds: For how long it still stands.
    """

    owner: str
    left_by: str | None
    keys: tuple[str, ...]
    seconds: int


class Claims(Protocol):
    """First come, first owned; atomic per claim."""

    def claim(self, claims: Sequence[Claim]) -> list[Owned]:
        """Answer each claim in order. If any key of a claim belongs to another lead, that lead owns the whole claim
        (strongest key first) and the keys still free become its, too; else all keys become the claimant's.

        Raises:
            EdgeDown: The store does not answer; nothing is known about these claims, ask again.
        """
        ...


class Codec(Protocol):
    """Reads Avro values in the Confluent wire format."""

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        """The value as a dict.

        Args:
            value: Magic byte, schema id, Avro body.
            record: The record name the caller expects (`partner_lead`).

        Raises:
            BadRecord: At stage intake, with reason no_magic_byte, unknown_schema_id, wrong_schema, invalid_avro,
                avro_bomb or number_out_of_range.
            EdgeDown: The registry does not answer.
        """
        ...

    def decode_any(self, value: bytes) -> dict[str, Any]:
        """The value as a dict, whatever record it is: read as one of ours where it is one, else as its schema has it.

        Raises:
            As `decode`, but for wrong_schema on account of the record.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer: the probability in (0, 1), and contributions (with `bias`) that sum to its log-odds."""

    probability: float
    contributions: dict[str, float]


class Model(Protocol):
    """One version of a scoring model. Predicting never changes it, and never answers NaN, 0 or 1."""

    @property
    def version(self) -> str: ...

    @property
    def labels_learned(self) -> int:
        """How many outcomes it has learned from: the ground of its confidence."""
        ...

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction: ...


class Models(Protocol):
    """Where the worker finds the model to score with; asked once a batch, so a swap needs no pause."""

    def current(self) -> Model: ...
