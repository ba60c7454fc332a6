"""Moments as the vendors write them. Times in are milliseconds since the epoch, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def at(ms: int, zone: tzinfo = UTC) -> datetime:
    """The moment in a zone, to the second."""
    return datetime.fromtimestamp(ms // 1000, zone)


def zulu(ms: int) -> str:
    """2026-03-01T12:00:00Z"""
    return at(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_ms(ms: int) -> str:
    """2026-03-01T12:00:00.123Z"""
    return f"{at(ms):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def zoneless(ms: int, zone: tzinfo = UTC) -> str:
    """2026-03-01T12:00:00, in the zone's wall clock and without saying so."""
    return at(ms, zone).strftime("%Y-%m-%dT%H:%M:%S")


def offset(ms: int, zone: tzinfo) -> str:
    """2026-03-01T12:00:00+01:00"""
    return at(ms, zone).isoformat()
