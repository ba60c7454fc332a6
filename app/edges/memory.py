"""In-memory twins of the ports: for tests, benchmarks and runs without Redis. They pass the same contract tests."""

from __future__ import annotations

from collections.abc import Sequence

from app.ports import Claim, Model, Owned


class MemoryClaims:
    """Claims in a dict. Windows never end: there is no clock here."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}

    def claim(self, claims: Sequence[Claim]) -> list[Owned]:
        return [self._one(claim) for claim in claims]

    def _one(self, claim: Claim) -> Owned:
        owner, by = claim.owner, None
        for key in claim.keys:
            found = self.owners.get(key)
            if found is not None and found != claim.owner:
                owner, by = found, key
                break
        for key in claim.keys:
            self.owners.setdefault(key, owner)
        return Owned(owner, by)


class FixedModel:
    """Always the same model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def current(self) -> Model:
        return self._model
