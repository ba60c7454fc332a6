"""Histories of leads for tests: made up, with columns that tell something of the outcome and columns that tell nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from io import StringIO
from random import Random

CHANNELS = {"fair": 0.5, "search": 0.25, "social": 0.08, "list": 0.03}  # channel → share that is won


@dataclass(frozen=True)
class Dialect:
    """How a made-up history is written."""

    separator: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    won: str = "yes"
    lost: str = "no"
    nothing: str = ""
    decimal: str = "."
    quote: bool = False


@dataclass
class History:
    """Rows of cells under a header; `won` holds the truth."""

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    won: list[bool] = field(default_factory=list)

    def column(self, name: str) -> list[str]:
        at = self.header.index(name)
        return [row[at] for row in self.rows]

    def add(self, name: str, cells: list[str]) -> None:
        """A further column."""
        self.header.append(name)
        for row, cell in zip(self.rows, cells, strict=True):
            row.append(cell)

    def data(self, dialect: Dialect | None = None) -> bytes:
        """The file."""
        how = dialect or Dialect()
        text = StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=how.separator,
            lineterminator=how.newline,
            quoting=csv.QUOTE_ALL if how.quote else csv.QUOTE_MINIMAL,
        )
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue().encode(how.encoding)


def history(leads: int = 600, seed: int = 1, dialect: Dialect | None = None) -> History:
    """A history whose `channel` and `visits` tell of the outcome, `city` and `ref` (never the same) tell nothing."""
    dice, how = Random(seed), dialect or Dialect()
    made = History(["ref", "channel", "visits", "city", "rating", "result"])
    for n in range(leads):
        channel = dice.choice(list(CHANNELS))
        visits = dice.randint(0, 9)
        won = dice.random() < min(0.95, CHANNELS[channel] * (0.4 + visits / 5))
        city = dice.choice(["Köln", "São Paulo", "Paris", how.nothing])
        rating = f"{dice.uniform(0, 5):.2f}".replace(".", how.decimal)
        made.rows.append([f"L-{n:06d}", channel, str(visits), city, rating, how.won if won else how.lost])
        made.won.append(won)
    return made
