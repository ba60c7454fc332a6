"""Counts, amounts and times, as people say them."""

from __future__ import annotations

from functools import lru_cache
from math import expm1
from typing import Final

_LARGEST: Final = 40.0  # of the logarithm of a count or an amount; beyond, e to it is no number any more


@lru_cache(maxsize=4_096)
def amount(value: float) -> str:
    """`129`, `5,200`, `1.2 million`: as people say it."""
    if value >= 999_500:
        return f"{value / 1e6:,.1f} million"
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def count(log_of: float) -> int:
    """The count of which a feature is the logarithm."""
    return round(unlogged(log_of))


def ago(hours: float) -> str:
    """`20 minutes`, `2 hours`, `3 days`."""
    if hours < 0.95:
        return many(max(1, round(hours * 60)), "minute")
    return many(round(hours), "hour") if hours < 47.5 else many(round(hours / 24), "day")


def many(number: int, what: str) -> str:
    """`1 page`, `12 pages`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def times(number: int) -> str:
    """`once`, `4 times`."""
    return "once" if number == 1 else f"{number:,} times"


def unlogged(log_of: float) -> float:
    """What a feature on a log scale (log1p) stands for."""
    return expm1(min(log_of, _LARGEST))
