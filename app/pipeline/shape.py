"""The shape of a payload: which paths it holds, and what kind of value stands at each. Never a value.

A shape says how a source writes, so that a change of that can be seen. It is computed of what mapping found: the paths that
became fields and those that became attributes, which together are all that is not blank. What differs from record to record
without the source writing differently is taken out: positions in lists, members that are named by an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from app.pipeline.attributes import MAX_PATH, TRUNCATED, clean
from app.pipeline.lead import Provenance
from app.pipeline.look import field_looks, looks

MAX_LEAVES = 256  # of one shape; attributes are bounded below that, too
MAX_NAME = 60  # a longer name is a text, and may be anybody's
MAX_KNOWN = 2_000  # shapes of one source that are remembered at a time; a form with eleven optional answers has as many
MAX_FOUND = 8_192  # combinations of paths and types that are remembered without looking
RECORDS_PER_NEW = 20  # beyond the first MAX_KNOWN, one record in so many may bring a shape that is new

_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    datetime: "time",
    date: "time",
    time: "time",
    bytes: "bytes",
    bytearray: "bytes",
}
_REPEATED = re.compile(r"#\d+$")
_INSIDE = r"@(?:json|form|text)(?=[.\[@]|$)"  # what stands inside a text: paths.py spells it so
_BRACKET = r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]'
_PART = re.compile(rf'"(?:[^"\\]|\\.)*"|{_BRACKET}|{_INSIDE}|(?:(?!{_INSIDE})[^.\[\]"])+|.', re.DOTALL)
_POSITION = re.compile(r"\[\d+:?\](?=[.\[@]|$)")
_ID = re.compile(r"\d+|(?=\D*\d)[0-9a-f]{8,}(?:-[0-9a-f]+)*|(?=(?:\D*\d){4})[0-9A-Za-z-]{16,}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d[\s().-]*){7}")  # digits enough for a phone
_OURS = frozenset({"declared", "confirmed"})  # rungs whose paths our own people wrote


@dataclass(frozen=True, slots=True)
class ShapeLeaf:
    """A path of a shape: list positions as [*], members named by an id as *.

    Attributes:
        kind: text, number, boolean, time or bytes; in formats without types (forms, CSV) what the value looks like.
        field: The lead field that it filled; None: an attribute.
    """

    path: str
    kind: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A fingerprint (16 hex digits, the same in every process) and what it stands for, sorted."""

    fingerprint: str
    leaves: tuple[ShapeLeaf, ...]


class SourceShapes:
    """The shapes of one source's payloads, as one process meets them.

    Bounded whatever comes: a payload whose member names are data could have a shape of its own each time.
    """

    def __init__(self) -> None:
        self.known: dict[str, Shape] = {}  # by fingerprint
        self._found: dict[int, str] = {}  # hash of all that a shape depends on → fingerprint
        self._records = self._new = 0

    def shape_of(
        self,
        fields: Mapping[str, Any],
        provenance: Sequence[Provenance],
        attributes: Mapping[str, str],
        types: Sequence[type],
        *,
        textual: bool = False,
    ) -> str | None:
        """The fingerprint of a payload's shape, or None where the source has brought too many new ones.

        Args:
            fields: Lead field → value as the source wrote it.
            provenance: Where each of them stood, in the same order.
            attributes: Path → text of all else.
            types: The types of those, in the same order.
            textual: The payload's format has no types but text (a form, CSV): they are those that the values look like.
        """
        self._records += 1
        if textual:
            types = looks(attributes.values())[: len(types)]  # without `_truncated`, which is the last
            kinds = field_looks(fields)
        else:
            kinds = list(map(type, fields.values()))
        where = [one.path for one in provenance]
        # Told apart by the hash alone: it is 64 bits, of texts whose hashes nobody outside can foresee.
        key = hash((*fields, None, *where, None, *kinds, None, *attributes, None, *types))
        found = self._found.get(key)
        return found if found is not None else self._made(key, kinds, provenance, attributes, types)

    def _made(
        self,
        key: int,
        kinds: Sequence[type],
        provenance: Sequence[Provenance],
        attributes: Mapping[str, str],
        types: Sequence[type],
    ) -> str | None:
        mapped = [
            ((positionless if one.rung in _OURS else normal)(one.path), kind, one.field)
            for one, kind in zip(provenance, kinds, strict=True)
        ]
        rest = [
            (normal(path), kind, None)
            for path, kind in zip((path for path in attributes if path != TRUNCATED), types, strict=True)
        ]
        shape = make_shape([*mapped, *rest])
        known = self.known.get(shape.fingerprint)
        if known is None:
            if self._new >= MAX_KNOWN + self._records // RECORDS_PER_NEW:
                return None
            self._new += 1
            if len(self.known) >= MAX_KNOWN:
                self.known.clear()
                self._found.clear()
        if known != shape:  # new, or mapped differently than before
            self.known[shape.fingerprint] = shape
        if len(self._found) >= MAX_FOUND:
            self._found.clear()
        self._found[key] = shape.fingerprint
        return shape.fingerprint


def make_shape(found: Iterable[tuple[str, type, str | None]]) -> Shape:
    """The shape of a payload in which these normal paths hold values of these types, with the lead field that each filled."""
    leaves: dict[tuple[str, str], str | None] = {}
    for path, kind, field in found:
        place = path, _KINDS.get(kind, "text")
        leaves[place] = leaves.get(place) or field
    told = sorted(leaves)[:MAX_LEAVES]
    text = "\n".join([f"{path}\0{kind}" for path, kind in told])
    return Shape(blake2b(text.encode(), digest_size=8).hexdigest(), tuple([ShapeLeaf(*one, leaves[one]) for one in told]))


def positionless(path: str) -> str:
    """A path of which only the positions in lists are data: [*]."""
    return _POSITION.sub("[*]", path)


@lru_cache(maxsize=16_384)
def normal(path: str) -> str:
    """A path without what is data in it: positions, ids, addresses and numbers of people, long texts."""
    parts = _PART.findall(clean(_REPEATED.sub("", path))[:MAX_PATH])
    return "".join([part if part == "." else _bracket(part) if part[0] == "[" else _name(part) for part in parts])


def _bracket(part: str) -> str:
    """`[3]` and `[200:]` are any position; a selector keeps its value unless that is data."""
    key, equals, value = part[1:-1].partition("=")
    return "[*]" if not equals else f"[{key}=*]" if _personal(value) else part


def _name(name: str) -> str:
    if name in ("@json", "@form", "@text"):
        return name
    return "*" if _ID.fullmatch(name.strip('"')) or _personal(name) else name


def _personal(text: str) -> bool:
    """Whether a name is rather somebody's address, a number of theirs, or a text."""
    return len(text) > MAX_NAME or "@" in text or _NUMBER.search(text) is not None


class Shapes:
    """The shapes of all sources, as one process meets them."""

    def __init__(self) -> None:
        self._sources: dict[str, SourceShapes] = {}

    def of(self, source: str) -> SourceShapes:
        found = self._sources.get(source)
        return found if found is not None else self._sources.setdefault(source, SourceShapes())

    def get(self, source: str, fingerprint: str) -> Shape | None:
        """What a fingerprint stands for; None where that was forgotten, to make room."""
        return self.of(source).known.get(fingerprint)
