"""What all generators of this folder draw with: one seeded stream of choices, and CSV files of it."""

import csv
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Row = dict[str, str]
"""Column to value; the column `entity` says who it is."""

Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """A file of records: its name without ending, its rows, the country of phones without country code, the column that
    says who it is, and FIELD=COLUMN for columns whose names a program may well misunderstand."""

    name: str
    rows: Rows = field(repr=False)
    country: str = ""
    truth: str = "entity"
    told: tuple[str, ...] = ()


class Draw(random.Random):
    """A seeded stream of choices."""

    def chance(self, share: float) -> bool:
        """True in `share` of all calls."""
        return self.random() < share

    def common(self, pool: Sequence[str], steep: float = 0.8) -> str:
        """One of `pool`, the first ones far more often than the last (Zipf-like), as names are in reality."""
        at = int(len(pool) ** (self.random() ** (1 / (1 + steep))) - 1 + self.random())
        return pool[min(at, len(pool) - 1)]

    def digits(self, count: int) -> str:
        """`count` digits, the first of them not zero."""
        return str(self.randint(1, 9)) + "".join(str(self.randint(0, 9)) for _ in range(count - 1))

    def of(self, *weighted: tuple[float, Callable[[], str]]) -> str:
        """What one of the functions gives, drawn by its weight."""
        return self.choices([made for _, made in weighted], [weight for weight, _ in weighted])[0]()


def words(text: str) -> tuple[str, ...]:
    """Blank-separated words; an underscore stands for a blank within one."""
    return tuple(word.replace("_", " ") for word in text.split())


def write(table: Table, folder: Path) -> Path:
    """The table as a CSV file in `folder`; columns in the order in which the rows first have them."""
    path = folder / f"{table.name}.csv"
    columns = list(dict.fromkeys(column for row in table.rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(table.rows)
    return path


def numbered(rows: Iterable[Row], column: str, start: int = 1) -> Rows:
    """The rows with a running number before everything else."""
    return [{column: str(at), **row} for at, row in enumerate(rows, start)]
