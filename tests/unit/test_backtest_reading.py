"""Reading a history: any separator, encoding, header and spelling of numbers; no row is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.backtest.errors import ColumnMissing, Unreadable
from app.backtest.table import read_table
from app.backtest.values import mended, moments, number_style, numbers, sort_keys
from tests.harness.histories import Dialect, history

DIALECTS = [
    Dialect(),
    Dialect(separator=";", encoding="cp1252", decimal=","),
    Dialect(separator="\t", encoding="utf-8-sig", newline="\r\n"),
    Dialect(separator="|", encoding="utf-16", quote=True),
    Dialect(separator=",", decimal=",", quote=True, newline="\r"),
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: f"{one.separator!r} {one.encoding}")
def test_a_file_reads_alike_in_every_dialect(dialect: Dialect) -> None:
    """Separator, encoding, mark, line ends and quotes are told by the file."""
    made = history(60, dialect=dialect)
    table = read_table(made.data(dialect))
    assert list(table.columns) == made.header
    assert table.reading.separator == dialect.separator
    assert table.columns["city"] == [cell or None for cell in made.column("city")]
    assert numbers(table.columns["rating"]) == [float(cell.replace(",", ".")) for cell in made.column("rating")]
    assert (table.reading.rows, table.reading.ragged) == (60, 0)


class TestHeaders:
    def test_blank_and_repeated_names_are_told_apart(self) -> None:
        """A column without a name is called by its place, a second one of the same name by its number."""
        table = read_table(b"a,,a,a#2,a, \n1,2,3,4,5,6\n")
        assert list(table.columns) == ["a", "column_2", "a#3", "a#2", "a#4", "column_6"]
        assert table.reading.renamed == ("column_2", "a#3", "a#4", "column_6")

    def test_a_name_is_found_in_any_case(self) -> None:
        """Case and blanks around a name do not matter where they tell no two columns apart."""
        table = read_table(b" Out Come ,x\n1,2\n")
        assert table.named("out come", "--outcome") == "Out Come"

    def test_a_missing_column_names_its_neighbours(self) -> None:
        """The error says which option, and which columns are near."""
        table = read_table(b"channel,result\n1,2\n")
        with pytest.raises(ColumnMissing, match=r"--outcome.*'reslt'.*'result'"):
            table.column("reslt", "--outcome")

    def test_excels_own_first_line_names_the_separator(self) -> None:
        """`sep=` is Excel's, and no header."""
        assert list(read_table(b"sep=|\na,b|c\n1|2\n").columns) == ["a,b", "c"]


class TestRows:
    def test_ragged_rows_stay_and_are_counted(self) -> None:
        """What is missing is empty, what is over is left out; blank lines are no rows."""
        table = read_table(b"a,b,c\n1,2\n\n1,2,3,4\n,,\n1,2,3\n")
        assert table.columns == {"a": ["1", "1", "1"], "b": ["2", "2", "2"], "c": [None, "3", "3"]}
        assert (table.reading.rows, table.reading.ragged, table.reading.blank) == (3, 2, 2)

    def test_nothing_has_many_spellings(self) -> None:
        """NA, null and their like say nothing; unknown and none are values."""
        table = read_table(b"a,b\nNA,1\nnull,1\n N/A ,1\n-,1\nunknown,1\nnone,1\n")
        assert table.columns["a"] == [None, None, None, None, "unknown", "none"]

    def test_quotes_hold_separators_and_lines(self) -> None:
        """A quoted cell may hold anything."""
        assert read_table(b'a,b\n"1,5\nx","say ""yes"""\n').columns == {"a": ["1,5\nx"], "b": ['say "yes"']}

    def test_a_quote_that_nobody_closed_swallows_no_rows(self) -> None:
        """Then quotes are characters, and lines are rows."""
        table = read_table(b'a,b\n1,"open\n2,x\n3,y\n')
        assert table.columns["a"] == ["1", "2", "3"]

    def test_inches_do_no_harm(self) -> None:
        """A quote within a cell is a character."""
        assert read_table(b'a,b\n12" screen,1\n"x, y",2\n').columns["a"] == ['12" screen', "x, y"]

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b\n", b"\x00\x01\x02\x03" * 100, b"\xff\xfea\x00\x00\xd8"])
    def test_what_is_no_table_is_said_to_be_none(self, data: bytes) -> None:
        """An empty file, a header alone and binary data are typed errors."""
        with pytest.raises(Unreadable):
            read_table(data)

    def test_a_wrong_encoding_or_separator_is_said(self) -> None:
        """The error names the option."""
        with pytest.raises(Unreadable, match="--encoding"):
            read_table(b"a,b\n\xff,2\n", encoding="utf-8")
        with pytest.raises(Unreadable, match="--separator"):
            read_table(b"a,b\n1,2\n", separator="ab")


class TestNumbers:
    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            (["3", "-4.5", "1e3"], [3.0, -4.5, 1000.0]),
            (["3,5", "1.200,50", "7"], [3.5, 1200.5, 7.0]),
            (["1,200", "3,400.25"], [1200.0, 3400.25]),
            (["€ 1.200,50", "3,99 €"], [1200.5, 3.99]),
            (["$1,200.50", "12"], [1200.5, 12.0]),
            (["12 %", "3.5%"], [12.0, 3.5]),
            (["USD 5", "7 EUR"], [5.0, 7.0]),
            (["1 200,5", "3"], [1200.5, 3.0]),
            (["3,5", "unknown", None], [3.5, None, None]),
        ],
    )
    def test_spellings_are_told_by_the_whole_column(self, cells: list[str | None], expected: list[float | None]) -> None:
        """Comma or point, grouped or not, with currency or percent."""
        assert numbers(cells) == expected

    @pytest.mark.parametrize(
        "cells", [["a", "b"], ["2024-05-06", "2024-05-07"], ["A1", "B2"], [None], ["no", "no", "no", "no", "1"]]
    )
    def test_words_and_dates_are_no_numbers(self, cells: list[str | None]) -> None:
        """A column of them holds none."""
        assert number_style(cells) is None

    def test_only_odd_spellings_are_rewritten(self) -> None:
        """What every program reads stays as it is, leading zeros too."""
        assert mended(["007", "12"]) == ["007", "12"]
        assert mended(["1.200,5", "unknown", None, "3"]) == ["1200.5", "unknown", None, "3.0"]


class TestMoments:
    @pytest.mark.parametrize(
        ("cells", "iso"),
        [
            (["2026-11-23", "x"], "2026-11-23"),
            (["2026-11-23T18:00:00+00:00"], "2026-11-23T18"),
            (["23.11.2026", "01.02.2026"], "2026-11-23"),
            (["11/23/2026", "01/02/2026"], "2026-11-23"),
            (["03/04/1998"], "1998-04-03"),
            (["1795392000"], "2026-11-23"),
        ],
    )
    def test_dates_of_many_spellings(self, cells: list[str | None], iso: str) -> None:
        """Day or month first as the column tells; older than online leads, too."""
        first = moments(cells)[0]
        assert first is not None
        assert datetime.fromtimestamp(first / 1000, UTC).isoformat().startswith(iso)

    def test_rows_are_ordered_by_numbers_or_dates(self) -> None:
        """Words order nothing."""
        assert sort_keys(["3", "1,5", None]) == [3.0, 1.5, None]
        keys = sort_keys(["02.01.2026", "01.02.2026"])
        assert keys is not None
        assert keys[0] is not None
        assert keys[1] is not None
        assert keys[0] < keys[1]
        assert sort_keys(["b", "a"]) is None
