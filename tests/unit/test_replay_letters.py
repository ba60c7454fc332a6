"""Dead letters as a replay reads them: what they say, which are taken, what is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from app.pipeline.dead_letter import dead_letter
from app.pipeline.fate import DeadLetter, DeadLetterReason
from app.pipeline.replayed import ATTEMPT, RECEIVED_AT, REPLAY_OF, Came, came, received_ms
from app.pipeline.source import InboundEvent, Position
from app.replay.groups import Alike, groups
from app.replay.hints import HINTS, hint
from app.replay.letter import Letter, original, read, sending
from app.replay.selection import SAID, Filter, LeftOut, select

TOPIC = "leads.inbound.web-form"
DAY_MS = 86_400_000
NOW_MS = 1_763_900_000_123
EVENT = InboundEvent(Position(TOPIC, 2, 4711), b"\xff\0key", b"{not json", (("x", b"\xfe"), ("x", None)), NOW_MS)
DEAD = DeadLetter(EVENT, "web-form", "intake", "invalid_json", "no JSON at byte 2", True)
LIMIT = 20_000


def posted(fate: DeadLetter = DEAD, failed_ms: int = NOW_MS + 5, where: tuple[int, int] = (0, 3)) -> Letter:
    """The letter, as it is read from the DLQ."""
    key, value, headers = dead_letter(fate, b"0.1.0", LIMIT)
    letter = read(key, value, headers, failed_ms, where)
    assert letter is not None
    return letter


def again(fate: DeadLetter) -> InboundEvent:
    """What a replay of it sends."""
    key, value, headers = dead_letter(fate, b"0.1.0", LIMIT)
    letter = read(key, value, headers, NOW_MS, (0, 0))
    assert letter is not None
    return original(letter, value, headers)


class TestReading:
    def test_a_letter_says_where_from_and_why(self) -> None:
        """All that the headers hold is there, without the record's bytes."""
        letter = posted()
        assert letter[:9] == (
            EVENT.position.lead_id, EVENT.position, EVENT.position.identity,
            "web-form", "intake", "invalid_json", "no JSON at byte 2", True, 1,
        )  # fmt: skip
        assert (letter.received_ms, letter.failed_ms, letter.size, letter.cut, letter.where) == (
            NOW_MS, NOW_MS + 5, 9, False, (0, 3)
        )  # fmt: skip
        assert "{not json" not in repr(letter)

    @pytest.mark.parametrize("missing", ["src", "leadstream.headers", "leadstream.attempt", "leadstream.timestamp"])
    def test_what_lacks_a_header_is_no_letter(self, missing: str) -> None:
        """Whoever else writes to the DLQ is not replayed."""
        key, value, headers = dead_letter(DEAD, b"0.1.0", LIMIT)
        assert read(key, value, [one for one in headers if one[0] != missing], NOW_MS, (0, 0)) is None

    def test_a_letter_under_another_key_is_none(self) -> None:
        """The key is the id of the record that it names: a forged origin does not come with it by chance."""
        _, value, headers = dead_letter(DEAD, b"0.1.0", LIMIT)
        for key in (None, b"", b"ld_00000000000000000000"):
            assert read(key, value, headers, NOW_MS, (0, 0)) is None

    @pytest.mark.parametrize(
        ("event", "size"),
        [
            (replace(EVENT, value=b"x" * LIMIT * 2), LIMIT * 2),
            (replace(EVENT, key=b"k" * LIMIT * 2), 9),
            (replace(EVENT, headers=(("h", b"x" * LIMIT * 2),)), 9),
        ],
        ids=["value", "key", "headers"],
    )
    def test_what_was_cut_cannot_be_made_again(self, event: InboundEvent, size: int) -> None:
        """Whatever of it is missing, the letter says that it is, and nothing is made up in its place."""
        key, value, headers = dead_letter(replace(DEAD, event=event), b"0.1.0", LIMIT)
        letter = read(key, value, headers, NOW_MS, (0, 0))
        assert letter is not None
        assert (letter.cut, letter.size) == (True, size)
        with pytest.raises(ValueError, match="cut"):
            original(letter, value, headers)


class TestSending:
    @pytest.mark.parametrize("key", [None, b"", b"k"])
    @pytest.mark.parametrize("value", [b"", b"v"])
    @pytest.mark.parametrize(
        "headers",
        [
            (),
            (("x", None), ("x", b"1")),
            (("__connect.errors.topic", b"theirs"),),
            (("leadstream.key", b"forged"), ("src", b"?")),
        ],
        ids=["none", "repeated", "connect", "forged"],
    )
    def test_what_came_is_sent(self, key: bytes | None, value: bytes, headers: tuple[tuple[str, bytes | None], ...]) -> None:
        """Bytes, key and headers as they came, whatever names those have; added is only what says that it is a replay."""
        event = replace(EVENT, key=key, value=value, headers=headers)
        sent = again(replace(DEAD, event=event))
        assert (sent.key, sent.value, sent.headers[:-2]) == (key, value, headers)
        assert sent.headers[-2:] == ((REPLAY_OF, EVENT.position.identity.encode()), (ATTEMPT, b"2"))
        assert came(sent) == Came(2, EVENT.position.identity)

    def test_attempts_count_on_from_the_first_record(self) -> None:
        """The third attempt is told apart from the second, names the first record, and carries the headers once."""
        second = replace(again(DEAD), position=Position(TOPIC, 2, 5000))
        letter = posted(replace(DEAD, event=second))
        assert (letter.attempt, letter.first, letter.lead_id) == (2, EVENT.position.identity, second.position.lead_id)
        third = again(replace(DEAD, event=second))
        assert third.headers == (*EVENT.headers, (REPLAY_OF, EVENT.position.identity.encode()), (ATTEMPT, b"3"))

    def test_it_keeps_its_time(self) -> None:
        """Windows and features are those of the time at which it came."""
        sent = sending(again(DEAD), NOW_MS + 9 * DAY_MS, keeps_ms=10 * DAY_MS)
        assert (sent.timestamp_ms, sent.topic, sent.partition) == (NOW_MS, TOPIC, 2)
        assert sending(again(DEAD), NOW_MS + 900 * DAY_MS, keeps_ms=None).timestamp_ms == NOW_MS

    def test_what_its_topic_would_delete_comes_with_the_present_time(self) -> None:
        """Its own stands in a header, and counts: the worker takes it for the time at which it came."""
        now_ms = NOW_MS + 11 * DAY_MS
        sent = sending(again(DEAD), now_ms, keeps_ms=10 * DAY_MS)
        assert sent.timestamp_ms == now_ms
        assert received_ms(sent.headers, sent.timestamp_ms, TOPIC) == NOW_MS
        kept = again(replace(DEAD, event=replace(EVENT, headers=tuple(sent.headers), timestamp_ms=NOW_MS)))
        assert RECEIVED_AT not in dict(kept.headers)


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            [(ATTEMPT, b"2")],
            [(REPLAY_OF, b"leads.inbound.web-form-0-1")],
            [(REPLAY_OF, b"leads.inbound.web-form-0-1"), (ATTEMPT, b"1")],
            [(REPLAY_OF, b"leads.inbound.web-form-0-1"), (ATTEMPT, b"10000")],
            [(REPLAY_OF, b"leads.inbound.web-form-0-1"), (ATTEMPT, b"-2")],
            [(REPLAY_OF, b"leads.inbound.shop-0-1"), (ATTEMPT, b"2")],
            [(REPLAY_OF, b"anna@example.com"), (ATTEMPT, b"2")],
            [(REPLAY_OF, b"leads.inbound.web-form-0-\xd9\xa3"), (ATTEMPT, b"2")],
            [(REPLAY_OF, b"xleads.inbound.web-form-0-1"), (ATTEMPT, b"2")],
            [(REPLAY_OF, None), (ATTEMPT, None)],
        ],
    )
    def test_what_does_not_fit_together_is_no_replay(self, headers: list[tuple[str, bytes | None]]) -> None:
        """Senders may write any header: only the first record of the same topic with an attempt above 1 counts."""
        event = replace(EVENT, headers=tuple(headers))
        assert came(event) == Came(1, None)
        assert received_ms([*headers, (RECEIVED_AT, b"1")], NOW_MS, TOPIC) == NOW_MS

    @pytest.mark.parametrize("told", [b"", b"x", b"-1", b"9" * 16, str(NOW_MS + 1).encode()])
    def test_nobody_comes_from_the_future(self, told: bytes) -> None:
        """The header can only make a record older than it is, and only where it is a time."""
        headers = [(REPLAY_OF, b"leads.inbound.web-form-0-1"), (ATTEMPT, b"2"), (RECEIVED_AT, told)]
        assert received_ms(headers, NOW_MS, TOPIC) == NOW_MS


def letters() -> list[Letter]:
    """Five that failed alike, one of another reason, one replay that failed, one that nobody can mend, one that is cut."""
    some = [posted(replace(DEAD, event=replace(EVENT, position=Position(TOPIC, 0, n))), NOW_MS + n, (0, n)) for n in range(5)]
    other = replace(DEAD, event=replace(EVENT, position=Position(TOPIC, 1, 0)), reason="invalid_csv")
    failed = replace(DEAD, event=replace(again(DEAD), position=Position(TOPIC, 1, 1)))
    hopeless = replace(DEAD, event=replace(EVENT, position=Position(TOPIC, 1, 2)), reason="too_deep", repairable=False)
    cut = replace(DEAD, event=replace(EVENT, position=Position(TOPIC, 1, 3), value=b"x" * LIMIT * 2), reason="oversized")
    return [*some, *(posted(one, NOW_MS + 10 + n, (1, n)) for n, one in enumerate((other, failed, hopeless, cut)))]


class TestSelecting:
    def test_only_what_waits_and_can_be_sent(self) -> None:
        """What was replayed, failed again, is cut or beyond repair stays where it is, counted by why."""
        every = letters()
        found = select(every, Filter(), {every[1].lead_id}, {TOPIC})
        assert found.chosen == [every[0], *every[2:6]]
        assert found.left_out == {"replayed": 1, "failed_again": 1, "unrepairable": 1, "cut": 1}
        assert set(found.left_out) <= set(SAID) == set(get_args(LeftOut))

    def test_a_further_word_takes_more(self) -> None:
        """--again takes what failed again, --unrepairable what no change of ours mends, an id either."""
        every = letters()
        assert every[6] in select(every, Filter(), (), {TOPIC}, again=True).chosen
        assert select(every, Filter(repairable=False), (), {TOPIC}).chosen == [every[7]]
        named = Filter(leads=frozenset({every[6].lead_id, every[7].lead_id, every[8].lead_id}))
        found = select(every, named, (), {TOPIC})
        assert (found.chosen, found.left_out) == (every[6:8], {"cut": 1})

    def test_nothing_goes_where_there_is_no_topic(self) -> None:
        """A letter of a source that is gone is not sent: nobody would read it, or the broker would make a topic for it."""
        assert select(letters(), Filter(), (), set()).left_out == {"topic_gone": 8, "cut": 1}

    def test_the_oldest_come_first(self) -> None:
        """With a limit, too, and whatever the order in which they were read."""
        every = letters()
        assert select(reversed(every), Filter(), (), {TOPIC}, most=2).chosen == every[:2]

    @pytest.mark.parametrize(
        ("wanted", "count"),
        [
            (Filter(reasons=frozenset({"invalid_csv"})), 1),
            (Filter(stages=frozenset({"mapping"})), 0),
            (Filter(sources=frozenset({"web-form"})), 9),
            (Filter(since_ms=NOW_MS + 3), 6),
            (Filter(until_ms=NOW_MS + 3), 3),
            (Filter(attempt=2), 1),
            (Filter(repairable=False), 1),
        ],
    )
    def test_filters(self, wanted: Filter, count: int) -> None:
        """Each takes what it names; from a time on, and before one."""
        assert sum(map(wanted.takes, letters())) == count


class TestGroups:
    def test_what_failed_alike_is_one_group(self) -> None:
        """Source, stage, reason and attempt; the largest first, with its times and its newest examples."""
        every = letters()
        found = groups(every)
        assert [(group.alike, group.count, group.repairable) for group in found][:2] == [
            (Alike("web-form", "intake", "invalid_json", 1), 5, 5),
            (Alike("web-form", "intake", "invalid_csv", 1), 1, 1),
        ]
        assert (found[0].first_ms, found[0].last_ms) == (NOW_MS, NOW_MS + 4)
        assert found[0].examples == [every[4].lead_id, every[3].lead_id, every[2].lead_id]
        assert Alike("web-form", "intake", "invalid_json", 2) in [group.alike for group in found]

    def test_every_reason_has_a_hint(self) -> None:
        """Whoever looks at a group is told what to do; a reason of tomorrow at least where to look."""
        assert set(get_args(DeadLetterReason)) <= set(HINTS)
        assert "dlq show" in hint("of_tomorrow")
        assert hint("oversized", "delivery") != hint("oversized", "intake")
