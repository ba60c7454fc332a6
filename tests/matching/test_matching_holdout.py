"""How well matching does on the sets of tests/matching/holdout: figures of each file, in the order of its records.

Reported and not asserted: a figure here is a measurement. Errors of the final half are shown nowhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table as Shown

from tests.matching.holdout.drawing import Table, write
from tests.matching.holdout.pairs import pairs, tables
from tests.matching.holdout.write import written

pytestmark = pytest.mark.bench
_ROOT = Path(__file__).parents[2]
_HALVES = ("dev", "final")  # with pairs that were judged by hand
_SETS = ("dev", "dev2", "final")


def _matched(table: Table, path: Path, told: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What the command says of the file: a line for each row that has an earlier one, and the summary last."""
    command = [str(Path(sys.executable).with_name("leadstream")), "match", str(path), "--truth", table.truth, "--json"]
    country = ["--country", table.country] if table.country else []
    maps = [part for field in told for part in ("--map", field)]
    done = subprocess.run([*command, *country, *maps], cwd=_ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-400:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _of_pairs(said: list[dict[str, Any]]) -> dict[int, str]:
    """Outcome of each pair that was not kept apart: by the number of the pair, from 0."""
    rows = [(int(line["row"]), line) for line in said if "row" in line]
    return {row // 2 - 1: line["outcome"] for row, line in rows if row % 2 == 0 and int(line["with"]) == row - 1}


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("half", _SETS)
def test_figures_of_the_held_out_sets(half: str, tmp_path: Path) -> None:
    """The command reads every file of a half and gives precision, recall and F1 over pairs of records."""
    shown = Shown("file", "records", "merged", "joined", "asked", "precision", "recall", "F1", "µs a row", title=f"{half} half")
    for table, path in written(half, tmp_path):
        if table.name.endswith("_unsure"):
            continue
        for told in dict.fromkeys(((), table.told)):
            figures = _matched(table, path, told)[-1]["summary"]
            counts = (figures["rows"], figures["merged"], figures["joined"], figures["asked"])
            shares = (figures["precision"], figures["recall"], figures["f1"])
            name = f"{table.name}, columns told" if told else table.name
            shown.add_row(name, *map(str, counts), *(f"{share:.4f}" for share in shares), f"{figures['us_per_row']:.0f}")
            assert figures["rows"] == len(table.rows)
    Console(width=130).print(shown)


@pytest.mark.parametrize("half", _HALVES)
def test_verdicts_on_pairs_judged_by_hand(half: str, tmp_path: Path) -> None:
    """Of the pairs that a person judged, so many are merged, asked about and kept apart, by what the person said."""
    verdicts = [pair.verdict for pair in pairs(half)]
    outcomes: Counter[tuple[str, str]] = Counter()
    for table in tables(half):
        found = _of_pairs(_matched(table, write(table, tmp_path)))
        mine = [verdict for verdict in verdicts if (verdict == "unsure") == table.name.endswith("_unsure")]
        outcomes.update((verdict, found.get(at, "apart")) for at, verdict in enumerate(mine))
    shown = Shown("a person says", "merged", "joined", "asked", "apart", title=f"pairs of the {half} half")
    for verdict in ("same", "different", "unsure"):
        shown.add_row(verdict, *(str(outcomes[verdict, outcome]) for outcome in ("merged", "joined", "asked", "apart")))
    Console(width=130).print(shown)
    assert outcomes.total() == len(verdicts)


def test_a_half_is_the_same_every_time(tmp_path: Path) -> None:
    """Written twice, a file has the same bytes, and every record says who it is."""
    for half in _SETS:
        once, twice = written(half, tmp_path / "once"), written(half, tmp_path / "twice")
        assert [path.read_bytes() for _, path in once] == [path.read_bytes() for _, path in twice]
        assert all(row[table.truth.partition("~")[0]] for table, _ in once for row in table.rows)
