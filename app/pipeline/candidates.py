"""Where the rules and models are found that a rollout puts some leads to."""

from __future__ import annotations

from typing import Protocol

from app.pipeline.routing import Router
from app.ports import Model


class Candidates(Protocol):
    """Candidates by name. None: it cannot be had now; the lead goes the usual way, and its decision names what decided."""

    def router(self, name: str) -> Router | None: ...

    def model(self, version: str) -> Model | None: ...


class NoCandidates:
    """There are none."""

    def router(self, name: str) -> Router | None:
        return None

    def model(self, version: str) -> Model | None:
        return None
