"""Candidate routing rules: files of the folder candidates/ that a rollout may name, each in the place of routing.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.inventory.lines import read
from app.inventory.models import Routing, Source, Team
from app.inventory.problems import InventoryError, Problem
from app.inventory.rules import check_routing
from app.inventory.shape import shaped

FOLDER: Final = "candidates"


def candidate_file(config_dir: Path, name: str) -> Path:
    """Where the candidate of this name is."""
    return config_dir / FOLDER / f"{name}.yaml"


def read_candidate(path: Path, teams: Mapping[str, Team], sources: Mapping[str, Source]) -> Routing:
    """The rules of one file.

    Raises:
        InventoryError: It cannot be used; with all problems.
    """
    document = read(path)
    routing = shaped(document, document.data, Routing) if document.data is not None or not document.problems else None
    problems = list(document.problems)
    if routing is not None:
        problems += check_routing(routing, document, dict(teams), dict(sources))
    if routing is None or problems:
        raise InventoryError(problems)
    return routing


def check_candidates(config_dir: Path, teams: Mapping[str, Team], sources: Mapping[str, Source]) -> list[Problem]:
    """What is wrong with any of the candidates. A worker starts all the same: what a rollout cannot use, it goes without."""
    problems: list[Problem] = []
    for path in sorted((config_dir / FOLDER).glob("*.yaml")):
        try:
            read_candidate(path, teams, sources)
        except InventoryError as error:
            problems += error.problems
    return problems
