"""Which columns are contacts, messages, campaigns: as the mapping ladder reads them, believed where the values bear it out.

Asked of a sample, once: a column is mapped for all rows or for none, so that one odd cell changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Final

from app.backtest.description import NotDescribed
from app.backtest.errors import listed
from app.backtest.table import Table
from app.inventory.paths import quote
from app.inventory.undeclared import undeclared
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position

SAMPLE: Final = 200  # rows, spread evenly
MOSTLY: Final = 0.8  # of the cells that are filled must be taken for the field, and read as one
AT_MS: Final = 1_767_614_400_000  # noon of Monday, 5 January 2026: when every lead came, where nobody says when

READ: Final = frozenset(
    {"email", "phone", "full_name", "first_name", "last_name", "street", "message", "ip", "user_agent"}
    | {"event_id", "customer_id", "visitor_id", "click_id", "page_url", "referrer"}
)  # they name a person or hold their words: no features as they are, the pipeline makes its own of them
MANY: Final = 20  # different values, or a third of all: fewer that come again and again are categories, whatever they look like
_NOT_MAPPED: Final = frozenset(
    {"occurred_at", "is_test", "consent", "consent_purposes", "consent_until", "event_id"}
)  # a history's own columns say these
_BAD: Final = frozenset({"invalid", "placeholder", "implausible", "ambiguous"})


def fields_told(table: Table, columns: list[str], normaliser: Normaliser) -> dict[str, str]:
    """Lead field → column, by the ladder.

    Args:
        table: The history.
        columns: Those that may be looked at.
        normaliser: With the ladder on.
    """
    source, filled = undeclared("history"), Counter[str]()
    took, read = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    sample = range(0, len(table), max(1, len(table) // SAMPLE))
    paths = {quote(column): column for column in columns}
    for row in sample:
        payload = {column: cell for column in columns if (cell := table.columns[column][row]) is not None}
        filled.update(payload.keys())
        event = InboundEvent(Position("history", 0, row), None, b"", (), AT_MS)
        mapped = normaliser.map(payload, source)
        origins = {(one.field, paths[one.path]) for one in mapped.provenance if one.path in paths and one.rung != "derived"}
        lead = normaliser.lead(mapped, event, source)
        bad = {violation.field for violation in lead.violations if violation.code in _BAD}
        took.update(origins)
        read.update(one for one in origins if one[0] not in bad and getattr(lead, one[0], None) is not None)
    believed = [
        (read[one], *one)
        for one, times in took.items()
        if one[0] not in _NOT_MAPPED
        and times >= MOSTLY * filled[one[1]]
        and read[one] >= MOSTLY * times
        and (one[0] not in READ or len({table.columns[one[1]][row] for row in sample}) > min(MANY, filled[one[1]] / 3))
    ]
    told: dict[str, str] = {}
    for _, field, column in sorted(believed, key=lambda one: (-one[0], one[2])):
        if field not in told and column not in told.values():
            told[field] = column
    return told


def fields_named(said: Mapping[str, str], table: Table) -> dict[str, str]:
    """Lead field → column, as --map says.

    Raises:
        HistoryError: There is no such field, or no such column.
    """
    known = [one.name for one in fields_of(Lead)]
    for field in said:
        if field not in known:
            raise NotDescribed(f"--map: a lead has no field {field!r}; it has {listed(sorted(known))}; write email=COLUMN")
    return {field: table.named(column, "--map") for field, column in said.items()}
