"""The replay: scored before learned, through the real stages; what it is compared with, and what it is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml

from app.backtest.baselines import known_before, recent_won_share
from app.backtest.business import Desk, captured_at_capacity, dealings
from app.backtest.description import described
from app.backtest.fields import fields_told
from app.backtest.history import history_of
from app.backtest.judged import Judged, deciles, judged
from app.backtest.report import Backtest, report
from app.backtest.source import as_yaml, scored_source
from app.backtest.table import read_table
from app.backtest.trees import NotInstalled, by_trees, check_installed
from app.commands.backtest_run import installation, run
from app.inventory.models import Source
from app.inventory.purposes import MAX_FEATURES
from app.learning.model import OnlineModel
from tests.harness.histories import History, history


def replayed(made: History, **options: Any) -> Backtest:
    return run(read_table(made.data()), described(None, {"outcome": "result", **options}), installation())


def scores(one: Backtest) -> list[float | None]:
    return [row.probability for row in one.replayed.rows]


class TestReplay:
    def test_what_tells_of_the_outcome_is_learned(self) -> None:
        """On a history with two telling columns the scores rank far better than chance, and no row is lost."""
        found = report(replayed(history(900), label_delay=20), {}, 1.0)
        assert found["auc"] > 0.7
        assert found["leads"] == 810
        assert found["baselines"]["static_rules"]["auc"] < found["auc"]

    def test_a_label_changes_no_score_before_it_is_known(self) -> None:
        """With all labels turned around from a row on, scores are the same until that label's delay has passed."""
        made, turned = history(400), history(400)
        for row in range(200, 400):
            turned.rows[row][-1] = "no" if turned.won[row] else "yes"
        one, other = (scores(replayed(which, label_delay=50, publish_every=10)) for which in (made, turned))
        assert one[:250] == other[:250]
        assert one[260:] != other[260:]

    def test_the_same_history_gives_the_same_scores(self) -> None:
        """There are no dice and no clock in it."""
        assert scores(replayed(history(300))) == scores(replayed(history(300)))

    def test_drifts_are_told_by_row_and_labels(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The moments at which the model counts one more, in order."""

        class Startled(OnlineModel):
            def learn(self, numbers: Mapping[str, float], categories: Mapping[str, str], won: bool) -> float:
                loss = super().learn(numbers, categories, won)
                self.drifts = self.labels_learned // 100
                return loss

        monkeypatch.setattr("app.backtest.taught.OnlineModel", Startled)
        one = replayed(history(300), label_delay=40, publish_every=10)
        assert [(drift.row, drift.labels) for drift in one.replayed.drifts] == [(140, 100), (240, 200)]

    def test_rows_without_an_outcome_are_scored_and_neither_learned_nor_judged(self) -> None:
        """They are leads without a label."""
        made = history(400)
        for row in range(0, 400, 4):
            made.rows[row][-1] = ""
        one = replayed(made, label_delay=0)
        assert None not in scores(one)
        assert len(judged(one.history, one.replayed, 0.5)) == 150
        assert one.replayed.labels <= 300

    def test_no_label_in_time_leaves_the_score_to_the_rules(self) -> None:
        """A history shorter than its delay learns nothing."""
        one = replayed(history(120), label_delay=1_000)
        assert (one.replayed.labels, one.replayed.versions) == (0, 0)
        assert [row.probability for row in one.replayed.rows] == [row.by_rules for row in one.replayed.rows]

    def test_a_record_that_cannot_be_processed_is_counted(self) -> None:
        """It has no score, so it is not judged; the others are."""
        made = history(200)
        made.rows[150][1] = "x" * 1_100_000
        one = replayed(made, ignore="city")
        found = report(one, {}, 1.0)
        assert found["file"]["dead_letters"] == {"oversized": 1}
        assert found["leads"] == 179
        assert any("dead letters" in warning for warning in found["warnings"])


class TestPersons:
    def make(self) -> History:
        made = history(300)
        made.add("e-mail", [f"person{n // 2}.{n // 2 * 7919 % 1000}@example.com" for n in range(300)])
        made.add("created", [f"2026-0{n // 60 + 1}-{n % 60 // 3 + 1:02d}T10:00:00" for n in range(300)])
        return made

    def test_who_comes_again_is_merged_where_contacts_and_dates_are_told(self) -> None:
        """As the stream does; the row keeps a score and is judged, and is counted as a duplicate."""
        one = replayed(self.make(), lead_date="created", label_delay=10)
        assert one.scored.fields["email"] == "e-mail"
        assert "e-mail" not in one.scored.features
        fates = Counter(row.fate for row in one.replayed.rows)
        assert one.identity
        assert fates["duplicate"] > 100
        assert None not in scores(one)
        assert report(one, {}, 1.0)["file"]["duplicates"] == fates["duplicate"]

    @pytest.mark.parametrize("options", [{"identity": False, "lead_date": "created"}, {"ignore": "created"}])
    def test_each_row_is_a_lead_where_persons_are_not_asked_for(self, options: dict[str, Any]) -> None:
        """By the option, or where no date could tell how far apart two rows are."""
        one = replayed(self.make(), **options)
        assert "duplicate" not in {row.fate for row in one.replayed.rows}


class TestColumns:
    def test_contacts_are_told_by_their_values(self) -> None:
        """A column called contact that holds no contacts is a feature like any other."""
        made = history(200)
        made.add("contact", ["cellular" if n % 2 else "telephone" for n in range(200)])
        made.add("Telefon", [f"+49 30 90182{n % 900 + 100}" for n in range(200)])
        table = read_table(made.data())
        told = fields_told(table, list(table.columns), installation().normaliser())
        assert told["phone"] == "Telefon"
        assert "contact" not in told.values()

    def test_map_wins_over_what_is_told(self) -> None:
        """A person's word is the last."""
        made = history(120)
        made.add("text", ["please call me back about the blue one"] * 120)
        assert replayed(made, map={"message": "text"}).scored.fields["message"] == "text"

    def test_ignored_and_leaking_columns_are_no_features(self) -> None:
        """Leaks only where it was asked for."""
        made = history(200)
        made.add("stage", ["signed" if won else "closed" for won in made.won])
        kept, dropped = replayed(made, ignore="city"), replayed(made, ignore="city", drop_leaks=True)
        assert "stage" in kept.scored.features
        assert kept.ignored == ("city",)
        assert "stage" not in dropped.scored.features
        assert dropped.ignored == ("city", "stage")

    def test_of_too_many_columns_the_strongest_at_the_beginning_stay(self) -> None:
        """As many as a source may declare; the report names the others."""
        made = history(200)
        for n in range(MAX_FEATURES):
            made.add(f"noise {n}", [str(n)] * 200)
        one = replayed(made)
        assert len(one.scored.features) == MAX_FEATURES
        assert "channel" in one.scored.features
        assert any("left out" in warning for warning in report(one, {}, 1.0)["warnings"])

    def test_the_snippet_is_an_entry_of_the_inventory(self) -> None:
        """Odd names are quoted as paths; the file that is printed can be committed."""
        scored = scored_source(["plain", "A.B [c]", 'say "x"', "Größe"], {"email": "Mail: 1"})
        source = Source.model_validate(yaml.safe_load(as_yaml(scored)))
        assert source.features == scored.source.features
        assert source.mapping.fields == {"email": '"Mail: 1"'}


class TestBaselines:
    def test_labels_are_known_when_they_are_due(self) -> None:
        """Each once, in order."""
        made = history_of(read_table(history(100).data()), described(None, {"outcome": "result", "label_delay": 5}))
        known = list(known_before(made))
        assert known[:8] == [[], [], [], [], [], [], [0], [1]]
        assert [row for rows in known for row in rows] == list(range(94))

    def test_the_recent_won_share_knows_the_past_alone(self) -> None:
        """Before any label it is an ordinary share; then that of what was known."""
        made = history(100)
        one = history_of(read_table(made.data()), described(None, {"outcome": "result", "label_delay": 5}))
        shares = recent_won_share(one, [0, 5, 50])
        assert shares[0] == shares[1]
        assert abs(shares[2] - sum(made.won[:45]) / 45) < 0.15

    def test_trees_are_said_to_be_missing_before_anything_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With what to do."""
        monkeypatch.setattr("app.backtest.trees.find_spec", lambda name: None)
        with pytest.raises(NotInstalled, match="pip install"):
            check_installed()

    def test_trees_are_trained_on_what_was_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every 1,000 rows, on the labels known by then, for the rows that follow."""
        trained: list[int] = []

        class Trees:
            def predict(self, matrix: Any) -> Any:
                return np.full(len(matrix), 0.25)

        class Library:
            Dataset = staticmethod(lambda matrix, labels, **how: len(labels))

            @staticmethod
            def train(parameters: Any, data: int, trees: int) -> Trees:
                trained.append(data)
                return Trees()

        monkeypatch.setattr("app.backtest.trees.import_module", lambda name: Library)
        one = history_of(read_table(history(2_500).data()), described(None, {"outcome": "result", "label_delay": 100}))
        found = by_trees(one, ["channel", "visits"], [10, 1_500, 2_400], lambda row: None)
        assert trained == [900, 1_900]
        assert found.tolist()[1:] == [0.25, 0.25]
        assert found[0] < 0.25


class TestBusiness:
    def made(self, won: list[int], scores: list[float]) -> Judged:
        values = np.array(scores)
        return Judged(list(range(len(won))), values, values, np.array(won, dtype=np.float64))

    def test_the_desk_calls_the_best_that_waits(self) -> None:
        """With each lead half a call; first come first served calls in order."""
        desk = Desk(0.5, 100)
        assert desk.calls([0.1, 0.9, 0.5, 0.2], 4) == [None, 1, 3, None]
        assert desk.calls(None, 4) == [1, 3, None, None]

    def test_at_the_end_of_the_day_nobody_waits_any_longer(self) -> None:
        """Who was not called by then is never called."""
        assert Desk(0.5, 2).calls([0.9, 0.8, 0.1, 0.2], 4) == [1, None, None, 3]

    def test_a_perfect_ranking_catches_what_capacity_allows(self) -> None:
        """All conversions where they are no more than the calls; chance catches the capacity's share."""
        won = [1 if n % 10 == 0 else 0 for n in range(1_000)]
        one = self.made(won, [float(end) for end in won])
        best = captured_at_capacity(one, one.probability, Desk(0.2, 100))
        assert best == {"overall": 1.0, "per_window": 1.0, "as_they_come": 1.0}
        fifo = captured_at_capacity(one, None, Desk(0.2, 100))
        assert fifo == {"overall": 0.2, "per_window": 0.2, "as_they_come": 0.2}

    def test_cost_and_waits(self) -> None:
        """All leads are paid for, whoever is called; the wait is told in leads and in hours."""
        one = self.made([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8])
        told = dealings(one, one.probability, Desk(0.5, 100), [10.0] * 4, [0, 0, 3_600_000, 7_200_000])
        assert (told["called"], told["conversions"], told["cost_per_acquisition"]) == (2, 2, 20.0)
        assert (told["wait_of_won_leads"], told["wait_of_won_hours"]) == (0, 0.0)
        fifo = dealings(one, None, Desk(0.5, 100), None, [0, 0, 3_600_000, 7_200_000])
        assert (fifo["conversions"], fifo["calls_per_conversion"], fifo["cost_per_acquisition"]) == (1, 2.0, 2.0)
        assert (fifo["wait_of_won_leads"], fifo["wait_of_won_hours"]) == (2, 2.0)

    def test_deciles_fall_with_the_score(self) -> None:
        """The first tenth are the highest scores; lifts average to one."""
        won = [1 if n < 20 else 0 for n in range(100)]
        told = deciles(np.linspace(1, 0, 100), np.array(won, dtype=np.float64))
        assert [one["lift"] for one in told[:3]] == [5.0, 5.0, 0.0]

    def test_contacts_that_a_history_lacks_are_no_reason_to_ask_people(self) -> None:
        """Only what the pipeline is not sure of by itself is left to them."""
        one = replayed(history(300))
        assert report(one, {}, 1.0)["business"]["left_to_people"] < 0.5
        one.replayed.rows[:] = [replace(row, confidence=0.0) for row in one.replayed.rows]
        assert report(one, {}, 1.0)["business"]["left_to_people"] == 1.0
