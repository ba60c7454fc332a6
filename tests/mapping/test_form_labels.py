"""The mapping ladder on what forms ask and how people write it, one label at a time. Run with -s for what is not right.

`tests/data/form_labels.tsv` has a label, a value as people give it, and the lead fields that are right; `-` is none of ours: file
names, tax numbers, other people. The vocabulary is written with this table in sight; what it does to labels that nobody has
looked at, test_labels.py tells.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.pipeline.ladder.classifier import shipped
from app.pipeline.validation.validator import FIELDS
from tests.mapping.judging import Judge

TABLE = Path(__file__).parents[1] / "data" / "form_labels.tsv"
NONE = "-"
LEAST_RIGHT, LEAST_RIGHT_OF_A_LANGUAGE, MOST_WRONG = 0.99, 0.96, 0.001


@dataclass(frozen=True, slots=True)
class Told:
    """Where the ladder put the value of one label."""

    language: str
    label: str
    expected: tuple[str, ...]
    field: str
    confidence: float
    certain: bool

    @property
    def right(self) -> bool:
        return self.field in self.expected


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def told() -> list[Told]:
    judge = Judge(shipped())
    return [_told(judge, row) for row in rows()]


def _told(judge: Judge, row: dict[str, str]) -> Told:
    payload = json.dumps({row["label"]: row["value"]}, ensure_ascii=False).encode()
    best = max(judge.mapped(payload).provenance, key=lambda origin: origin.confidence, default=None)
    field, confidence = (best.field, best.confidence) if best else (NONE, 0.0)
    certain = confidence >= judge.limits.certain_from
    return Told(row["language"], row["label"], tuple(row["expected"].split("|")), field, confidence, certain)


def test_every_expected_field_is_a_lead_field() -> None:
    """A label is expected in fields that a mapping can fill, and is listed once for each value."""
    listed = rows()
    assert {field for row in listed for field in row["expected"].split("|")} - {NONE} <= FIELDS
    assert len({(row["language"], row["label"], row["value"]) for row in listed}) == len(listed)


def test_labels_of_forms_are_told(told: list[Told]) -> None:
    """Most first guesses are right, and next to none is wrong above the limit."""
    missed = [one for one in told if not one.right]
    for one in missed:
        print(f"{one.language} {one.label}: {one.field} ({one.confidence:.2f}), wanted {' or '.join(one.expected)}")
    right, wrong = 1 - len(missed) / len(told), sum(one.certain for one in missed) / len(told)
    print(f"{len(told)} labels, top-1 {right:.1%}, wrong above the limit {wrong:.2%}")
    assert right >= LEAST_RIGHT
    assert wrong <= MOST_WRONG


def test_no_language_is_left_behind(told: list[Told]) -> None:
    """Of every language that the dictionary speaks, most labels are told right."""
    of_language: dict[str, list[bool]] = defaultdict(list)
    for one in told:
        of_language[one.language].append(one.right)
    shares = {language: sum(right) / len(right) for language, right in of_language.items()}
    print(", ".join(f"{language} {share:.1%}" for language, share in shares.items()))
    assert min(shares.values()) >= LEAST_RIGHT_OF_A_LANGUAGE
