"""What a source's records have in common, and the inventory entry that follows from it. No value leaves here unmasked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from json import dumps
from typing import Any, Final

from app.audit.mask import masked
from app.inventory.models import Source
from app.inventory.paths import PathError, parse
from app.pipeline.attributes import collect, text_of
from app.pipeline.mapping import Mapped

ALWAYS_OF: Final = 20  # records before "always there" means anything
_MOST_PATHS: Final = 500
_DAY_MONTH = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})\b")


@dataclass(frozen=True, slots=True)
class Found:
    """One path of a source.

    Attributes:
        path: In the payload.
        field: Lead field; None: none, an attribute.
        rung, confidence: Who says so, and how sure the ladder is (the mean over the records); empty and 0 for attributes.
        share: Of the records that have it, [0, 1].
        type: JSON's name of the values' usual type.
        example: A value, with its letters and digits masked.
    """

    path: str
    field: str | None
    rung: str
    confidence: float
    share: float
    type: str
    example: str


@dataclass
class Profile:
    """Takes in mapped records, one after the other."""

    records: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    _seen: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _sure: dict[tuple[str, str | None], float] = field(default_factory=lambda: defaultdict(float))
    _rungs: dict[tuple[str, str | None], str] = field(default_factory=dict)
    _types: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _examples: dict[str, str] = field(default_factory=dict)
    _fields: Counter[str] = field(default_factory=Counter)
    _reachable: int = 0
    _orders: Counter[str] = field(default_factory=Counter)
    _countries: Counter[str] = field(default_factory=Counter)

    def add(self, mapped: Mapped, at_ms: int, country: str | None) -> None:
        """Take in one record.

        Args:
            mapped: What mapping and ladder made of it.
            at_ms: When it arrived.
            country: Of its lead, where address or phone told it.
        """
        self.records += 1
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = max(self.last_ms, at_ms)
        for one in mapped.provenance:
            self._meet(one.path, one.field, mapped.fields.get(one.field), one.rung, one.confidence)
            self._fields[one.field] += 1
        for path, text in collect(mapped.left).items():
            self._meet(path, None, text, "", 0.0)
        self._reachable += bool({"email", "phone"} & mapped.fields.keys())
        if match := _DAY_MONTH.match(text_of(mapped.fields.get("occurred_at", ""))):
            one_, two = int(match[1]), int(match[2])
            self._orders["DMY" if one_ > 12 else "MDY" if two > 12 else "either"] += 1
        if country:
            self._countries[country] += 1

    def found(self) -> list[Found]:
        """Every path, fields first, the most frequent first."""
        found = [
            Found(
                path, name, self._rungs[path, name], round(self._sure[path, name] / n, 3), round(n / self.records, 3),
                self._types[path].most_common(1)[0][0], self._examples[path],
            )
            for (path, name), n in self._seen.items()
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.field is None, one.field or "", -one.share, one.path))

    def always(self) -> list[str]:
        """Fields that no record lacked; `email|phone` where each had at least one of them."""
        if self.records < ALWAYS_OF:
            return []
        always = [name for name in ("event_id", "occurred_at", "email", "phone") if self._fields[name] >= self.records]
        if not {"email", "phone"} & {*always} and self._reachable == self.records:
            always.append("email|phone")
        return always

    def date_order(self) -> str | None:
        """DMY or MDY where dates prove one and none the other."""
        proved = [order for order in ("DMY", "MDY") if self._orders[order]]
        return proved[0] if len(proved) == 1 else None

    def country(self) -> tuple[str, float] | None:
        """The commonest country, and its share of the records that told one; None where it is not nine tenths."""
        if not self._countries:
            return None
        code, n = self._countries.most_common(1)[0]
        share = n / self._countries.total()
        return (code, round(share, 3)) if share >= 0.9 and n >= 5 else None

    def per_hour(self) -> float:
        """Records per hour between the first and the last; over an hour where they came in less."""
        hours = max(1.0, (self.last_ms - (self.first_ms or 0)) / 3_600_000)
        return max(0.1, round(self.records / hours, 1))

    def _meet(self, path: str, name: str | None, value: Any, rung: str, confidence: float) -> None:
        key = (path, name)
        if key not in self._seen and len(self._seen) >= _MOST_PATHS:
            return
        self._seen[key] += 1
        self._sure[key] += confidence
        self._rungs[key] = rung
        self._types[path][_TYPES.get(type(value), "text")] += 1
        if path not in self._examples:
            self._examples[path] = masked(text_of(value))


_TYPES: Final[Mapping[type, str]] = {bool: "boolean", int: "number", float: "number"}


def proposal(name: str, format_: str, profile: Profile, certain_from: float, source: Source | None = None) -> str:
    """The inventory entry as YAML, ready to commit; what is uncertain, and the evidence, as comments.

    Args:
        name: Slug.
        format_: json, form or auto.
        certain_from: From this confidence on a field is proposed; below, it is a comment.
        source: The entry as it is, where there is one.
    """
    found = [one for one in profile.found() if one.field is None or _readable(one.path)]
    sure: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        if one.field and (one.rung in ("declared", "confirmed") or one.confidence >= certain_from) and one.rung != "derived":
            sure[one.field].append(one)
    lines = [
        f"# Proposed by `leadstream onboard {name}` from {profile.records:,} records.",
        f"name: {name}",
        f"description: {dumps(source.description if source and source.mapping.fields else f'Leads from {name}')}",
        f"owner: {source.owner if source and source.mapping.fields else 'lead-operations  # who answers for this source?'}",
        f"format: {format_}",
        "mapping:",
        f"  version: {source.mapping.version + 1 if source and source.mapping.fields else 1}",
        "  fields:" if sure else "  fields: {}  # nothing is certain: confirm some of what follows",
    ]
    for name_, paths in sure.items():
        lines += [f"    # {_told(one)}" for one in paths]
        told = [dumps(one.path, ensure_ascii=False) for one in paths]
        lines.append(f"    {name_}: {told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}")
    lines += [
        f"    # uncertain: {one.field}: {dumps(one.path, ensure_ascii=False)}  # {_told(one)}"
        for one in found
        if one.field and one.field not in sure and one.rung != "derived"
    ]
    if rest := [one for one in found if one.field is None]:
        lines.append("  # kept as attributes; name under `ignore` what shall be left out (secrets, plumbing):")
        lines += [f"  #   {one.path}: {_told(one)}" for one in rest]
        lines.append("  ignore: []")
    required = [one for one in profile.always() if {*one.split("|")} & (sure.keys() | {"event_id", "occurred_at"})]
    required = [one for one in required if any(part in sure for part in one.split("|"))]
    lines += [f"required: [{', '.join(required)}]  # no record lacked them"] if required else []
    lines += ["time_zone: UTC  # of times without zone: no record can tell; ask the sender"]
    order = profile.date_order()
    lines += (
        [f"date_order: {order}  # dates prove it"] if order else ["date_order: YMD  # dates that read in two ways are flagged"]
    )
    if country := profile.country():
        lines.append(f"default_country: {country[0]}  # of {country[1]:.0%} of the leads that tell one")
    lines += [
        "automation: 0.1  # people decide the others; raise it as you come to trust the source",
        f"expected_per_hour: {profile.per_hour()}",
    ]
    return "\n".join(lines) + "\n"


def data(profile: Profile, format_: str) -> dict[str, Any]:
    """The same as data, for `--json`."""
    return {
        "records": profile.records, "format": format_, "required": profile.always(), "date_order": profile.date_order(),
        "country": profile.country(), "expected_per_hour": profile.per_hour(), "paths": [asdict(one) for one in profile.found()],
    }  # fmt: skip


def uncertain(found: Iterable[Found], certain_from: float) -> list[Found]:
    """What the ladder mapped without being sure of it: to be confirmed or corrected."""
    return [
        one
        for one in found
        if one.field and one.rung not in ("declared", "confirmed", "derived") and one.confidence < certain_from
    ]


def _told(one: Found) -> str:
    said = f"{one.rung} {one.confidence:.2f}, " if one.rung else ""
    return f"{said}{one.type}, in {one.share:.0%}, as {dumps(one.example, ensure_ascii=False)}"


def _readable(path: str) -> bool:
    try:
        parse(path)
    except PathError:
        return False
    return True
