"""A replay that sends nothing: what it counts, and whom it knows."""

from __future__ import annotations

from collections.abc import Sequence

from app.edges.memory_index import MemoryMatchIndex
from app.match_index import Ask, Standing
from app.pipeline.dead_letter import dead_letter
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.source import InboundEvent, Position
from app.replay.groups import Alike, groups
from app.replay.known import Sought
from app.replay.letter import Letter, read
from app.replay.rehearsal import BATCH, Would, rehearse
from app.replay.selection import Selection
from app.replay.told import group_told, letter_told, outlook_told

TOPIC = "leads.inbound.web-form"


def record(n: int) -> tuple[Letter, InboundEvent]:
    """The n-th letter and what came; every third is of another reason."""
    event = InboundEvent(Position(TOPIC, 0, n), None, b"{", (), 1_763_900_000_000 + n)
    fate = DeadLetter(event, "web-form", "intake", "invalid_json" if n % 3 else "invalid_csv", "", repairable=True)
    letter = read(*dead_letter(fate, b"0.1.0", 20_000), event.timestamp_ms, (0, n))
    assert letter is not None
    return letter, event


def all_dead(events: Sequence[InboundEvent]) -> list[Fate]:
    """As many fates as events; those at odd offsets fail for another reason."""
    return [
        DeadLetter(event, "web-form", "mapping", "internal_error" if event.position.offset % 2 else "invalid_json", "", True)
        for event in events
    ]


class TestRehearsing:
    def test_each_letter_is_counted_once(self) -> None:
        """Per group and per what would become of it, over more than one batch."""
        count = 2 * BATCH + 50
        sizes: list[int] = []
        found = rehearse(map(record, range(count)), all_dead, progress=sizes.append)
        assert (found.letters, found.fates.total(), sizes) == (count, count, [BATCH, 2 * BATCH, count])
        assert found.fates == {"dead_letter": count}
        assert {its.reason: would.total() for its, would in found.groups.items()} == {
            "invalid_csv": count // 3,
            "invalid_json": count - count // 3,
        }
        assert found.reasons["dead_letter (mapping: internal_error)"] == count // 2

    def test_what_delivery_would_refuse_is_dead(self) -> None:
        """A fate that no topic takes is told as what it would be."""
        too_large = DeadLetter(record(0)[1], "web-form", "delivery", "oversized", "", repairable=True)
        found = rehearse([record(0)], all_dead, lambda _: too_large)
        assert found.groups[Alike("web-form", "intake", "invalid_csv", 1)] == {Would("dead_letter", "delivery: oversized"): 1}

    def test_told_as_data(self) -> None:
        """What tools and the console show: counts that sum up, ids as examples, times in milliseconds; nothing of the bytes."""
        letter, _ = record(1)
        found = rehearse([record(1), record(2)], all_dead)
        told = outlook_told(found, Selection([letter]))
        assert sum(one["count"] for group in told["groups"] for one in group["would"]) == told["letters"] == 2
        assert letter_told(letter)["received_at"] == 1_763_900_000_001
        assert letter_told(letter)["replay_of"] is None
        assert group_told(groups([letter])[0])["examples"] == [letter.lead_id]


def ask(lead: int, key: bytes, event: bytes) -> Ask:
    return Ask(f"ld_{lead:020x}", key.ljust(7, b"\0") + b"\xff", event.ljust(16, b"\0"), b"record", 1_000, 3_600)


class TestKnown:
    def test_only_those_who_could_be_met_are_remembered(self) -> None:
        """By a shared key or the same event; signs of life are passed over; and the index finds them then."""
        sought = Sought()
        letter = ask(99, b"anna", b"event-9")
        sought.add(letter)
        standing = [
            Standing(ask(1, b"anna", b"event-1"), 1),
            None,
            Standing(ask(2, b"bert", b"event-2"), 2),
            Standing(ask(3, b"carl", b"event-9"), 3),
        ]
        known = list(sought.of(standing))
        assert [one.number for one in known] == [1, 3]
        index = MemoryMatchIndex(complete=False)
        assert index.restore(known) == 2
        (found,) = index.seek([letter])
        assert found.same is not None
        assert found.same.lead == f"ld_{3:020x}"
