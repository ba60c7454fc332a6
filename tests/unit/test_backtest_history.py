"""What was won, when it was known, in which order; and columns that nobody can have known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.backtest.description import NotDescribed, described
from app.backtest.direction import newest_first
from app.backtest.errors import CannotJudge, ColumnMissing, HistoryError, OutcomeUnclear
from app.backtest.history import History, history_of
from app.backtest.leaks import find_leaks, single_auc
from app.backtest.outcome import outcome_of
from app.backtest.table import Table, read_table
from tests.harness.histories import history


def told(table: Table, **options: Any) -> History:
    return history_of(table, described(None, {"outcome": "result", **options}))


class TestOutcome:
    @pytest.mark.parametrize(
        ("cells", "won"),
        [
            (["yes", "no", None], [True, False, None]),
            (["0", "1.0", "1"], [False, True, True]),
            (["True", "FALSE", "true"], [True, False, True]),
            (["Closed Won", "Closed_Lost"], [True, False]),
            (["gewonnen", "offen"], [True, False]),
            (["alive", "lost"], [True, False]),
        ],
    )
    def test_common_words_tell_who_was_won(self, cells: list[str | None], won: list[bool | None]) -> None:
        """Either word suffices; a cell that says nothing is a lead without a label."""
        outcome = outcome_of(cells, "result")
        assert (outcome.won, outcome.told) == (won, "words")

    def test_of_two_unknown_words_the_rarer_is_won_and_said(self) -> None:
        """Nothing else could tell."""
        outcome = outcome_of(["a", "a", "b"], "result")
        assert (outcome.won, outcome.positive, outcome.told) == ([False, False, True], ("b",), "rarer")

    def test_more_than_two_values_are_listed_with_counts(self) -> None:
        """The error asks for --positive."""
        with pytest.raises(OutcomeUnclear, match=r"3 different values.*'new' \(2\).*--positive"):
            outcome_of(["new", "new", "won", "lost"], "result")

    def test_values_of_what_is_no_outcome_are_not_shown(self) -> None:
        """Whoever names the wrong column may have named that of the e-mails."""
        with pytest.raises(OutcomeUnclear) as error:
            outcome_of([f"ada{n}@example.com" for n in range(60)], "mail")
        assert "ada" not in str(error.value)

    @pytest.mark.parametrize("positive", ["Won, sold", ("won", "SOLD"), ["Sold", "won"]])
    def test_several_values_may_be_won(self, positive: str | list[str]) -> None:
        """Named with commas or as a list, in any case; one value with a comma in it is one."""
        assert outcome_of(["won", "sold", "x"], "result", positive).won == [True, True, False]
        assert outcome_of(["yes, signed", "x"], "result", "yes, signed").won == [True, False]

    def test_a_value_that_never_occurs_is_an_error(self) -> None:
        """The values there are stand in it."""
        with pytest.raises(OutcomeUnclear, match=r"never says 'gewonnen'.*'won' \(1\)"):
            outcome_of(["won", "lost"], "result", "gewonnen")

    @pytest.mark.parametrize(("cells", "positive"), [(["yes", "yes"], None), ([None], None), (["a", "b"], "a,b")])
    def test_one_kind_of_end_cannot_be_judged(self, cells: list[str | None], positive: str | None) -> None:
        """A typed error, with exit code 1."""
        with pytest.raises(CannotJudge) as error:
            outcome_of(cells, "result", positive)
        assert error.value.exit_code == 1


class TestOrder:
    def test_rows_stand_as_they_are_or_by_a_column(self) -> None:
        """Ordering is stable, and a row without a key stays behind the row it stands behind."""
        rows = "".join(f"{n % 7 if n != 5 else ''},{'yes' if n % 3 else 'no'},{n}\n" for n in range(90))
        table = read_table(f"key,result,n\n{rows}".encode())
        assert told(table).table.columns["n"] == [str(n) for n in range(90)]
        ordered = told(table, order="key").table.columns
        zeros = [str(n) for n in range(0, 90, 7)]
        assert ordered["n"][: len(zeros)] == zeros
        at = ordered["n"].index("5")
        assert ordered["key"][at - 1] == "4"

    def test_a_column_of_words_orders_nothing(self) -> None:
        """The error names option and column."""
        with pytest.raises(NotDescribed, match=r"--order.*'channel'"):
            told(read_table(history(90).data()), order="channel")

    @pytest.mark.parametrize(("step", "expected"), [(-1, "created"), (1, None), (0, None), (7, None)])
    def test_a_file_that_begins_with_its_newest_rows_is_noticed(self, step: int, expected: str | None) -> None:
        """Dates that fall; not those that rise, stand or go up and down, and no other column."""
        days = [f"2026-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}" for n in (step * row % 336 for row in range(300))]
        assert newest_first([("visits", [str(300 - n) for n in range(300)]), ("created", list(days))]) == expected


class TestLabels:
    def test_a_label_comes_so_many_leads_late(self) -> None:
        """N leads come in between."""
        made = told(read_table(history(100).data()), label_delay=7)
        assert made.due[:3] == [8, 9, 10]

    def test_dates_say_when_a_label_comes(self) -> None:
        """Before the first lead that came when the outcome was known; without a date after the horizon."""
        rows = [
            f"2026-01-{n // 4 + 1:02d},{'' if n == 1 else f'2026-01-{n // 4 + 3:02d}'},{'yes' if n % 2 else 'no'}"
            for n in range(100)
        ]
        table = read_table(("came,known,result\n" + "\n".join(rows)).encode())
        made = told(table, lead_date="came", outcome_date="known", horizon_days=5)
        assert made.due[0] == 8
        assert made.due[1] == 20
        assert made.due[50] == 56
        assert made.label_delay is None
        assert any("1 outcomes have no date" in note for note in made.notes)

    def test_without_a_horizon_the_dated_outcomes_tell_it(self) -> None:
        """95 % of them were known by then; else nothing of a short history would count as lost before its end."""
        rows = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(300)]
        known = [rows[n + 3] if n % 3 == 0 and n < 290 else "" for n in range(300)]
        cells = [f"{rows[n]},{known[n]},{'won' if n % 3 == 0 else 'lost'}" for n in range(300)]
        made = told(read_table(("came,known,result\n" + "\n".join(cells)).encode()), lead_date="came", outcome_date="known")
        assert made.due[:3] == [3, 4, 5]

    def test_a_short_history_has_a_short_delay(self) -> None:
        """500 leads, at most a twentieth; said where nobody said it."""
        made = told(read_table(history(200).data()))
        assert made.label_delay == 10
        assert any("--label-delay" in note for note in made.notes)

    @pytest.mark.parametrize("leads", [1, 30])
    def test_too_few_leads_cannot_be_judged(self, leads: int) -> None:
        """How many it needs is said."""
        with pytest.raises(CannotJudge):
            told(read_table(history(leads).data()))


class TestDescription:
    def test_a_yaml_says_what_options_say_and_options_win(self) -> None:
        """Keys may be written with - or _."""
        said = described("outcome: y\npositive: [1, true]\nlabel-delay: 5\nmap: {email: Mail}", {"label_delay": 9, "skip": None})
        assert (said.outcome, said.positive, said.label_delay, said.map) == ("y", ("1", "True"), 9, {"email": "Mail"})

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("outcome: [", "line"),
            ("- outcome", "keys and values"),
            ("outcme: y", "--outcome"),
            ("outcome: y\nlabel: 3", "label_delay"),
            ("outcome: y\ncapacity: 3", "capacity"),
            ("outcome: y\noutcome_date: z", "--lead-date"),
        ],
    )
    def test_what_cannot_be_used_says_why(self, text: str, hint: str) -> None:
        """With the key and the remedy."""
        with pytest.raises(NotDescribed, match=hint):
            described(text, {})

    @pytest.mark.parametrize("option", ["lead_date", "cost", "order", "outcome"])
    def test_a_missing_column_is_an_error_of_its_option(self, option: str) -> None:
        """Whichever option names it."""
        with pytest.raises(ColumnMissing, match=f"--{option.replace('_', '-')}") as error:
            told(read_table(history(90).data()), **{option: "nowhere"})
        assert isinstance(error.value, HistoryError)


class TestLeaks:
    def test_a_copy_of_the_outcome_tells_it(self) -> None:
        """In whatever spelling, and as a number."""
        made = history(300)
        made.add("stage", ["signed" if won else "closed" for won in made.won])
        made.add("value", [str(100 + n if won else n % 40) for n, won in enumerate(made.won)])
        table = read_table(made.data())
        leaks, _ = find_leaks(list(table.columns.items())[:5] + list(table.columns.items())[6:], made.won)
        assert {leak.column: leak.kind for leak in leaks if leak.sure} == {"stage": "tells_outcome", "value": "tells_outcome"}

    def test_a_column_filled_in_for_winners_alone_is_one(self) -> None:
        """Though it is filled in for some of them only."""
        made = history(400)
        made.add("deal", [str(n) if won and n % 3 else "" for n, won in enumerate(made.won)])
        leaks, _ = find_leaks([("deal", read_table(made.data()).columns["deal"])], made.won)
        assert [(leak.column, leak.kind, leak.sure) for leak in leaks] == [("deal", "filled_by_outcome", True)]
        assert "won leads alone" in leaks[0].why

    def test_ids_and_honest_columns_are_none(self) -> None:
        """What never comes again tells nothing of the other half; what helps is no leak."""
        made = history(400)
        columns = read_table(made.data()).columns
        leaks, alone = find_leaks([(name, columns[name]) for name in made.header[:5]], made.won)
        assert not [leak for leak in leaks if leak.sure]
        assert alone["ref"] == 0.5
        assert alone["channel"] > 0.6

    def test_the_strongest_by_far_is_suspicious_and_stays(self) -> None:
        """It may as well be an honest one."""
        made = history(400)
        made.add("minutes", [str((30 if won else 10) + n * 7 % 31) for n, won in enumerate(made.won)])
        columns = read_table(made.data()).columns
        leaks, _ = find_leaks([(name, columns[name]) for name in ("city", "minutes")], made.won)
        assert [(leak.column, leak.kind, leak.sure) for leak in leaks] == [("minutes", "strongest", False)]

    def test_a_column_alone_never_ranks_worse_than_chance(self) -> None:
        """The share is .5 at least, whatever the column."""
        assert single_auc(["a", "b"] * 20, [True, False] * 20) >= 0.5
        assert single_auc([None] * 40, [True, False] * 20) == 0.5
