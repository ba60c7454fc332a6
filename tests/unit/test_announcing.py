"""Shapes are told until a committed transaction has told them, and then no more."""

from __future__ import annotations

from pathlib import Path

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.pipeline.announcing import Announcer
from app.pipeline.fate import DeadLetter, Duplicate
from app.pipeline.identified import Identified
from app.pipeline.lead import Lead, Provenance
from app.pipeline.shape import Shapes
from app.pipeline.source import InboundEvent, Position

CODEC = AvroCodec(Schemas.load(Path(__file__).parents[2] / "schemas"))


class Process:
    """One worker process: what it makes of records, and what it tells."""

    def __init__(self) -> None:
        self.shapes = Shapes()
        self.announcer = Announcer("leads.shapes", CODEC.encode, self.shapes)

    def fate(self, offset: int, path: str = "mail", partition: int = 0, field: str = "email") -> Duplicate:
        position = Position("leads.inbound.web", partition, offset)
        event = InboundEvent(position, None, b"{}", (), 1_763_900_000_000 + offset)
        lead = Lead(position.lead_id, "web", "e", event.timestamp_ms, event.timestamp_ms)
        origin = Provenance(field, path, "synonym", 1.0)
        lead.shape = self.shapes.of("web").shape_of({field: "a@example.org"}, [origin], {"n": "1"}, [int])
        return Duplicate(event, lead, Identified("merged", "e", None, duplicate_of="ld_0"))

    def told(self, *fates: Duplicate) -> list[int]:
        """The offsets of the fates that a shape is told with."""
        return [fate.event.position.offset for fate in fates if self.announcer.outgoing(fate)]


def test_a_new_shape_is_told_once() -> None:
    """The first record of a shape tells it, key source/shape; later ones of the batch and of later batches do not."""
    process = Process()
    batch = [process.fate(n) for n in range(3)]
    (record,) = process.announcer.outgoing(batch[0])
    assert (record.topic, record.key) == ("leads.shapes", f"web/{batch[0].lead.shape}".encode())
    assert CODEC.decode(record.value or b"", "payload_shape") == {
        "source": "web",
        "shape": batch[0].lead.shape,
        "seen_at": 1_763_900_000_000,
        "leaves": [{"path": "mail", "kind": "text", "field": "email"}, {"path": "n", "kind": "number", "field": None}],
    }
    assert process.told(*batch[1:]) == []
    process.announcer.delivered(batch)
    assert process.told(process.fate(3), process.fate(0, partition=1)) == []


def test_an_aborted_shape_is_told_again() -> None:
    """Read again after an abort, the same record tells its shape again."""
    process = Process()
    assert process.told(process.fate(5), process.fate(6)) == [5]
    assert process.told(process.fate(5), process.fate(6)) == [5]


def test_a_shape_of_an_aborted_batch_does_not_count_as_told() -> None:
    """The lane went to another process and came back further on: nobody here knows whether the shape was told."""
    process = Process()
    process.told(process.fate(5))
    process.announcer.delivered([process.fate(8), process.fate(9)])
    assert process.told(process.fate(10), process.fate(11)) == [10]


def test_lanes_do_not_rely_on_each_other() -> None:
    """What one lane is about to tell, another tells as well: the first may yet be aborted."""
    process = Process()
    assert process.told(process.fate(5), process.fate(7, partition=1)) == [5, 7]


def test_a_shape_that_is_mapped_differently_is_told_again() -> None:
    """The topic holds which field each path fills: after a person's correction it is told anew."""
    process = Process()
    before = process.fate(0)
    process.told(before)
    process.announcer.delivered([before])
    assert process.told(process.fate(1, field="phone"), process.fate(2, field="phone")) == [1]


def test_what_has_no_shape_tells_nothing() -> None:
    """Dead letters, and leads of sources that bring too many shapes, go without."""
    process = Process()
    fate = process.fate(0)
    fate.lead.shape = None
    assert process.announcer.outgoing(fate) == []
    assert process.announcer.outgoing(DeadLetter(fate.event, "web", "intake", "invalid_json", "", True)) == []
    process.announcer.delivered([])
