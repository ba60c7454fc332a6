"""`leadstream match` and `leadstream train-matching`, as they are called."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.pipeline.matching.weights import load

PEOPLE = """rec_id,given_name,surname,street,suburb,postcode,date_of_birth,ssn
rec-1-org,Anna,Quernmoor,Lindenstr. 12,Köln,50667,19900405,1
rec-2-org,Uwe,Brandt,Ring 3,Bonn,53111,19700101,2
rec-1-dup-0,Ana,Quernmoor,Lindenstraße 12,Koeln,50667,19900405,99
"""
SHOPS = """Facility Name;Address;City;Phone Number
Saint Zanella Hospital;2323 N Lake Dr;Milwaukee;(414) 291-1000
Quernmoor Pharmacy;12 Oak St;Milwaukee;(414) 291-2000
St. Zanella Hosp.;2323 North Lake Drive;Milwaukee;414-291-1000
"""
RUN = CliRunner()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Three rows of two persons."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, "utf-8")
    return path


def test_groups_are_told_masked_and_with_their_evidence(people: Path) -> None:
    """The duplicate stands below the first row, why it is one beside it, and no name anywhere."""
    result = RUN.invoke(app, ["match", str(people)])
    assert result.exit_code == 0, result.output
    assert "Xxxx Xxxxxxxxx" in result.output
    assert "last same" in result.output
    assert "Quernmoor" not in result.output
    assert "Quernmoor" in RUN.invoke(app, ["match", str(people), "--show"]).output


def test_with_the_truth_it_says_how_good_it_is(people: Path) -> None:
    """Precision, recall and F1 over pairs; --curve for every limit; JSON lines for a pipe."""
    result = RUN.invoke(app, ["match", str(people), "--truth", "rec_id~rec-([0-9]+)", "--curve", "--json"])
    *told, summary = [orjson.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [(one["row"], one["outcome"], one["first"]) for one in told] == [("3", "merged", "1")]
    assert (summary["summary"]["precision"], summary["summary"]["recall"], summary["summary"]["f1"]) == (1.0, 1.0, 1.0)
    assert len(summary["curve"]) > 3


def test_a_column_of_businesses_is_the_company(tmp_path: Path) -> None:
    """A name column full of hospitals and pharmacies names organisations, whatever it is called; JSON reads like CSV."""
    path = tmp_path / "shops.csv"
    path.write_text(SHOPS, "utf-8")
    result = RUN.invoke(app, ["match", str(path)])
    assert "company=" in result.output
    assert "company same" in result.output
    rows = [dict(zip(SHOPS.splitlines()[0].split(";"), line.split(";"), strict=True)) for line in SHOPS.splitlines()[1:]]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    assert "company same" in RUN.invoke(app, ["match", str(path)]).output


def test_standard_input_and_a_mapping_of_ones_own() -> None:
    """`-` reads the pipe; --map has the last word about a column."""
    result = RUN.invoke(app, ["match", "-", "--map", "last_name="], input=PEOPLE)
    assert result.exit_code == 0
    assert "last same" not in result.output


@pytest.mark.parametrize("wrong", [["--map", "shoe=size"], ["--truth", "nowhere"]])
def test_wrong_usage_is_said(people: Path, wrong: list[str]) -> None:
    """An unknown field or column is wrong usage, and the answer names what there is."""
    result = RUN.invoke(app, ["match", str(people), *wrong])
    assert result.exit_code == 2


def test_weights_can_be_trained_into_a_file(tmp_path: Path) -> None:
    """What training writes can be read, and matched with."""
    path = tmp_path / "weights.yaml"
    result = RUN.invoke(app, ["train-matching", "--out", str(path), "--pairs", "100"])
    assert result.exit_code == 0, result.output
    assert load(path.read_bytes()).recipe["pairs"] == 100
    assert RUN.invoke(app, ["match", "-", "--weights", str(path)], input=PEOPLE).exit_code == 0
