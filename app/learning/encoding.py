"""From features to what a linear model multiplies: guarded numbers, and one key per category value.

Both the learner and the workers' model encode with these functions, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from zlib import crc32

from app.pipeline.scoring import NUMBER_LIMIT

# One NaN or infinity learned makes a logistic regression answer NaN for ever; numbers beyond the limit would flatten the scale.
Z_LIMIT: Final = 8.0  # standard deviations: one outlier must not throw the weights
MAX_NUMBERS: Final = 256  # names of numeric features
MAX_FEATURES: Final = 128  # names of categorical features
MAX_VALUES: Final = 500  # values of one categorical feature with a weight of their own, first come
BUCKETS: Final = 64  # all later values share these, by hash
MAX_LENGTH: Final = 80  # characters of a value that count

State = dict[str, list[str]]


def is_sound(value: object) -> bool:
    """Whether a number may be learned from or scored with: a finite one within the limit."""
    return isinstance(value, (int, float)) and -NUMBER_LIMIT < value < NUMBER_LIMIT  # NaN compares false


def bucket(value: str) -> str:
    """The shared name of values that came too late for their own: `#0` to `#63`, by CRC-32 (the same on every machine)."""
    return f"#{crc32(value.encode('utf-8', 'replace')) % BUCKETS}"


class Vocabulary:
    """Which values of which categorical features have a weight of their own. Grows to a bound and never forgets.

    Args:
        known: feature → values in the order they came, from an earlier `state()`.
    """

    def __init__(self, known: Mapping[str, Iterable[str]] | None = None) -> None:
        self._known: dict[str, dict[str, None]] = {name: dict.fromkeys(values) for name, values in (known or {}).items()}

    def admit(self, categories: Mapping[str, str]) -> None:
        """Give new values their own weight while there is room."""
        for name, value in categories.items():
            values = self._known.get(name)
            if values is None:
                if len(self._known) >= MAX_FEATURES:
                    continue
                values = self._known[name] = {}
            if len(values) < MAX_VALUES:
                values[value[:MAX_LENGTH]] = None

    def key(self, name: str, value: str) -> str | None:
        """The weight's name, `feature=value` or `feature=#bucket`; None for a feature or value that has none."""
        values = self._known.get(name)
        if values is None:
            return None
        value = value[:MAX_LENGTH]
        if value in values:
            return f"{name}={value}"
        return f"{name}={bucket(value)}" if len(values) >= MAX_VALUES else None

    def state(self) -> State:
        """As JSON can hold it."""
        return {name: list(values) for name, values in self._known.items()}
