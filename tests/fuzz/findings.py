"""Findings: made small, and kept as files in tests/poison/found, each of which is a test from then on."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from app.pipeline.source import InboundEvent, Position
from tests.fuzz.judge import Finding

FOUND = Path(__file__).parents[1] / "poison" / "found"
LOOKS = 400  # how often a smaller form of an input is tried
KEPT_BYTES = 200_000

Look = Callable[[InboundEvent], list[Finding]]


def smallest(finding: Finding, look: Look) -> Finding:
    """The same finding from an input that is as small as a few hundred tries make it."""
    left, best = LOOKS, finding

    def still(event: InboundEvent) -> bool:
        nonlocal left, best
        left -= 1
        for found in look(event):
            if found.rule == finding.rule and found.detail == finding.detail:
                best = found
                return True
        return False

    for smaller in _plainer(best.event):
        still(smaller)
    value = best.event.value or b""
    step = len(value) // 2
    while step and left > 0:
        at = 0
        while at < len(value) and left > 0:
            shorter = value[:at] + value[at + step :]
            if still(replace(best.event, value=shorter)):
                value = shorter
            else:
                at += step
        step //= 2
    return best


def _plainer(event: InboundEvent) -> Iterator[InboundEvent]:
    yield replace(event, headers=())
    yield replace(event, headers=(), key=None)
    yield replace(event, headers=(), key=None, timestamp_ms=1_772_438_400_000)


def keep(finding: Finding) -> Path | None:
    """Write a finding's input down; None where it is too large to keep, or one of its kind is there."""
    event = finding.event
    if len(event.value or b"") > KEPT_BYTES:
        return None
    FOUND.mkdir(exist_ok=True)
    kind = sha256(f"{finding.rule} {finding.detail}".encode()).hexdigest()[:12]
    path = FOUND / f"{kind}.json"
    if path.exists():
        return None
    told = {
        "found": f"{finding.rule}: {finding.detail}",
        "expected": "one fate, not internal_error, in time; all that goes out can be sent and read back",
        "topic": event.position.topic,
        "timestamp_ms": event.timestamp_ms,
        "key": _text(event.key),
        "value": _text(event.value),
        "headers": [[name, _text(value)] for name, value in event.headers],
    }
    path.write_text(json.dumps(told, indent=1) + "\n")
    return path


def kept() -> list[tuple[str, InboundEvent]]:
    """The inputs of all findings so far, by name."""
    return [(path.stem, _event(json.loads(path.read_text()))) for path in sorted(FOUND.glob("*.json"))]


def _event(told: dict[str, object]) -> InboundEvent:
    headers = tuple((name, _bytes(value)) for name, value in told["headers"])  # type: ignore[attr-defined]
    position = Position(str(told["topic"]), 0, 0)
    return InboundEvent(position, _bytes(told["key"]), _bytes(told["value"]), headers, int(str(told["timestamp_ms"])))


def _text(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode()


def _bytes(text: object) -> bytes | None:
    return None if text is None else b64decode(str(text))
