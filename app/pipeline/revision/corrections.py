"""What a reviewer corrects: a field's right value, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.inventory.checks import MAPPABLE
from app.pipeline.revision.form import Value, attributes_of, told, violations_of

_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_NEVER: Final = frozenset({"event_id", "occurred_at", "is_test"})  # what a record is known by is not for people to change


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError


_TYPES: Final[dict[str, Callable[[str], Any]]] = {
    "budget": float,
    "order_value": float,
    "orders_count": int,
    "consent": _flag,
    "consent_until": int,
}
CORRECTABLE: Final = MAPPABLE - _NEVER


def refused(corrections: Mapping[str, str]) -> list[str]:
    """Names that cannot be corrected, or not to that."""
    return [name for name, text in corrections.items() if name not in CORRECTABLE or not _readable(name, text)]


def corrected(value: Value, corrections: Mapping[str, str]) -> dict[str, Any]:
    """The lead with them; an empty text empties the field. What `refused` names is left out."""
    bad = refused(corrections)
    changes = {name: _read(name, text) for name, text in corrections.items() if name not in bad}
    kept = [one for one in violations_of(value) if one.partition(":")[0] not in changes]
    return dict(value) | changes | told(value, attributes_of(value), kept)


def _read(name: str, text: str) -> Any:
    text = text.strip()
    return _TYPES.get(name, str)(text) if text else None


def _readable(name: str, text: str) -> bool:
    try:
        _read(name, text)
    except ValueError:
        return False
    return True
