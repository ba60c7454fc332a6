"""Replays, of any records: what is sent is what came, nothing is chosen twice, nothing goes uncounted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.dead_letter import dead_letter
from app.pipeline.fate import DeadLetter
from app.pipeline.replayed import OURS, came, came_by, received_ms
from app.pipeline.source import InboundEvent, Position
from app.replay.groups import alike, groups
from app.replay.letter import Letter, original, position_of, read, sending
from app.replay.selection import Filter, select

TOPIC = "leads.inbound.web-form"
LIMIT = 6_000
DAY_MS = 86_400_000

NAMES = st.one_of(
    st.text(max_size=8), st.sampled_from([*sorted(OURS), "src", "leadstream.key", "leadstream.headers", "__connect.errors.topic"])
)
HEADERS = st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=30)), max_size=6).map(tuple)
BODIES = st.none() | st.binary(max_size=40) | st.integers(0, 3 * LIMIT).map(bytes)
POSITIONS = st.builds(Position, st.just(TOPIC), st.integers(0, 3), st.integers(0, 10**12))
EVENTS = st.builds(InboundEvent, POSITIONS, st.none() | st.binary(max_size=20), BODIES, HEADERS, st.integers(0, 2**42))
FATES = st.builds(
    DeadLetter,
    EVENTS,
    st.sampled_from(["web-form", "shop"]),
    st.sampled_from(["intake", "mapping", "delivery"]),
    st.sampled_from(["invalid_json", "invalid_csv", "internal_error"]),
    st.text(max_size=10),
    st.booleans(),
)


def letter_of(fate: DeadLetter, failed_ms: int = 0) -> tuple[Letter, InboundEvent | None]:
    """The letter, and what a replay would make the pipeline see; None where it is cut."""
    key, value, headers = dead_letter(fate, b"0.1.0", LIMIT)
    letter = read(key, value, headers, failed_ms, (0, 0))
    assert letter is not None
    return letter, None if letter.cut else original(letter, value, headers)


@given(FATES)
def test_what_is_sent_is_what_came(fate: DeadLetter) -> None:
    """Whatever key, bytes and headers, forged ones too: a letter is cut, or its replay is the record and says whose it is."""
    letter, again = letter_of(fate)
    event = fate.event
    assert (letter.src, letter.source, letter.reason, letter.repairable) == (
        event.position, fate.source, fate.reason, fate.repairable
    )  # fmt: skip
    assert letter.size == (None if event.value is None else len(event.value))
    if again is None:
        assert len(event.value or b"") + len(event.key or b"") > LIMIT // 4
        return
    assert (again.key, again.value, again.timestamp_ms) == (event.key, event.value, event.timestamp_ms)
    assert again.headers[:-2] == tuple(one for one in event.headers if one[0] not in OURS)
    assert came(again).attempt == came(event).attempt + 1
    assert came(again).replay_of == (came(event).replay_of or event.position.identity)


@given(FATES, st.integers(1, 5))
def test_attempts_are_counted_from_the_first_record(fate: DeadLetter, times: int) -> None:
    """However often it fails: each attempt is a record of its own, and all name the first."""
    first, attempt = came(fate.event).replay_of or fate.event.position.identity, came(fate.event).attempt
    for n in range(times):
        letter, again = letter_of(fate)
        if again is None:
            return
        assert (letter.attempt, letter.first) == (attempt + n, first)
        fate = DeadLetter(
            InboundEvent(Position(TOPIC, 3, 10**13 + n), again.key, again.value, again.headers, again.timestamp_ms),
            *(fate.source, fate.stage, fate.reason, fate.detail, fate.repairable),
        )


@given(FATES, st.integers(0, 2**42), st.none() | st.integers(0, 400 * DAY_MS))
def test_the_time_at_which_it_came_is_never_lost(fate: DeadLetter, now_ms: int, keeps_ms: int | None) -> None:
    """Sent with its own time or with the present one: the worker takes it for the time at which it came."""
    _, again = letter_of(fate)
    if again is None:
        return
    sent = sending(again, now_ms, keeps_ms)
    assert received_ms(sent.headers, sent.timestamp_ms, sent.topic) == fate.event.timestamp_ms
    assert came_by(sent.headers, sent.topic) == came(again)
    assert keeps_ms is None or sent.timestamp_ms >= now_ms - keeps_ms


@given(
    st.lists(FATES, max_size=12, unique_by=lambda fate: fate.event.position),
    st.data(),
    st.booleans(),
    st.none() | st.integers(1, 5),
    st.none() | st.booleans(),
)
def test_each_letter_is_chosen_or_counted(
    fates: list[DeadLetter], data: st.DataObject, again: bool, most: int | None, repairable: bool | None
) -> None:
    """Chosen, left out for one reason, or not meant: nothing else; and what was replayed is never chosen again."""
    letters = [letter_of(fate, n)[0] for n, fate in enumerate(fates)]
    replayed = set(data.draw(st.sets(st.sampled_from([one.lead_id for one in letters])))) if letters else set()
    wanted = Filter(repairable=repairable)
    found = select(letters, wanted, replayed, {TOPIC}, again=again)
    assert len(found.chosen) + found.left_out.total() == sum(map(wanted.takes, letters))
    assert not replayed & {one.lead_id for one in found.chosen}
    assert all(again or one.attempt == 1 for one in found.chosen)
    assert all(one.repairable == (repairable is not False) for one in found.chosen)
    assert select(reversed(letters), wanted, replayed, {TOPIC}, again=again, most=most).chosen == found.chosen[:most]
    after = select(letters, wanted, replayed | {one.lead_id for one in found.chosen}, {TOPIC}, again=again)
    assert after.chosen == []


@given(st.lists(FATES, max_size=12))
def test_groups_hold_every_letter_once(fates: list[DeadLetter]) -> None:
    """Counts, spans and examples are those of the letters that are alike."""
    letters = [letter_of(fate, n)[0] for n, fate in enumerate(fates)]
    found = groups(letters)
    assert sum(group.count for group in found) == len(letters)
    for group in found:
        its = [one for one in letters if alike(one) == group.alike]
        assert (group.count, group.first_ms, group.last_ms) == (len(its), its[0].failed_ms, its[-1].failed_ms)
        assert group.examples[0] == its[-1].lead_id
        assert set(group.examples) <= {one.lead_id for one in its}


@given(st.text(max_size=40) | POSITIONS.map(lambda one: one.identity))
def test_a_name_of_a_record_is_read_or_refused(text: str) -> None:
    """No text raises, and what is read is called so."""
    found = position_of(text)
    assert found is None or position_of(found.identity) == found
