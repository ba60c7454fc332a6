"""STUB by the lead until the owner's file lands: overwrite it."""

from collections.abc import Sequence

from app.pipeline.ladder.confirmed import Confirmed
from app.pipeline.ladder.leaf import Candidate, Kind


class Classifier:
    def predict(self, label: str, context: tuple[str, ...], kind: Kind) -> Sequence[Candidate]:
        return ()

    def learned_from(self, examples: Confirmed) -> "Classifier":
        return self


def shipped() -> Classifier:
    return Classifier()
