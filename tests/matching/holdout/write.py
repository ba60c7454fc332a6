"""Writes the files of one half: python -m tests.matching.holdout.write FOLDER [dev|dev2|final]."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.matching.holdout import (
    dev2_alumni,
    dev2_guests,
    dev2_patients,
    dev2_places,
    dev2_suppliers,
    dev_leads,
    dev_organisations,
    dev_persons,
    final_leads,
    final_organisations,
    final_persons,
    pairs,
)
from tests.matching.holdout.drawing import Table, write

HALVES: dict[str, tuple[Callable[[], list[Table]], ...]] = {
    "dev": (dev_persons.tables, dev_organisations.tables, dev_leads.tables, partial(pairs.tables, "dev")),
    "dev2": (dev2_patients.tables, dev2_guests.tables, dev2_alumni.tables, dev2_suppliers.tables, dev2_places.tables),
    "final": (final_persons.tables, final_organisations.tables, final_leads.tables, partial(pairs.tables, "final")),
}


def written(half: str, folder: Path) -> list[tuple[Table, Path]]:
    """All tables of a half, each written into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [(table, write(table, folder)) for make in HALVES[half] for table in make()]


if __name__ == "__main__":
    for table, path in written(sys.argv[2] if len(sys.argv) > 2 else "dev", Path(sys.argv[1])):
        country = f" --country {table.country}" if table.country else ""
        maps = "".join(f" --map '{field}'" for field in table.told)
        print(f"leadstream match {path} --truth '{table.truth}'{country}{maps}")
