"""Joins the parts of a backtest: the file, the pipeline with in-memory twins of its ports, the clock."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Final, cast

from pydantic import SecretStr

from app.backtest.description import Description
from app.backtest.fields import fields_named, fields_told
from app.backtest.history import History, history_of
from app.backtest.leaks import find_leaks
from app.backtest.replay import Stages, replay
from app.backtest.report import Backtest
from app.backtest.served import EachALead, Served
from app.backtest.source import TOPIC, events, scored_source
from app.backtest.table import Table
from app.edges.memory import MemoryToggles, NoRollouts, QueuesOnly
from app.edges.memory_index import MemoryMatchIndex
from app.inventory.models import Inventory
from app.inventory.purposes import MAX_FEATURES
from app.pipeline.identity import Identity
from app.pipeline.normalise import Normaliser
from app.pipeline.process import Pipeline
from app.wiring import Installation

_NOWHERE: Final = SecretStr("nothing of a backtest leaves this process")  # pseudonyms need a key; nobody will ever see one

Told = Callable[[str, int, int], None]
"""What is done now, rows done, rows in all."""


def run(table: Table, said: Description, one: Installation, told: Told = lambda what, done, of: None) -> Backtest:
    """Replay a history.

    Raises:
        HistoryError: It cannot be replayed as described.
        ConfigurationError: The inventory, whose routing rules and limits are used, cannot be read.
    """
    rows = len(table)
    history = history_of(table, said)
    ignored = tuple(table.named(name, "--ignore") for name in said.ignore)
    open_ = [name for name in history.table.columns if name not in history.plumbing and name not in ignored]
    told("looking for leaks", 0, rows)
    leaks, _ = find_leaks([(name, history.table.columns[name]) for name in open_], history.won)
    dropped = {leak.column for leak in leaks if leak.sure} if said.drop_leaks else set()
    columns = [name for name in open_ if name not in dropped]
    told("reading the columns", 0, rows)
    named = fields_named(said.map, history.table)
    fields = fields_told(history.table, [name for name in columns if name not in named.values()], one.normaliser()) | named
    scored = scored_source(_strongest_first(columns, history, said.skip), fields)
    identity = (scored.has_contacts and history.moments is not None) if said.identity is None else said.identity
    inventory = one.inventory.model_copy(update={"sources": {scored.source.name: scored.source}})
    stages = _stages(one, inventory, identity=identity)
    replayed = replay(
        history,
        events(history, scored),
        stages,
        perf_counter_ns,
        publish_every=said.publish_every,
        progress=lambda done: told("replaying", done, rows),
    )
    return Backtest(said, history, scored, (*ignored, *sorted(dropped)), leaks, identity, replayed, inventory)


def installation() -> Installation:
    """The installation's configuration, without any cluster and without its secrets."""
    one = Installation.from_environment()
    return Installation(one.app.model_copy(update={"pepper": _NOWHERE}), one.kafka, one.redis, one.registry)


def _stages(one: Installation, inventory: Inventory, *, identity: bool) -> Stages:
    served, apart = Served(perf_counter_ns), cast(Identity, EachALead())

    def pipeline(who: Identity) -> Pipeline:
        # Fields were told once for all rows: the ladder must not tell them again, row by row.
        settled = inventory.model_copy(update={"ladder": inventory.ladder.model_copy(update={"enabled": False})})
        normaliser = Normaliser(settled, {TOPIC: next(iter(inventory.sources))}, codec=one.codec)
        return Pipeline(
            settled,
            normaliser,
            identity=who,
            models=served,
            pseudonyms=one.pseudonyms,
            toggles=MemoryToggles(),
            rollouts=NoRollouts(),
            desk=QueuesOnly(),
        )

    return Stages(pipeline(one.identity(MemoryMatchIndex()) if identity else apart), pipeline(apart), served)


def _strongest_first(columns: list[str], history: History, skip: float) -> list[str]:
    """In the file's order where all can be features; else by how well each tells the outcome in the part that is not judged."""
    if len(columns) <= MAX_FEATURES:
        return columns
    known = max(500, int(skip * len(history)))
    cells = [(name, history.table.columns[name][:known]) for name in columns]
    _, alone = find_leaks(cells, history.won[:known])
    strongest = set(sorted(columns, key=lambda name: -alone[name])[:MAX_FEATURES])
    return sorted(columns, key=lambda name: name not in strongest)
