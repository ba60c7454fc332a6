"""`leadstream backtest`: JSON and nothing else on stdout, exit codes, the page. In this process, without any server."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from app.cli import app, main
from tests.harness.histories import Dialect, history

SHARED = Path(__file__).parents[3] / "shared" / "data" / "bank-full.csv"
DOCS = Path(__file__).parents[2] / "docs" / "backtest.md"
MEASURES = {"auc", "log_loss", "ece", "brier", "lift_top_decile"}
CAPTURED = {"overall", "per_window", "as_they_come"}
WAYS = {"first_come_first_served", "static_rules", "recent_won_share"}
DEALINGS = {
    "called", "conversions", "conversions_share", "calls_per_conversion", "cost_per_acquisition",
    "wait_of_won_leads", "wait_of_won_hours",
}  # fmt: skip
READING = {"rows", "without_outcome", "ragged", "blank", "renamed_columns", "encoding", "separator", "duplicates", "dead_letters"}
PLAIN = (
    *MEASURES, "version", "leads", "won", "won_share", "skip", "seconds", "microseconds_per_lead", "microseconds_per_lead_mean",
    "pipeline_microseconds_per_lead", "learning_microseconds_per_label", "features", "fields", "ignored", "identity", "warnings",
    "notes", "source_yaml",
)  # fmt: skip
KEYS: dict[str, Any] = {
    **dict.fromkeys(PLAIN), "file": READING, "drifts": [{"row", "labels"}],
    "outcome": {"column", "positive", "told"}, "labels": {"delay", "by_dates", "learned", "versions"},
    "leaks": [{"column", "kind", "auc", "why", "excluded"}],
    "windows": [{"from_row", "to_row", "leads", "won_share", "predicted", "auc", "log_loss", "by_rules_auc"}],
    "calibration": [{"predicted", "won_share", "leads"}], "deciles": [{"decile", "leads", "won", "lift"}],
    "baselines": WAYS, "captured_at_capacity": {"capacity", "window", "leads", "won", *CAPTURED, *WAYS},
    "business": {"capacity", "window", "cost_unit", "left_to_people", "by_score", *WAYS},
}  # fmt: skip

WINDOWS = Dialect(separator=";", encoding="cp1252", decimal=",", won="Won", lost="Lost")

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def backtest(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command on these bytes."""

    def run_it(file: Path | str, *options: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(lambda: app(["backtest", str(file), *options]))
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run_it


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    """A history of 400 leads, with a leak."""
    made = history(400)
    made.add("deal", [str(n) if won else "" for n, won in enumerate(made.won)])
    (tmp_path / "leads.csv").write_bytes(made.data())
    return tmp_path / "leads.csv"


class TestJson:
    def test_stdout_is_json_with_the_documented_keys(self, backtest: Command, leads: Path) -> None:
        """The keys are an interface: none goes, none changes its name."""
        code, out, err = backtest(leads, "--outcome", "result", "--label-delay", "20", "--json")
        found = orjson.loads(out)
        assert code == 0
        assert set(found) == set(KEYS)
        for key, inner in KEYS.items():
            match inner:
                case set():
                    assert set(found[key]) == inner, key
                case [wanted]:
                    assert all(set(one) == wanted for one in found[key]), key
        assert all(set(one) == MEASURES for one in found["baselines"].values())
        assert all(set(found["business"][way]) == DEALINGS for way in ("by_score", *WAYS))
        assert "deal" in err

    def test_every_key_is_documented(self) -> None:
        """docs/backtest.md names each of them, the inner ones too."""
        text = DOCS.read_text("utf-8")
        inner = [inner if isinstance(inner, set) else inner[0] for inner in KEYS.values() if inner]
        for key in {*KEYS, *CAPTURED, *DEALINGS, *(one for several in inner for one in several)}:
            assert f"`{key}`" in text, key

    def test_values_are_within_their_bounds(self, backtest: Command, leads: Path) -> None:
        """Shares are shares, and the leads of windows, bins and deciles are all of them."""
        found = orjson.loads(backtest(leads, "--outcome", "result", "--ignore", "deal", "--json")[1])
        assert 0.5 < found["auc"] <= 1
        assert 0 <= found["ece"] <= 1
        assert 0 <= found["business"]["left_to_people"] <= 1
        assert found["microseconds_per_lead"] > 0
        for several in ("windows", "calibration", "deciles"):
            assert sum(one["leads"] for one in found[several]) == found["leads"] == 360

    @pytest.mark.parametrize(
        "dialect",
        [Dialect(separator=";", encoding="cp1252", decimal=",", won="Won", lost="Lost"), Dialect("\t", won="1", lost="0")],
    )
    def test_the_answer_does_not_hang_on_the_dialect(self, backtest: Command, tmp_path: Path, dialect: Dialect) -> None:
        """The same history in another spelling has the same scores."""
        answers = []
        for name, how in (("plain.csv", Dialect()), ("other.csv", dialect)):
            (tmp_path / name).write_bytes(history(200, dialect=how).data(how))
            found = orjson.loads(backtest(tmp_path / name, "--outcome", "result", "--json")[1])
            answers.append({key: found[key] for key in MEASURES})
        assert answers[0] == pytest.approx(answers[1])


class TestLeaks:
    def test_a_leak_is_said_with_the_remedy_and_stays(self, backtest: Command, leads: Path) -> None:
        """Whoever keeps the file knows what was known when."""
        found = orjson.loads(backtest(leads, "--outcome", "result", "--json")[1])
        assert "deal" in found["features"]
        assert found["leaks"][0] | {"auc": 0, "why": ""} == {
            "column": "deal", "kind": "filled_by_outcome", "auc": 0, "why": "", "excluded": False,
        }  # fmt: skip
        assert "--ignore deal" in found["warnings"][0]

    @pytest.mark.parametrize("option", [("--ignore", "deal"), ("--drop-leaks",)])
    def test_what_is_left_out_is_no_feature(self, backtest: Command, leads: Path, option: tuple[str, ...]) -> None:
        """By name, or because it was found."""
        found = orjson.loads(backtest(leads, "--outcome", "result", *option, "--json")[1])
        assert "deal" not in found["features"]
        assert found["ignored"] == ["deal"]


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "code", "said"),
        [
            ((), 2, "--outcome"),
            (("--outcome", "reslt"), 2, "'result'"),
            (("--outcome", "channel"), 2, "--positive"),
            (("--outcome", "result", "--positive", "maybe"), 2, "'yes'"),
            (("--outcome", "result", "--ignore", "nowhere"), 2, "--ignore"),
            (("--outcome", "result", "--order", "channel"), 2, "--order"),
            (("--outcome", "result", "--map", "email"), 2, "email=COLUMN"),
            (("--outcome", "result", "--map", "mail=city"), 2, "email"),
            (("--outcome", "result", "--baseline", "oracle"), 2, "lightgbm"),
            (("--outcome", "result", "--positive", "yes,no"), 1, "every lead"),
            (("--outcome", "result", "--config", "nowhere.yaml"), 2, "--config"),
            (("--outcome", "result", "--html", "nowhere/page.html"), 2, "--html"),
        ],
    )
    def test_an_error_is_one_clear_line_and_a_code(
        self, backtest: Command, leads: Path, options: tuple[str, ...], code: int, said: str
    ) -> None:
        """2: ask otherwise; 1: the history has no answer. Nothing stands on stdout."""
        ended, out, err = backtest(leads, *options, "--json")
        assert (ended, out) == (code, "")
        assert said in err
        assert "Traceback" not in err

    def test_a_missing_file_and_a_short_one(self, backtest: Command, tmp_path: Path) -> None:
        """Which file it is stands in the line."""
        code, _, err = backtest(tmp_path / "none.csv", "--outcome", "result")
        assert (code, err) == (2, "leadstream: none.csv: cannot be read: No such file or directory\n")
        (tmp_path / "short.csv").write_bytes(history(20).data())
        code, _, err = backtest(tmp_path / "short.csv", "--outcome", "result")
        assert code == 1
        assert "20 leads with an outcome" in err

    def test_trees_are_one_baseline_more(self, backtest: Command, leads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the same measures as the others, in every part of the answer."""
        monkeypatch.setattr("app.backtest.trees.find_spec", lambda name: "here")
        monkeypatch.setattr("app.backtest.trees.by_trees", lambda history, columns, rows, told: np.linspace(0.1, 0.9, len(rows)))
        found = orjson.loads(backtest(leads, "--outcome", "result", "--baseline", "lightgbm", "--json")[1])
        assert set(found["baselines"]["lightgbm"]) == MEASURES
        assert set(found["business"]["lightgbm"]) == DEALINGS
        assert set(found["captured_at_capacity"]["lightgbm"]) == CAPTURED


class TestReports:
    def test_the_terminal_shows_figures_warnings_and_the_entry(self, backtest: Command, leads: Path) -> None:
        """For a person: tables, what to mind, and the YAML to begin with."""
        code, out, _ = backtest(leads, "--outcome", "result", "--cost-per-lead", "3")
        assert code == 0
        for part in ("leadstream", "first come, first served", "AUC over time", "! column 'deal'", "features:", '- "channel"'):
            assert part in out

    def test_the_page_stands_alone(self, backtest: Command, leads: Path, tmp_path: Path) -> None:
        """Plots within, no scripts, nothing from elsewhere, light and dark, for a phone too; text of the file is escaped."""
        named = leads.read_bytes().replace(b"channel", b"<script>alert(1)</script>", 1)
        leads.write_bytes(named)
        code, _, err = backtest(leads, "--outcome", "result", "--html", str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text("utf-8")
        assert (code, "page.html: written" in err) == (0, True)
        assert page.count("<svg") == 5
        assert "<script" not in page
        assert not re.search(r"(?:src|href)\s*=\s*[\"']?https?:", page)
        assert "prefers-color-scheme: dark" in page
        assert 'name="viewport"' in page

    def test_a_yaml_describes_the_columns(self, backtest: Command, leads: Path, tmp_path: Path) -> None:
        """The same as options do."""
        (tmp_path / "columns.yaml").write_text(
            "outcome: result\npositive: 'yes'\nignore: [deal, city]\nlabel_delay: 30\ncapacity: 0.1\n"
        )
        found = orjson.loads(backtest(leads, "--config", str(tmp_path / "columns.yaml"), "--json")[1])
        assert (found["labels"]["delay"], found["ignored"], found["business"]["capacity"]) == (30, ["deal", "city"], 0.1)


def test_a_real_history_is_read_and_learned(backtest: Command, tmp_path: Path) -> None:
    """The first rows of a bank's campaign: every row judged, its known leak suspected and not left out."""
    if not SHARED.exists():
        pytest.skip("shared/data/bank-full.csv is absent")
    with SHARED.open("rb") as lines:
        (tmp_path / "bank.csv").write_bytes(b"".join(islice(lines, 3_001)))
    code, out, _ = backtest(tmp_path / "bank.csv", "--outcome", "y", "--label-delay", "100", "--json")
    found = orjson.loads(out)
    assert code == 0
    assert (found["file"]["rows"], found["leads"], found["file"]["separator"]) == (3_000, 2_700, ";")
    assert found["outcome"] == {"column": "y", "positive": ["yes"], "told": "words"}
    assert [(leak["column"], leak["excluded"]) for leak in found["leaks"]] == [("duration", False)]
    assert found["auc"] > 0.7
