"""A file of rows as columns of text. No row is lost: what is odd about it is mended and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.backtest.dialect import decoded, rows_of
from app.backtest.errors import ColumnMissing, Unreadable

NOTHING: Final = frozenset({"", "na", "n/a", "#n/a", "nan", "<na>", "null", "nil", "\\n", "-", "--", "?"})

Column = list[str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file was read.

    Attributes:
        encoding, separator: As found or told.
        rows: With anything in them.
        ragged: Rows with more or fewer cells than the header; what is missing is empty, what is over is left out.
        blank: Lines without anything, passed over.
        renamed: Headers that were empty or given twice → their names here, by place: `column_3`, `name#2`.
    """

    encoding: str
    separator: str
    rows: int
    ragged: int
    blank: int
    renamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, in the file's order; None where a cell says nothing (`NOTHING`, in any case)."""

    columns: dict[str, Column]
    reading: Reading

    def __len__(self) -> int:
        return self.reading.rows

    def column(self, name: str, option: str) -> Column:
        """
        Raises:
            ColumnMissing: Names those that are near.
        """
        return self.columns[self.named(name, option)]

    def named(self, name: str, option: str) -> str:
        """The column's name as the file spells it: case and blanks around it may differ.

        Raises:
            ColumnMissing: Names those that are near.
        """
        if name in self.columns:
            return name
        alike = [one for one in self.columns if one.casefold() == name.strip().casefold()]
        if len(alike) != 1:
            raise ColumnMissing(name, option, self.columns)
        return alike[0]

    def ordered(self, order: Sequence[int]) -> Table:
        """The rows in another order."""
        return Table({name: [column[row] for row in order] for name, column in self.columns.items()}, self.reading)


def read_table(data: bytes, *, encoding: str | None = None, separator: str | None = None) -> Table:
    """The table that a file's bytes hold.

    Raises:
        Unreadable: No text, nothing in it, or a header alone.
    """
    text, encoding = decoded(data, encoding)
    rows, separator = rows_of(text, separator)
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        raise Unreadable("the file holds no rows below a header")
    header, body = filled[0], filled[1:]
    names, renamed = _names(header)
    width, ragged = len(names), 0
    columns: list[Column] = [[] for _ in names]
    texts: dict[str, str | None] = {}  # each text once in memory, and looked at once
    for row in body:
        if len(row) != width:
            ragged += 1
            row = (row + [""] * (width - len(row)))[:width]
        for column, cell in zip(columns, row, strict=True):
            if cell not in texts:
                texts[cell] = _said(cell)
            column.append(texts[cell])
    reading = Reading(encoding, separator, len(body), ragged, len(rows) - len(filled), renamed)
    return Table(dict(zip(names, columns, strict=True)), reading)


def _said(cell: str) -> str | None:
    text = cell.strip()
    return None if text.casefold() in NOTHING else text


def _names(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    names: list[str] = []
    renamed: list[str] = []
    taken = {" ".join(cell.split()) for cell in header}
    for place, cell in enumerate(header, start=1):
        name = first = " ".join(cell.split()) or f"column_{place}"
        n = 2
        while name in names or (name != first and name in taken):
            name, n = f"{first}#{n}", n + 1
        if name != " ".join(cell.split()):
            renamed.append(name)
        names.append(name)
    return names, tuple(renamed)
