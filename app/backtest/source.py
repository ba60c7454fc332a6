"""A history as a source: what the inventory would say of it, and its rows as inbound events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Final

import orjson

from app.backtest.fields import AT_MS, READ
from app.backtest.history import History
from app.backtest.table import Column
from app.backtest.values import mended
from app.inventory.models import Mapping as FieldMapping
from app.inventory.models import Source
from app.inventory.paths import quote
from app.inventory.purposes import MAX_FEATURES
from app.pipeline.source import InboundEvent, Position

NAME: Final = "history"
TOPIC: Final = "leads.inbound.history"
_ROW: Final = "_row"  # member that holds the row's number, so that two rows alike are two events; no column is called so


@dataclass(frozen=True, slots=True)
class Scored:
    """What of a history scoring may look at.

    Attributes:
        source: As the pipeline runs it.
        features: Columns whose values are features, in the file's order.
        fields: Lead field → column.
        left_out: Columns beyond what a lead has room for.
    """

    source: Source
    features: tuple[str, ...]
    fields: dict[str, str]
    left_out: tuple[str, ...]

    @property
    def has_contacts(self) -> bool:
        """Whether a person can be told by these columns."""
        return not {"email", "phone"}.isdisjoint(self.fields)


def scored_source(columns: Sequence[str], fields: Mapping[str, str]) -> Scored:
    """The source of a history.

    Args:
        columns: What may be looked at: all but outcome, plumbing, ignored and leaking ones. Of more than MAX_FEATURES the first.
        fields: Lead field → column, as told or named.
    """
    read = {column for field, column in fields.items() if field in READ}
    usable = [column for column in columns if column not in read]
    features = tuple(usable[:MAX_FEATURES])
    number = _ROW
    while number in columns:
        number += "_"
    paths = {field: quote(column) for field, column in fields.items()} | {"event_id": number}
    source = Source(
        name=NAME,
        description="A history of leads",
        owner="backtest",
        format="json",
        mapping=FieldMapping(fields=paths),
        features=tuple(map(quote, features)),
        expected_per_hour=1.0,
    )
    return Scored(source, features, dict(fields), tuple(usable[MAX_FEATURES:]))


def events(history: History, scored: Scored) -> Iterator[InboundEvent]:
    """Each row as the record that the source would have sent, in order."""
    names, number = dict.fromkeys((*scored.features, *scored.fields.values())), str(scored.source.mapping.fields["event_id"])
    columns: list[tuple[str, Column]] = [(name, mended(history.table.columns[name])) for name in names]
    for row in range(len(history)):
        payload = {number: str(row)} | {name: cell for name, column in columns if (cell := column[row]) is not None}
        at = AT_MS if history.moments is None else history.moments[row]
        yield InboundEvent(Position(TOPIC, 0, row), None, orjson.dumps(payload), (), at)


def as_yaml(scored: Scored) -> str:
    """An inventory entry to begin with: what these columns are for scoring, by the names that this file has for them."""
    fields = [f"    {field}: {dumps(quote(column), ensure_ascii=False)}" for field, column in scored.fields.items()]
    return "\n".join(
        [
            "name: my-leads  # a slug: its topic is leads.inbound.my-leads",
            "description: Leads as in the history that was replayed",
            "owner: lead-operations  # who answers for this source?",
            "format: json",
            "mapping:",
            *(["  fields:", *fields] if fields else ["  fields: {}  # the ladder maps what it knows by name or shape"]),
            "features:  # attributes that scoring may look at: name none that you would not justify to the person",
            *(f"  - {dumps(quote(name), ensure_ascii=False)}" for name in scored.features),
            "sensitive: []  # attributes that `leadstream fairness` compares by, and scoring never sees",
            "expected_per_hour: 10  # the monitor compares with it",
            "",
        ]
    )
