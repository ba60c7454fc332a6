"""In-memory twins of the ports: for tests, benchmarks and runs without Redis. They pass the same contract tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.ports import Claim, Model, Owned


class MemoryClaims:
    """Claims in a dict. Windows never end: there is no clock here."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, str]] = {}  # key → its owner, and the lead that left it for the owner

    def claim(self, claims: Sequence[Claim]) -> list[Owned]:
        return [self._one(claim) for claim in claims]

    def _one(self, claim: Claim) -> Owned:
        owner, by = claim.owner, None
        for key in claim.keys:
            found, left_by = self._held.get(key, (owner, owner))
            if claim.owner not in (found, left_by):
                owner, by = found, key
                break
        for key in claim.keys:
            self._held.setdefault(key, (owner, claim.owner))
        return Owned(owner, by)


class MemoryMappings:
    """What people said, in a list."""

    def __init__(self) -> None:
        self._said: list[Confirmation] = []
        self._confirmed = Confirmed()

    def current(self) -> Confirmed:
        return self._confirmed

    def say(self, one: Confirmation) -> Confirmation:
        """Takes effect at once; as it stands in the order said."""
        one = replace(one, number=len(self._said) + 1)
        self._said.append(one)
        self._confirmed = Confirmed(self._said)
        return one


class FixedModel:
    """Always the same model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def current(self) -> Model:
        return self._model
