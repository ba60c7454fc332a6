"""Any table written as CSV is read back as it was, and any bytes are read or refused by a typed error."""

from __future__ import annotations

import csv
from io import StringIO

from hypothesis import assume, given
from hypothesis import strategies as st

from app.backtest.errors import HistoryError
from app.backtest.leaks import single_auc
from app.backtest.outcome import outcome_of
from app.backtest.table import NOTHING, read_table
from app.backtest.values import mended, moments, number_style, numbers, sort_keys
from tests.harness.examples import examples

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), max_size=12)
NAMES = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=2, max_size=5, unique=True)


def clean(cell: str) -> str | None:
    text = cell.strip()
    return None if text.casefold() in NOTHING else text


@examples()
@given(st.data(), NAMES, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n"]))
def test_a_quoted_table_reads_as_it_was(data: st.DataObject, names: list[str], separator: str, newline: str) -> None:
    """Whatever the cells hold, separators and line ends among them."""
    row = st.lists(CELLS, min_size=len(names), max_size=len(names)).filter(lambda cells: any(cell.strip() for cell in cells))
    rows = data.draw(st.lists(row, min_size=1, max_size=8))
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    table = read_table(text.getvalue().encode())
    assert table.reading.separator == separator
    assert list(table.columns) == names
    assert [list(cells) for cells in zip(*table.columns.values(), strict=True)] == [[clean(cell) for cell in row] for row in rows]


@examples()
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_typed_error(data: bytes) -> None:
    """And every row has as many cells as there are columns."""
    try:
        table = read_table(data)
    except HistoryError:
        return
    assert {len(column) for column in table.columns.values()} == {len(table)}


@examples()
@given(st.lists(st.none() | CELLS | st.floats(allow_nan=False).map(str) | st.dates().map(str), min_size=1, max_size=12))
def test_any_column_can_be_looked_at(column: list[str | None]) -> None:
    """Numbers, moments, order and outcome are told or not told, and nothing else happens; mending reads as the same numbers."""
    assert len(moments(column)) == len(mended(column)) == len(column)
    sort_keys(column)
    if number_style(column) is not None:
        assert [value for value in numbers(mended(column)) or [] if value is not None] == [
            value for value in numbers(column) or [] if value is not None
        ]
    try:
        outcome = outcome_of(column, "result")
    except HistoryError:
        return
    assert [won is None for won in outcome.won] == [text is None for text in column]


@examples()
@given(st.lists(st.tuples(st.none() | st.text("ab1.", max_size=3), st.booleans()), min_size=2, max_size=60))
def test_a_column_alone_ranks_between_chance_and_certainty(rows: list[tuple[str | None, bool]]) -> None:
    """Whatever the column holds."""
    won = [label for _, label in rows]
    assume(any(won) and not all(won))
    assert 0.5 <= single_auc([cell for cell, _ in rows], won) <= 1.0
