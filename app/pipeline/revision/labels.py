"""What verdicts say to the weights of matching: on which levels two leads agreed, and whether they are one."""

from __future__ import annotations

from typing import Final

from app.pipeline.matching.levels import FIELDS, LEVELS, MISSING
from app.pipeline.revision.form import Value
from app.pipeline.revision.records import Label

_AT: Final = {field: {word: n for n, word in enumerate(words)} for field, words in LEVELS.items()}


def label_of(decision: Value, *, same: bool) -> Label | None:
    """The pair that a decision compared, with what a person said of it.

    None where it compared none, or told of it in words that this version does not know.
    """
    match = decision["match"]
    if match is None or not match["evidence"]:
        return None
    said = {one["field"]: one["level"] for one in match["evidence"]}
    if any(level not in _AT.get(field, {}) for field, level in said.items()):
        return None
    return Label(tuple(_AT[field][said[field]] if field in said else MISSING for field in FIELDS), same)
