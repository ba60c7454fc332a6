"""Published data: restaurants with and without phones, persons with many mistakes. Only judged here, never learned from."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from app.learning.match_quality import Quality, quality
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.local import LocalIndex, Matcher
from app.pipeline.matching.reading import evidence

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not (DATA / "febrl").exists(), reason="the shared data sets are absent")

Known = list[tuple[Evidence, str]]


def rows(path: str) -> list[dict[str, str]]:
    """The rows of a file, without blanks around values."""
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return [{key.strip(): (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


@cache
def persons(name: str) -> Known:
    """Synthetic persons with their entity; the social security number is not looked at."""
    return [
        (
            evidence(
                first=row["given_name"],
                last=row["surname"],
                number=row["street_number"],
                street=row["address_1"],
                extra=row["address_2"],
                city=row["suburb"],
                postcode=row["postcode"],
                region=row["state"],
                birth=row["date_of_birth"],
            ),
            row["rec_id"].split("-")[1],
        )
        for row in rows(f"febrl/{name}.csv")
    ]


@cache
def restaurants(phones: bool) -> Known:
    """Fodor's and Zagat's restaurants with their entity."""
    same = {row["zagats_id"]: row["fodors_id"] for row in rows("restaurants/matches_fodors_zagats.csv")}
    found: Known = []
    for file in ("fodors", "zagats"):
        for row in rows(f"restaurants/{file}.csv"):
            who = f"f{row['id']}" if file == "fodors" else f"f{same[row['id']]}" if row["id"] in same else f"z{row['id']}"
            phone = row["phone"] if phones else None
            found.append((evidence(company=row["name"], street=row["addr"], city=row["city"], phone=phone), who))
    return found


def streamed(known: Known) -> Quality:
    """Each record once, in the order of the file."""
    index = LocalIndex()
    matcher = Matcher(index)
    for n, (told, _) in enumerate(known):
        matcher.match(str(n), told)
    return quality([index.first(str(n)) for n in range(len(known))], [who for _, who in known])


@pytest.mark.parametrize(
    ("known", "precision", "recall"),
    [
        (lambda: restaurants(True), 0.97, 0.97),
        (lambda: restaurants(False), 0.90, 0.90),
        (lambda: persons("dataset1"), 0.97, 0.94),
        (lambda: persons("dataset3"), 0.97, 0.94),
    ],
    ids=["restaurants", "restaurants-without-phones", "persons-1", "persons-3"],
)
def test_duplicates_are_found_in_the_order_of_the_stream(known: Callable[[], Known], precision: float, recall: float) -> None:
    """Precision and recall over pairs, each record seen once, with the weights that ship."""
    found = streamed(known())
    assert found.precision >= precision, found
    assert found.recall >= recall, found


@pytest.mark.parametrize("name", ["dataset1", "dataset3"])
def test_persons_are_found_well(name: str) -> None:
    """F1 of at least 0.97 over pairs of persons."""
    assert streamed(persons(name)).f1 >= 0.97
