"""Definitions of forms, as their vendors export them: what the ids mean that answers carry.

`forms/<source>.json`, or `forms/<source>/*.json` where a source has several forms. The source needs no entry of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from app.inventory.problems import Problem

_MOST = 200  # files of a source


def read_forms(folder: Path, problems: list[Problem]) -> dict[str, tuple[Any, ...]]:
    """Source → the definitions of its forms, parsed. Empty where the folder is absent; files that are no JSON are told."""
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.glob("*.json")) + sorted(folder.glob("*/*.json")):
        source = path.stem if path.parent == folder else path.parent.name
        try:
            definition = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            mend = "export the form's definition from its vendor"
            problems.append(Problem(str(path), error.lineno, "(file)", "is no JSON", mend))
            continue
        found.setdefault(source, []).append(definition)
        if len(found[source]) == _MOST + 1:
            what = f"{source} has more than {_MOST} forms"
            problems.append(Problem(str(path.parent), 1, "(folder)", what, "keep those that are in use"))
    return {source: tuple(definitions) for source, definitions in found.items()}
