"""Pairs of records judged by hand: read from a half's YAML file, and laid out as files that `leadstream match` reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.matching.holdout.drawing import Rows, Table

_COLUMNS = {
    "n": "name",
    "c": "company",
    "e": "email",
    "p": "phone",
    "s": "street",
    "t": "city",
    "z": "postcode",
    "l": "country",
    "b": "birth_date",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, what a careful person says of them (same, different, unsure) and why."""

    verdict: str
    why: str
    one: dict[str, str]
    other: dict[str, str]


def pairs(half: str) -> list[Pair]:
    """The pairs of a half, in the file's order; every value is text."""
    text = (Path(__file__).parent / f"{half}_pairs.yaml").read_text(encoding="utf-8")
    listed: list[Any] = yaml.load(text, yaml.BaseLoader)
    return [Pair(verdict, why, _named(one), _named(other)) for verdict, why, one, other in listed]


def _named(short: dict[str, str]) -> dict[str, str]:
    return {_COLUMNS[letter]: value for letter, value in short.items()}


def tables(half: str) -> list[Table]:
    """Two files: pairs with a verdict, and pairs of which nobody could tell (each record there is somebody of its own).

    Record 2k+1 and 2k+2 of a file are the k-th pair of its kind.
    """
    judged: Rows = []
    unsure: Rows = []
    for at, pair in enumerate(pairs(half), 1):
        ends = ("", "") if pair.verdict == "same" else ("a", "b")
        for record, end in zip((pair.one, pair.other), ends, strict=True):
            whole = {column: record.get(column, "") for column in _COLUMNS.values()} | {"entity": f"{at}{end}"}
            (unsure if pair.verdict == "unsure" else judged).append(whole)
    return [Table(f"{half}_pairs", judged), Table(f"{half}_pairs_unsure", unsure)]
