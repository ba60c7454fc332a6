"""Inputs from seeds: the structure of a record is changed first, then its bytes. All chance comes from one generator."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urlencode

import orjson

from app.errors import BadRecord
from app.inventory.models import Inventory
from app.pipeline.source import InboundEvent, Position
from tests.fuzz import tricks
from tests.fuzz.corpus import Seed

Encode = Callable[[str, Mapping[str, Any]], bytes]
Decode = Callable[[bytes, str], dict[str, Any]]
NEWCOMERS = ("newcomer", "erp-export", "a", "x" * 80, "contact-form-7")
NOBODYS = ("leads.inbound.Not_A_Slug", "leads.inbound.", "leads.other", "leads.inbound.a/b", "x")
LARGE_BYTES = 30_000  # whose structure is left as it is
MOST_BYTES = 1_100_000  # just above what intake reads


class Mutator:
    """Makes inputs.

    Args:
        topic_of: Source → inbound topic.
    """

    def __init__(
        self, seeds: Sequence[Seed], inventory: Inventory, topic_of: Callable[[str], str], encode: Encode, decode: Decode
    ) -> None:
        self._seeds, self._inventory, self._topic_of = seeds, inventory, topic_of
        self._encode, self._decode = encode, decode
        self._names = sorted(inventory.sources)

    def event(self, chance: Random, offset: int) -> InboundEvent:
        """One input."""
        seed = chance.choice(self._seeds)
        topic, form = self._where(chance, seed)
        position = Position(topic, chance.randrange(3), offset)
        return InboundEvent(
            position, tricks.key(chance), self._value(chance, seed, form), tricks.headers(chance), tricks.timestamp(chance)
        )

    def _where(self, chance: Random, seed: Seed) -> tuple[str, str]:
        """Topic and format: mostly the seed's own."""
        if seed.source is None or chance.random() < 0.05:
            if chance.random() < 0.01:
                return chance.choice(NOBODYS), "auto"
            return self._topic_of(chance.choice(NEWCOMERS)), "auto"
        name = chance.choice(self._names) if chance.random() < 0.05 else seed.source
        return self._topic_of(name), self._inventory.sources[name].format

    def _value(self, chance: Random, seed: Seed, form: str) -> bytes | None:
        draw = chance.random()
        if draw < 0.005:
            return chance.choice((None, b"", b" \n", b"\0", b"\0" * 5, b"\xef\xbb\xbf", chance.randbytes(chance.randrange(400))))
        value = seed.value
        if draw < 0.8:
            for _ in range(chance.choice((1, 1, 2, 4))):
                value = self._structured(chance, value, form)
        if draw > 0.6:
            for _ in range(chance.choice((1, 1, 2, 6))):
                value = self._bytes(chance, value)
        return value[:MOST_BYTES]

    def _structured(self, chance: Random, value: bytes, form: str) -> bytes:
        if len(value) > LARGE_BYTES:
            return self._bytes(chance, value)
        try:
            if value[:1] == b"\0":
                return self._avro(chance, value)
            if value.lstrip()[:1] in (b"{", b"["):
                return self._json(chance, value)
            if form == "csv" or (form == "auto" and b"," in value[:50]):
                return _csv(chance, value, ";" if form == "csv" else ",")
            if form == "form" or (b"=" in value and b"\n" not in value):
                return _form(chance, value)
            return _lines(chance, value)
        except (BadRecord, ValueError, TypeError, LookupError, RecursionError, OverflowError, csv.Error):
            return self._bytes(chance, value)

    def _json(self, chance: Random, value: bytes) -> bytes:
        parsed = orjson.loads(value)
        nodes = _nodes(parsed)
        if not nodes:
            return value
        holder, at = chance.choice(nodes)
        if chance.random() < 0.1:  # a literal that no serialiser writes
            holder[at] = "@@literal@@"
            return _dumped(chance, parsed).replace(b'"@@literal@@"', chance.choice(tricks.LITERALS), 1)
        _change(chance, holder, at, self._other(chance))
        if chance.random() < 0.003:
            return b'{"a":' * chance.choice((60, 64, 65, 1_000, 100_000)) + _dumped(chance, parsed)
        return _dumped(chance, parsed)

    def _other(self, chance: Random) -> Any:
        """A part of another record, or a trick."""
        if chance.random() < 0.7:
            return tricks.value(chance)
        other = chance.choice(self._seeds).value
        if other[:1] != b"{" or len(other) > LARGE_BYTES:
            return tricks.value(chance)
        try:
            nodes = _nodes(orjson.loads(other))
        except orjson.JSONDecodeError:
            return other.decode("utf-8", "replace")
        holder, at = chance.choice(nodes) if nodes else ({"": 1}, "")
        return holder[at]

    def _avro(self, chance: Random, value: bytes) -> bytes:
        read = self._decode(value, "partner_lead")
        _change(chance, read, chance.choice(list(read)), tricks.value(chance))
        return self._encode("partner_lead", read)

    def _bytes(self, chance: Random, value: bytes) -> bytes:
        damaged = bytearray(value)
        at = chance.randrange(len(damaged) + 1)
        end = min(len(damaged), at + chance.choice((1, 2, 4, 16, 200)))
        match chance.randrange(9):
            case 0:
                del damaged[at:end]
            case 1:
                damaged[at:at] = chance.randbytes(chance.randrange(1, 8))
            case 2:
                damaged[at:end] = damaged[at:end] * chance.choice((2, 3, 50))
            case 3:
                damaged[at:at] = chance.choice(tricks.LITERALS)
            case 4:
                damaged[at:at] = tricks.text(chance).encode("utf-8", "replace")
            case 5:
                other = chance.choice(self._seeds).value
                cut = chance.randrange(len(other) + 1)
                damaged[at:] = other[cut:]
            case 6:
                del damaged[at:]
            case 7 if chance.random() < 0.02:
                damaged[at:at] = chance.choice(
                    (b"[", b'{"a":', b"[],", b"<a>", b"a=b&", b"x: y\n", b"\0", b"\\", b'"', b",", b"\n--b\n", b"1,")
                ) * chance.choice((300, 10_000, 200_000))
            case _:
                for _ in range(chance.choice((1, 3, 10))):
                    if damaged:
                        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        return bytes(damaged)


def _nodes(parsed: Any) -> list[tuple[Any, Any]]:
    """All places of a document: container and key."""
    found: list[tuple[Any, Any]] = []
    level = [parsed]
    while level:
        inner = []
        for node in level:
            places = list(node) if type(node) is dict else range(len(node))
            found += [(node, at) for at in places]
            inner += [node[at] for at in places if type(node[at]) in (dict, list)]
        level = inner
    return found


def _change(chance: Random, holder: Any, at: Any, other: Any) -> None:
    match chance.randrange(10):
        case 0:
            del holder[at]
        case 1 if type(holder) is dict:
            holder[tricks.text(chance)[:300]] = holder.pop(at)
        case 2 if type(holder[at]) is str:
            cut = chance.randrange(len(holder[at]) + 1)
            holder[at] = holder[at][:cut] + chance.choice(tricks.CHARS) * chance.choice((1, 2, 100)) + holder[at][cut:]
        case 3:
            holder[at] = [holder[at]] * chance.choice((1, 2, 40))
        case 4:
            holder[at] = {"value": holder[at]} if chance.random() < 0.5 else str(holder[at])
        case 5 if type(holder) is dict:
            for n in range(chance.choice((1, 10, 200, 1_500))):
                holder[f"{at}_{n}"] = other
        case 6 if type(holder) is list:
            holder.extend([other] * chance.choice((1, 50, 1_000)))
        case _:
            holder[at] = other


def _dumped(chance: Random, parsed: Any) -> bytes:
    try:
        if chance.random() < 0.8:
            return orjson.dumps(parsed)
    except (TypeError, ValueError, orjson.JSONEncodeError):
        pass
    return json.dumps(parsed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _form(chance: Random, value: bytes) -> bytes:
    pairs = parse_qsl(value.decode("utf-8", "replace"), keep_blank_values=True)
    at = chance.randrange(len(pairs))
    match chance.randrange(6):
        case 0:
            pairs[at] = (tricks.text(chance), pairs[at][1])
        case 1:
            pairs += [pairs[at]] * chance.choice((1, 30, 998, 1_100))
        case 2:
            return value + b"&" + pairs[at][0].encode("utf-8", "replace") + b"=" + quote_from_bytes(chance.randbytes(6)).encode()
        case 3:
            pairs[at] = (pairs[at][0] + chance.choice(("[]", "[a][b]", "[0]", "[", "]")), pairs[at][1])
        case _:
            pairs[at] = (pairs[at][0], tricks.text(chance))
    return urlencode(pairs).encode()


def _csv(chance: Random, value: bytes, delimiter: str) -> bytes:
    rows = list(csv.reader(io.StringIO(value.decode("utf-8", "replace"), ""), delimiter=delimiter))
    row = chance.choice(rows)
    row[chance.randrange(len(row))] = tricks.text(chance)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _lines(chance: Random, value: bytes) -> bytes:
    lines = value.decode("utf-8", "replace").split("\n")
    at = chance.randrange(len(lines))
    label, colon, _ = lines[at].partition(":")
    match chance.randrange(4):
        case 0:
            lines.insert(at, lines[chance.randrange(len(lines))])
        case 1:
            lines[at:at] = [f"{tricks.text(chance)}: {tricks.text(chance)}"] * chance.choice((1, 10, 1_100, 6_000))
        case _:
            lines[at] = label + colon + " " + tricks.text(chance)
    return "\n".join(lines).encode("utf-8", "replace")
