"""The candidates that a worker puts leads to: rules from files beside its own, models from the models topic.

A file is looked at once a second, as long as leads ask for it, and read again when it has changed: no restart. What cannot
be used is logged once, and the last good rules go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import structlog

from app.inventory.candidates import candidate_file, read_candidate
from app.inventory.models import Inventory
from app.inventory.problems import InventoryError
from app.pipeline.routing import Router
from app.ports import Model

LOOK_S: Final = 1.0

log = structlog.get_logger(__name__)


class CandidateModels(Protocol):
    def candidate(self, version: str) -> Model | None: ...


class _Read(NamedTuple):
    looked: float
    mark: tuple[int, int] | None  # of the file: when it was written, how long it is
    router: Router | None


class FoundCandidates:
    """Implements `app.pipeline.candidates.Candidates`.

    Args:
        config_dir: Whose folder `candidates` holds the files.
        inventory: Teams and sources that candidate rules may name.
        models: Where candidate models are found.
        clock: Seconds, for how often files are looked at.
    """

    def __init__(
        self, config_dir: Path, inventory: Inventory, models: CandidateModels, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._dir, self._inventory, self._models, self._clock = config_dir, inventory, models, clock
        self._routers: dict[str, _Read] = {}

    def router(self, name: str) -> Router | None:
        """The rules as the file has them, or had them when they could last be used."""
        now, read = self._clock(), self._routers.get(name)
        if read is not None and now - read.looked < LOOK_S:
            return read.router
        path = candidate_file(self._dir, name)
        mark, router = _mark(path), read.router if read is not None else None
        if read is None or mark != read.mark:
            router = self._load(path) or router
        self._routers[name] = _Read(now, mark, router)
        return router

    def model(self, version: str) -> Model | None:
        """The version, if its record has come."""
        return self._models.candidate(version)

    def _load(self, path: Path) -> Router | None:
        try:
            routing = read_candidate(path, self._inventory.teams, self._inventory.sources)
        except InventoryError as error:
            log.error("candidate_refused", rule=path.stem, count=len(error.problems), why="`leadstream check` names the problems")
            return None
        log.info("candidate_loaded", rule=path.stem, count=len(routing.rules), version=str(routing.version))
        return Router(routing, self._inventory.teams)


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
