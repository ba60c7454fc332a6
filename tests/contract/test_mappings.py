"""Whoever keeps what people said of mappings keeps the same promises: the in-memory twin and the compacted topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.edges.kafka.mappings import KafkaMappings, read_confirmed, say
from app.edges.kafka.names import Topics
from app.edges.kafka.topics import TopicSpec, create
from app.edges.memory import MemoryMappings
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.pipeline.ladder.confirmed import Confirmation, Confirmed, Mappings
from app.settings import KafkaSettings
from tests.harness.waiting import until


@dataclass
class Kept:
    """A store, how to tell it something, and how to begin reading it anew."""

    mappings: Mappings
    say: Callable[[Confirmation], Confirmation]
    anew: Callable[[], Confirmed]


@pytest.fixture(params=["memory", "kafka"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        memory = MemoryMappings()
        yield Kept(memory, memory.say, memory.current)
        return
    kafka = KafkaSettings(bootstrap_servers=request.getfixturevalue("kafka").bootstrap)
    names, codec = Topics(request.getfixturevalue("topic_prefix")), AvroCodec(Schemas.load(Path("schemas")))
    client = kafka.client()
    create(client, [TopicSpec(names.mappings, 1, config={"cleanup.policy": "compact"})])
    mappings = KafkaMappings(kafka, names, codec.decode)
    yield Kept(
        mappings,
        lambda one: say(client, names.mappings, lambda record, value: codec.encode(record, value), one),
        lambda: read_confirmed(client, names.mappings, codec.decode),
    )
    mappings.close()


def said(path: str, field: str | None, source: str = "callback-form") -> Confirmation:
    return Confirmation(source, path, field, path, "words", "sales-operations", 1_767_225_600_000)


def test_nothing_was_said(kept: Kept) -> None:
    """No fields, revision 0, and the same object each time."""
    assert (dict(kept.mappings.current().of("callback-form")), kept.mappings.current().revision("callback-form")) == ({}, 0)
    assert kept.mappings.current() is kept.mappings.current()


def test_the_newest_counts_and_the_revision_grows(kept: Kept) -> None:
    """A correction replaces what was said of the path; each word makes the source's revision larger, and no other's."""
    revisions = []
    for one in (said("Tel", "phone"), said("Nr", "customer_id"), said("Tel", None)):
        number = kept.say(one).number
        until(lambda number=number: kept.mappings.current().revision("callback-form") == number, "the word is taken in", 15)  # type: ignore[misc]
        revisions.append(number)
    assert revisions == sorted(set(revisions))
    assert dict(kept.mappings.current().of("callback-form")) == {"Tel": None, "Nr": "customer_id"}
    assert kept.mappings.current().revision("other") == 0


def test_who_begins_later_names_the_same(kept: Kept) -> None:
    """A reader that starts afterwards has the same fields, revision and examples in the same order as one that followed."""
    for one in (said("a", "email"), said("b", "phone"), said("a", "company"), said("c", None, "other")):
        last = kept.say(one)
    until(lambda: kept.mappings.current().revision("other") == last.number, "all is taken in", 15)
    followed, begun = kept.mappings.current(), kept.anew()
    assert [dict(one.of("callback-form")) for one in (followed, begun)] == [{"a": "company", "b": "phone"}] * 2
    assert followed.revision("callback-form") == begun.revision("callback-form")
    assert followed.examples == begun.examples


def test_replaced_confirmations_are_not_missed() -> None:
    """What compaction has removed changes neither the revision nor the examples."""
    first, second, third = (Confirmation("s", path, field, path, None, "me", 1, n) for n, (path, field) in enumerate(
        [("a", "email"), ("b", "phone"), ("a", "company")], 1))  # fmt: skip
    whole, compacted = Confirmed([first, second, third]), Confirmed([second, third])
    assert (whole.revision("s"), whole.examples) == (compacted.revision("s"), compacted.examples) == (3, (second, third))
