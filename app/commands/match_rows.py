"""Files of leads for `leadstream match`: read, their columns mapped once for the whole file, each row made a lead."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from app.commands.match_names import organisations
from app.errors import BadRecord, ConfigurationError
from app.inventory.models import Mapping as Declared
from app.inventory.models import Source
from app.inventory.undeclared import undeclared
from app.pipeline.lead import Lead
from app.pipeline.mapping import compile_mapping
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.fold import fold
from app.pipeline.matching.reading import evidence_of
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position

Row = dict[str, Any]

FIELDS: Final = (
    *("full_name", "first_name", "last_name", "company", "email", "phone", "street", "city", "region", "postcode", "country"),
    "customer_id",
)
"""Lead fields that tell who somebody is."""
BESIDE: Final = {"birth": "birth", "number": "housenumber", "extra": "address2"}
"""What else can be named for a column, and the attribute by which it is found."""
_LOOKED_AT: Final = 200
_NAMING: Final = frozenset(
    {
        "name",
        "names",
        "title",
        "nom",
        "nombre",
        "nome",
        "naam",
        "nazwa",
        "bezeichnung",
        "business",
        "organisation",
        "organization",
    }
)
_BARE: Final = re.compile(r'[^.\[\]"=@\s]+')


def read(data: bytes, name: str) -> list[Row]:
    """The rows of a CSV file (comma, semicolon or tab, with a header), of JSON lines, or of a JSON list.

    Raises:
        ConfigurationError: It is none of these.
    """
    text = data.decode("utf-8-sig", "replace")
    start = text.lstrip()[:1]
    try:
        rows: list[Row]
        if start == "[":
            rows = orjson.loads(text)
        elif start == "{":
            rows = [orjson.loads(line) for line in text.splitlines() if line.strip()]
        else:
            head = text.partition("\n")[0]
            delimiter = max(",;\t|", key=head.count)
            reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
            rows = [
                {(key or "").strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
                for row in reader
            ]
    except (orjson.JSONDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{name}: neither CSV with a header nor JSON objects: {error}") from None
    if not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{name}: a list of JSON objects is expected")
    return rows


def columns(rows: Sequence[Row], normaliser: Normaliser, named: Mapping[str, str], hidden: Sequence[str] = ()) -> dict[str, str]:
    """Lead field → path, for the whole file: what the mapping ladder makes of its first rows, and what the caller says.

    A column of names that are mostly businesses' becomes the company. An id counts only where the caller names it: most files
    number their rows.

    Args:
        named: Field (or birth, number, extra) → column, by the caller; `field=` with nothing leaves a field out.
        hidden: Columns not to be looked at: the truth.
    """
    source = undeclared("match-columns", 0.5)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    names: list[str] = []
    for row in rows[:_LOOKED_AT]:
        try:
            mapped = normaliser.map({key: value for key, value in row.items() if key not in hidden and value != ""}, source)
        except BadRecord:
            continue
        for one in mapped.provenance:
            if one.field in FIELDS and one.rung != "derived":
                votes[one.field][one.path] += 1
        if "full_name" in mapped.fields:
            names.append(str(mapped.fields["full_name"]))
    found = {
        field: paths.most_common(1)[0][0] for field, paths in votes.items() if paths.total() >= 0.02 * min(len(rows), _LOOKED_AT)
    }
    found.pop("customer_id", None)
    if not {"full_name", "first_name", "last_name", "company"} & {*found, *named} and (column := _named_so(rows, found, hidden)):
        found["full_name"] = _quoted(column)  # facility_name, school: the ladder knows no such lead field
        names = [str(row[column]) for row in rows[:_LOOKED_AT] if row.get(column)]
    if "full_name" in found and not {"first_name", "last_name"} & {*found, *named}:
        twice = found["full_name"] == found.get("company")  # one column cannot be both
        if (twice or "company" not in {*found, *named}) and organisations(names, rows[0]):
            found["company"] = found.pop("full_name")
        elif twice:
            del found["company"]
    for field, path in named.items():
        for other in [field, *(other for other, taken in found.items() if taken == path)]:
            found.pop(other, None)
        if path:
            found[field] = path if field in BESIDE else _quoted(path)
    return found


def _named_so(rows: Sequence[Row], found: Mapping[str, str], hidden: Sequence[str]) -> str | None:
    """The first column left whose header says that it names something."""
    taken = {path.strip('"') for path in found.values()} | {*hidden}
    for column in rows[0] if rows else ():
        if column not in taken and _NAMING & {*fold(column.replace("_", " ")).split()}:
            return column
    return None


def leads(
    rows: Sequence[Row], mapped: Mapping[str, str], normaliser: Normaliser, country: str | None, hidden: Sequence[str] = ()
) -> Iterator[tuple[Lead, Evidence]]:
    """Each row as a lead and its evidence.

    Args:
        mapped: As `columns` found it.
        country: Of phones without country code; None: unknown, compared as they are.
    """
    declared = {field: path for field, path in mapped.items() if field not in BESIDE}
    source = _source(declared, country)
    mapper = compile_mapping(source)
    for n, row in enumerate(rows):
        payload = {key: value for key, value in row.items() if key not in hidden}
        for name, attribute in BESIDE.items():
            if name in mapped and mapped[name] in payload:
                payload[attribute] = payload.pop(mapped[name])
        event = InboundEvent(Position("match", 0, n), None, b"", (), 0)
        lead = normaliser.lead(mapper.map(payload), event, source)
        yield lead, evidence_of(lead)


def _source(fields: Mapping[str, str], country: str | None) -> Source:
    return undeclared("match", 0.5).model_copy(update={"mapping": Declared(fields=dict(fields)), "default_country": country})


def _quoted(column: str) -> str:
    return column if _BARE.fullmatch(column) else '"' + column.replace("\\", "\\\\").replace('"', '\\"') + '"'
