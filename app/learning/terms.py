"""From features to what the members multiply: a few sparse terms for each number, category and word.

A number becomes its distance from the mean (one slope) and its place between knots (`knots.py`: a bent line, any shape); a
category one term of its own value; a feature that a lead lacks, though others had it, a term for lacking it. A value of a
category gets a term when it is seen a second time, so that ids that never repeat get none; once the vocabulary is full, later
values share buckets by hash. `categories["words"]` is a set: each word is a term.

The learner encodes with this; what workers load are tables made from it (`export.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

from app.learning.knots import Knots
from app.pipeline.scoring import NUMBER_LIMIT

MAX_NUMBERS: Final = 256  # names of numeric features
MAX_FEATURES: Final = 128  # names of categorical features
MAX_VALUES: Final = 300  # values of one categorical feature with a term of their own
MAX_TERMS: Final = 2_500  # of all features together: bounds the state
BUCKETS: Final = 16  # later values of a full feature share these, by hash
MAX_LENGTH: Final = 80  # characters of a value that count
MAX_SEEN_ONCE: Final = 3_000  # hashes of values that came once, newest kept
MAX_WORDS: Final = 16  # of one lead
WORDS: Final = "words"
SPLIT: Final = "\x1f"  # between a feature's name and its part, in the name of a term
WORD_SCALE: Final = 0.5

Terms = list[tuple[str, float]]


def is_sound(value: object) -> bool:
    """Whether a number may be learned from or scored with: a finite one within the limit."""
    return isinstance(value, (int, float)) and -NUMBER_LIMIT < value < NUMBER_LIMIT  # NaN compares false


def bucket(value: str) -> str:
    """The shared name of values that came too late for their own: `#0` to `#15`, by CRC-32 (the same on every machine)."""
    return f"#{crc32(value.encode('utf-8', 'replace')) % BUCKETS}"


def lacking(feature: str) -> str:
    """The term of a lead without this feature."""
    return f"{feature}{SPLIT}?"


def slope(feature: str) -> str:
    """The term of a number's distance from its mean."""
    return f"{feature}{SPLIT}/"


def other(feature: str) -> str:
    """The term of all values without one of their own, while the vocabulary has room."""
    return f"{feature}{SPLIT}#"


class Encoding:
    """Knows the features, their values and knots. Grows to a bound; the same labels give the same encoding."""

    def __init__(self) -> None:
        self.knots: dict[str, Knots] = {}
        self.values: dict[str, dict[str, str]] = {}  # feature → value → term
        self.terms = 0
        self._once: dict[int, None] = {}

    def learn(self, sound: Mapping[str, float], categories: Mapping[str, str]) -> list[tuple[str, str, str | None, float]]:
        """Take one lead in.

        Returns:
            Knots that were put in, as (term, term below, term above or None, place between them in [0, 1]): what was learned at
            the neighbours passes to them.
        """
        grown: list[tuple[str, str, str | None, float]] = []
        for name, value in sound.items():
            knots = self.knots.get(name)
            if knots is None:
                knots = self.knots[name] = Knots(name)
            room = self.terms < MAX_TERMS
            before = len(knots.at)
            grown += knots.learn(value, room)
            self.terms += len(knots.at) - before
        for name, text in categories.items():
            values = self.values.get(name)
            if values is None:
                if len(self.values) >= MAX_FEATURES or SPLIT in name or not _writable(name):
                    continue
                values = self.values[name] = {}
            for each in text.split()[:MAX_WORDS] if name == WORDS else (text[:MAX_LENGTH],):
                if each not in values and len(values) < MAX_VALUES and self.terms < MAX_TERMS:
                    self._admit(name, values, each)
        return grown

    def _admit(self, name: str, values: dict[str, str], value: str) -> None:
        sight = crc32(f"{name}{SPLIT}{value}".encode("utf-8", "replace"))
        if sight not in self._once:
            if len(self._once) >= MAX_SEEN_ONCE:
                self._once = dict.fromkeys(list(self._once)[MAX_SEEN_ONCE // 2 :])
            self._once[sight] = None
        elif _writable(value):
            del self._once[sight]
            values[value] = f"{name}{SPLIT}={value}"
            self.terms += 1

    def encode(self, sound: Mapping[str, float], categories: Mapping[str, str]) -> tuple[Terms, list[tuple[str, str]]]:
        """The terms with their factors, and one (feature, term) for each feature that says something: whose rate counts."""
        terms: Terms = []
        tokens: list[tuple[str, str]] = []
        for name, knots in self.knots.items():
            if not knots.at:
                continue
            value = sound.get(name)
            if value is None:
                term = knots.lacking
                terms.append((term, 1.0))
                tokens.append((name, term))
            elif len(knots.at) > 1:
                tokens.append((name, knots.place(value, terms)))
        for name, values in self.values.items():
            text = categories.get(name)
            if name == WORDS:
                terms += [(values[word], WORD_SCALE) for word in (text or "").split()[:MAX_WORDS] if word in values]
                continue
            if text is None:
                term = lacking(name)
            else:
                text = text[:MAX_LENGTH]
                known = values.get(text)
                if known is not None and len(values) == 1:  # all that have it have this: it says nothing
                    continue
                term = known if known is not None else self.unlisted(name, values, text)
            terms.append((term, 1.0))
            tokens.append((name, term))
        return terms, tokens

    def unlisted(self, name: str, values: Mapping[str, str], text: str) -> str:
        """The term of a value that has none of its own."""
        return f"{name}{SPLIT}{bucket(text)}" if len(values) >= MAX_VALUES else other(name)

    def state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "knots": {name: knots.state() for name, knots in self.knots.items()},
            "values": {name: list(values) for name, values in self.values.items()},
            "once": list(self._once),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Encoding:
        """
        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        encoding = cls()
        encoding.knots = {name: Knots.restore(name, one) for name, one in state["knots"].items()}
        encoding.values = {
            name: {value: f"{name}{SPLIT}={value}" for value in values} for name, values in state["values"].items()
        }
        encoding._once = dict.fromkeys(int(sight) for sight in state["once"])
        encoding.terms = sum(len(knots.at) for knots in encoding.knots.values()) + sum(map(len, encoding.values.values()))
        return encoding


def _writable(text: str) -> bool:
    """Whether JSON as the topics have it can hold this text: half a surrogate pair cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
