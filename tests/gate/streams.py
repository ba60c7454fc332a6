"""Recorded data: leads with what the model of this repository says of each before its end is learned, the ends late."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

from app.backtest.description import Description
from app.backtest.judged import judged
from app.backtest.table import read_table
from app.commands.backtest_run import installation, run
from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.learning.acceptance import Stream
from app.learning.contest import AUDITED, Contest
from app.learning.moves import Rules
from app.learning.recent import Recent
from app.pipeline.fate import Review, Routed
from app.pipeline.scoring import RULES
from tests.benchmarks.material import material, nowhere

BANK: Final = Path(__file__).parents[2].parent / "shared/data/bank-full.csv"
RECORDS, LATE, SKIPPED = 8_000, 200, 500
GROUPS: Final = ("job", "marital", "education")  # columns of the bank's history that nobody may be harmed by
EVERY_NTH: Final = 3  # row of the bank's history: a minute is all there is


def simulated() -> Stream:
    """Leads of the simulator, made from a seed: all sources, duplicates and garbage included, ends so many leads late."""
    one = nowhere()
    made = material(one, RECORDS)
    pipeline = one.pipeline(one.identity(MemoryMatchIndex()), FixedModel(RULES))
    contest = Contest.of(rules=Rules(recent=RECORDS))
    waiting: deque[tuple[dict[str, float], dict[str, str], bool, float]] = deque()
    seen = Recent(RECORDS)
    for planned, fate in zip(made.planned, pipeline.process(made.events), strict=True):
        if planned.won is None or not isinstance(fate, Routed | Review):
            continue
        numbers, categories = fate.score.numbers, fate.score.categories
        waiting.append((numbers, categories, bool(planned.won), contest.probability(numbers, categories)))
        if len(waiting) > LATE:
            numbers, categories, won, said = waiting.popleft()
            contest.learn(numbers, categories, won)
            seen.add(won, {"now": said}, {name: categories[name] for name in AUDITED if name in categories})
    (said_,), labels = seen.of(["now"], last=len(seen) - SKIPPED)
    return Stream(said_, labels)


def bank() -> Stream | None:
    """Every third row of the bank's history, where it is at hand, through the backtest."""
    if not BANK.is_file():
        return None
    head, *rows = BANK.read_text().splitlines()
    thinned = "\n".join([head, *rows[::EVERY_NTH]]).encode()
    said = Description(outcome="y", ignore=("duration",), label_delay=500 // EVERY_NTH)
    one = run(read_table(thinned, encoding=None, separator=None), said, installation())
    told = judged(one.history, one.replayed, said.skip)
    seen = Recent(len(told))
    for row, probability, won in zip(told.rows, told.probability, told.won, strict=True):
        seen.add(
            bool(won), {"now": float(probability)}, {name: one.history.table.columns[name][row] or "none" for name in GROUPS}
        )
    (said_,), labels = seen.of(["now"])
    return Stream(said_, labels)


STREAMS: Final = {"simulated": simulated, "bank": bank}
