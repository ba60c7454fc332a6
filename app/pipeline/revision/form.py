"""The two forms in which a lead stands on topics: routed_lead (flat: attributes are JSON,
violations a text) and lead (nested)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

Value = Mapping[str, Any]
"""A routed_lead or a lead, as its schema has it."""


def flat(value: Value) -> bool:
    """Whether it is in the form of routed_lead."""
    return isinstance(value["attributes"], str)


def attributes_of(value: Value) -> dict[str, str]:
    """Path → text."""
    told = value["attributes"]
    if not isinstance(told, str):
        return dict(told)
    opened: dict[str, str] = orjson.loads(told) if told else {}
    return opened


def violations_of(value: Value) -> list[str]:
    """`field:code` of each."""
    told = value["violations"]
    return told.split() if isinstance(told, str) else [f"{one['field']}:{one['code']}" for one in told]


def told(like: Value, attributes: Mapping[str, str], violations: Iterable[str]) -> dict[str, Any]:
    """Both in the form of another value."""
    if flat(like):
        return {"attributes": orjson.dumps(attributes).decode() if attributes else "{}", "violations": " ".join(violations)}
    apart = (one.partition(":") for one in violations)
    return {"attributes": dict(attributes), "violations": [{"field": field, "code": code} for field, _, code in apart]}


def ids(value: Value) -> list[str]:
    """The leads that were merged into it, in the order in which they were."""
    return str(value["merged"]).split()


def sources_of(value: Value) -> list[str]:
    """Sources that it came by, the first first."""
    return str(value["sources"]).split() or [str(value["source"])]
