"""The walls of the house: which folder may know which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
FILES = sorted(APP.rglob("*.py"))
LEARNED_AND_WATCHED = ("learning", "monitoring", "audit", "backtest", "fairness")
STEERED = ("desk", "flags", "rollout", "service", "steward", "review", "kpi", "whatif", "privacy", "replay", "access")
PURE = ("pipeline", *LEARNED_AND_WATCHED, *STEERED)
OUTSIDE = {"faust", "aiokafka", "confluent_kafka", "redis", "aiohttp", "httpx2", "http", "urllib.request", "socket", "subprocess"}
OUTSIDE |= {"asyncio", "structlog", "prometheus_client", "typer", "rich"}
CLOCKS_AND_DICE = {"time", "random", "secrets"}
BASE = ("inventory", "match_index", "ports", "settings", "errors")
PURE_LAYERS = (*PURE, *BASE)
LAYERS = {  # a folder may import itself and what stands to its right
    "commands": ("auditing", "wiring", "erasure", "steering", "edges", "ops", *PURE_LAYERS),
    "cli": ("commands", "worker", "embedded", "reconciliation", "auditing", "wiring", "edges", "ops", *PURE_LAYERS),
    "worker": ("wiring", "edges", "ops", *PURE_LAYERS),
    "embedded": ("reconciliation", "wiring", "edges", "ops", *PURE_LAYERS),
    "reconciliation": ("edges", "ops", *PURE_LAYERS),
    "auditing": ("wiring", "edges", "ops", *PURE_LAYERS),
    "steering": ("edges", *PURE_LAYERS),
    "wiring": ("steering", "erasure", "edges", *PURE_LAYERS),
    "erasure": ("edges", *PURE_LAYERS),
    "edges": ("ops", *PURE_LAYERS),
    "ops": PURE_LAYERS,
    "learning": ("pipeline", *BASE),
    "monitoring": ("fairness", "learning", "pipeline", *BASE),
    "fairness": ("learning", "pipeline", *BASE),
    "audit": ("pipeline", *BASE),
    "backtest": ("learning", "pipeline", *BASE),
    "whatif": ("kpi", "desk", "learning", "pipeline", *BASE),
    "privacy": ("pipeline", *BASE),
    "replay": ("pipeline", *BASE),
    "access": ("errors",),
    "kpi": ("fairness", "learning", "pipeline", *BASE),
    "review": ("fairness", "pipeline", *BASE),
    "service": ("steward", "desk", "monitoring", "pipeline", *BASE),
    "rollout": ("steward", "pipeline", *BASE),
    "steward": ("monitoring", *BASE),
    "pipeline": ("desk", "flags", *BASE),
    "desk": BASE,
    "flags": ("ports", "errors"),
    "inventory": ("pipeline", "flags", "errors"),
    "match_index": (),
    "ports": (),
    "settings": ("secrets_from_files", "errors"),
    "secrets_from_files": ("errors",),
    "errors": (),
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def place(path: Path) -> str:
    """The folder under app/, or the module's name."""
    return path.relative_to(APP).parts[0].removesuffix(".py")


def named(path: Path) -> str:
    return str(path.relative_to(APP))


@pytest.mark.parametrize("path", [path for path in FILES if place(path) in PURE], ids=named)
def test_the_pure_folders_know_no_outside(path: Path) -> None:
    """No Kafka, Redis, network, clock or dice in pipeline, learning and monitoring: they can be replayed anywhere."""
    known = set(imports(path))
    known |= {module.partition(".")[0] for module in known}
    assert not known & (OUTSIDE | CLOCKS_AND_DICE)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_go_one_way(path: Path) -> None:
    """A folder imports itself and the folders below it, never one above."""
    here = place(path)
    if here == "__init__":
        return
    there = {module.split(".")[1] for module in imports(path) if module.startswith("app.")}
    assert there <= {here, *LAYERS[here]}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_stay_small_and_named_by_what_they_do(path: Path) -> None:
    """No file above 400 lines, none named after no subject."""
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert path.stem not in {"utils", "helpers", "common", "manager", "misc"}


def test_offsets_are_committed_in_one_file_per_role() -> None:
    """Where an offset is committed can be read in lane.py for inputs, in reviser_writer.py for revisions, and nowhere else;
    group_offsets.py commits in a group of its own what processes say of records they lost."""
    words = ("send_offsets_to_transaction(", ".commit(")
    found = {named(path) for path in FILES if any(word in path.read_text("utf-8") for word in words)}
    assert found == {"edges/kafka/lane.py", "edges/kafka/reviser_writer.py", "edges/kafka/group_offsets.py"}
