"""What the ladder is measured on: the labelled payloads of undeclared sources, and other records of the same shapes.

A record that is sent twice would find its own values in the caches. So of each payload variants are made whose values are those
of other people: addresses, numbers, names, times and texts are changed; the names of fields and what forms offer stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from app.errors import BadRecord
from app.inventory.models import Mapping, Source
from app.inventory.paths import Selector, parse
from app.pipeline.attributes import text_of
from app.pipeline.intake.decode import decode
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.leaf import Kind, Leaf
from app.pipeline.ladder.unfold.unfolder import unfold_all
from app.pipeline.mapping import Mapped, compile_mapping
from app.pipeline.source import InboundEvent, Position
from tests.mapping.judging import HERE, Case, cases, shared_cases

UNDECLARED = Source(name="undeclared", description="", owner="", format="auto", mapping=Mapping(fields={}), expected_per_hour=1)
_MAPPER = compile_mapping(UNDECLARED)

_LETTERS = "bdfgklmnprstvz"
_CLOCK = re.compile(r"(?<=:)[0-5]\d")
_DIGIT = re.compile(r"\d")
_PERSONAL = frozenset({Kind.NAME, Kind.COMPANY})
_NUMBERED = frozenset({Kind.PHONE, Kind.IDENTIFIER, Kind.INTEGER, Kind.NUMBER, Kind.EPOCH, Kind.POSTCODE, Kind.IP, Kind.MONEY})


@dataclass(frozen=True)
class Payload:
    """One payload of an undeclared source.

    Attributes:
        family: What is hard about its shape.
        text: As JSON.
        left: What the mapping of a source without declaration leaves over: all of it.
    """

    name: str
    family: str
    text: str
    payload: dict[str, Any]
    names: frozenset[str]

    def records(self, number: int) -> list[Mapped]:
        """So many records of this shape, of people who are not each other. The same at every call."""
        random = Random(self.name)
        return [_MAPPER.map(_varied(self.payload, random, self.names)) for _ in range(number)]


def payloads() -> list[Payload]:
    """The corpus, and the vendors' recorded payloads where they are beside the repository."""
    return [found for case in [*cases(HERE / "corpus"), *shared_cases()] for found in _payload(case)]


def _payload(case: Case) -> Iterator[Payload]:
    event = InboundEvent(Position("leads.inbound.undeclared", 0, 0), None, case.value, (), 0)
    try:
        payload = decode(event, UNDECLARED, None)  # type: ignore[arg-type]  # no case is Avro
    except BadRecord:
        return
    left = _MAPPER.map(payload).left
    leaves = unfold_all(left).leaves
    names = {step.value for leaf in leaves for step in parse(leaf.path) if isinstance(step, Selector)}
    names |= {text_of(leaf.value) for leaf in leaves if leaf.role == "name"}
    yield Payload(case.name, _family(leaves), json.dumps(payload), payload, frozenset(names))


def _family(leaves: list[Leaf]) -> str:
    paths = [leaf.path for leaf in leaves]
    if any(leaf.role == "name" and not leaf.path.endswith("]") and "[" in leaf.path for leaf in leaves) and any(
        ".definition" in path or "uestions[" in path for path in paths
    ):
        return "answers with their form"
    if any("@" in path for path in paths):
        return "texts that hold fields"
    if any("=" in path for path in paths):
        return "answers by name"
    if any(']"' in path for path in paths):
        return "flattened names"
    if any(re.search(r"\[\d+\]\.", path) for path in paths):
        return "lists of records"
    return "nested" if any("." in path for path in paths) else "flat"


def _varied(value: Any, random: Random, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _varied(item, random, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_varied(item, random, names) for item in value]
    if type(value) is int and abs(value) > 99 and str(value) not in names:
        return value + random.randrange(90)
    if type(value) is not str or value in names:
        return value
    kind = kind_of(value)
    if kind is Kind.EMAIL:
        local, at, domain = value.partition("@")
        return f"{local}{random.randrange(1000)}{at}{domain}"
    if kind in _PERSONAL:
        return " ".join(_other_word(word, random) for word in value.split(" "))
    if kind is Kind.MOMENT:
        return _CLOCK.sub(lambda _: f"{random.randrange(60):02}", value)
    if kind in _NUMBERED and not value.startswith(("0", "1")):
        head, tail = value[: len(value) // 2], value[len(value) // 2 :]
        return head + _DIGIT.sub(lambda _: str(random.randrange(1, 10)), tail)
    return f"{value} {random.randrange(1000)}." if kind is Kind.TEXT and "\n" not in value else value


def _other_word(word: str, random: Random) -> str:
    if len(word) < 4 or not word.isascii() or not word[1:].islower():
        return word
    n = random.randrange(1, len(word) - 1)
    return word[:n] + random.choice(_LETTERS) + word[n + 1 :]
