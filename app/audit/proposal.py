"""The inventory entry that follows from what a source sends: as YAML ready to commit, and as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from json import dumps
from typing import Any

from app.audit.profile import Found, Profile
from app.inventory.models import Source
from app.inventory.paths import PathError, parse


def proposal(name: str, format_: str, profile: Profile, certain_from: float, source: Source | None = None) -> str:
    """The inventory entry as YAML, ready to commit; what is uncertain, and the evidence, as comments.

    Args:
        name: Slug.
        format_: json, form or auto.
        certain_from: From this confidence on a field is proposed; below, it is a comment.
        source: The entry as it is, where there is one.
    """
    declared = source if source and source.mapping.fields else None
    found = [one for one in profile.found() if one.field is None or _readable(one.path)]
    sure: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        if one.field and (one.rung in ("declared", "confirmed") or one.confidence >= certain_from) and one.rung != "derived":
            sure[one.field].append(one)
    lines = [
        f"# Proposed by `leadstream onboard {name}` from {profile.records:,} records.",
        f"name: {name}",
        f"description: {dumps(declared.description if declared else f'Leads from {name}')}",
        f"owner: {declared.owner if declared else 'lead-operations  # who answers for this source?'}",
        f"format: {format_}",
        "mapping:",
        f"  version: {declared.mapping.version + 1 if declared else 1}",
        "  fields:" if sure else "  fields: {}  # nothing is certain: confirm some of what follows",
        *_fields(sure),
    ]
    lines += [
        f"    # uncertain: {one.field}: {_quoted(one.path)}  # {_told(one)}"
        for one in found
        if one.field and one.field not in sure and one.rung != "derived"
    ]
    lines += [f"    # perhaps: {one.field}: {_quoted(one.path)}  # {_told(one)}" for one in profile.suggested()]
    if rest := [one for one in found if one.field is None]:
        lines.append("  # kept as attributes; name under `ignore` what shall be left out (secrets, plumbing):")
        lines += [f"  #   {one.path}: {_told(one)}" for one in rest]
        lines.append("  ignore: []")
    required = [one for one in profile.always() if any(part in sure for part in one.split("|"))]
    lines += [f"required: [{', '.join(required)}]  # no record lacked them"] if required else []
    lines += [_time_zone(profile, declared), _date_order(profile, declared)]
    if country := profile.country():
        lines.append(f"default_country: {country[0]}  # of {country[1]:.0%} of the leads that tell one")
    lines += [
        "automation: 0.1  # people decide the others; raise it as you come to trust the source",
        f"expected_per_hour: {profile.per_hour()}" + ("" if profile.last_ms else "  # nobody knows: no record tells its arrival"),
    ]
    return "\n".join(lines) + "\n"


def data(profile: Profile, format_: str) -> dict[str, Any]:
    """The same as data, for `--json`."""
    order, zone = profile.date_order(), profile.time_zone()
    return {
        "records": profile.records,
        "format": format_,
        "required": profile.always(),
        "date_order": asdict(order) if order else None,
        "time_zone": asdict(zone) | {"sure": zone.sure, "share": zone.share} if zone else None,
        "country": profile.country(),
        "expected_per_hour": profile.per_hour(),
        "paths": [asdict(one) for one in profile.found()],
        "suggested": [asdict(one) for one in profile.suggested()],
    }


def _fields(sure: dict[str, list[Found]]) -> Iterator[str]:
    for name, paths in sure.items():
        yield from (f"    # {_told(one)}" for one in paths)
        told = [_quoted(one.path) for one in paths]
        yield f"    {name}: {told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}"


def _time_zone(profile: Profile, declared: Source | None) -> str:
    zone, now = profile.time_zone(), declared.time_zone if declared else "UTC"
    if zone is None:
        return f"time_zone: {now}  # of times without zone: no record can tell; ask the sender"
    if not zone.sure:
        return f"time_zone: {now}  # not sure, ask the sender: {zone.name} fits best, but only {zone.text}"
    return f"time_zone: {zone.name}  # {zone.text}"


def _date_order(profile: Profile, declared: Source | None) -> str:
    order, now = profile.date_order(), declared.date_order if declared else "YMD"
    told = f"date_order: {order.order if order and order.order else now}"
    if order is None:
        return f"{told}  # no date was seen that reads in two ways; one that does is flagged"
    return f"{told}  # {order.text}"


def _told(one: Found) -> str:
    said = f"{one.rung} {one.confidence:.2f}, " if one.rung else ""
    return f"{said}{one.type}, in {one.share:.0%}, as {_quoted(one.example)}"


def _quoted(text: str) -> str:
    return dumps(text, ensure_ascii=False)


def _readable(path: str) -> bool:
    try:
        parse(path)
    except PathError:
        return False
    return True
