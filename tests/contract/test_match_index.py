"""Every match index keeps the same promises: the in-memory twin and the real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b

import pytest

from app.edges.memory_index import MemoryMatchIndex
from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.match_index import MAX_KEYS, MAX_RECORD, Ask, Link, MatchIndex, Sought, Standing
from app.settings import RedisSettings

NOON = 1_800_000_000_000
HOUR = 3600


def lead_id(name: str) -> str:
    return "ld_" + blake2b(name.encode(), digest_size=10).hexdigest()


def key(text: str, size: int = 8, limit: int = 255) -> bytes:
    found = blake2b(text.encode(), digest_size=size).digest()
    return found if size != 8 else found[:-1] + bytes((limit,))


def ask(name: str, *keys: str, event: str = "", at_ms: int = NOON, window_s: int = HOUR) -> Ask:
    exclusive = key(event, 16) if event else b""
    return Ask(lead_id(name), b"".join(map(key, keys)), exclusive, f"record of {name}".encode(), at_ms, window_s)


def link(lead: str, into: str | None, *, same: bool = True) -> Link:
    return Link(lead_id(lead), lead_id(into) if into else None, same)


Make = Callable[..., MatchIndex]


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest, topic_prefix: str) -> Iterator[Make]:
    """Makes an index with limits; once in a test."""
    if request.param == "memory":
        yield MemoryMatchIndex
        return
    server = request.getfixturevalue("redis_server")
    client = connect(RedisSettings(url=server.url), text=False)

    def made(*, complete: bool = True, **limits: int) -> MatchIndex:
        index = RedisMatchIndex(client, topic_prefix, **limits)  # type: ignore[arg-type]
        if complete:
            index.restore(())
        return index

    yield made
    client.close()


@pytest.fixture
def index(make: Make) -> MatchIndex:
    return make()


def seek(index: MatchIndex, *asks: Ask, links: Sequence[Link] = ()) -> list[Sought]:
    answer = index.seek(asks, links)
    assert isinstance(answer, list)
    return answer


def found(sought: Sought) -> list[str]:
    return [one.lead for one in sought.earlier]


class TestOrder:
    def test_the_later_sees_the_earlier(self, index: MatchIndex) -> None:
        """Leads are numbered as they enter; who shares a key with earlier ones gets them, their records and which keys."""
        first, second = seek(index, ask("a", "mail", "phone"), ask("b", "name", "phone", "mail"))
        assert (first.number, first.earlier) == (1, ())
        (one,) = second.earlier
        assert (one.lead, one.record, one.keys) == (lead_id("a"), b"record of a", (1, 2))

    def test_the_same_ask_again_has_the_same_answer(self, index: MatchIndex) -> None:
        """A redelivered lead keeps its number and finds the earlier ones: neither itself nor those that came since."""
        asked = [ask("a", "mail"), ask("b", "mail"), ask("c", "mail")]
        once = seek(index, *asked)
        assert seek(index, *reversed(asked)) == once[::-1]
        assert found(once[1]) == [lead_id("a")]

    def test_twice_in_one_batch(self, index: MatchIndex) -> None:
        """The same lead twice in a batch is one lead."""
        once, again = seek(index, ask("a", "mail"), ask("a", "mail"))
        assert once == again

    def test_most_shared_keys_first(self, index: MatchIndex) -> None:
        """Who shares more keys is told first; among equals who came first."""
        seek(index, ask("a", "mail"), ask("b", "phone"), ask("c", "mail", "phone"))
        (sought,) = seek(index, ask("d", "mail", "phone"))
        assert found(sought) == [lead_id("c"), lead_id("a"), lead_id("b")]

    def test_nothing_asked(self, index: MatchIndex) -> None:
        """No asks: no answers, and no error; nor does a lead without keys find any."""
        assert seek(index) == []
        seek(index, ask("a"))
        assert seek(index, ask("b"))[0].earlier == ()


class TestSameEvent:
    def test_the_same_event_again_does_not_enter(self, index: MatchIndex) -> None:
        """Who holds the event is told with its record; the newcomer leaves nothing, however often it comes."""
        seek(index, ask("a", "mail", event="e1"))
        for n in range(3):
            (again,) = seek(index, ask(f"again {n}", "phone", event="e1"))
            assert again.number == 0
            assert again.same is not None
            assert (again.same.lead, again.same.record) == (lead_id("a"), b"record of a")
        assert index.counts().leads == 1
        assert index.counts().same == 3
        assert seek(index, ask("b", "phone"))[0].earlier == ()

    def test_ones_own_event_is_not_against_oneself(self, index: MatchIndex) -> None:
        """A redelivered lead is not the same event as itself."""
        once, again = (seek(index, ask("a", "mail", event="e1"))[0] for _ in range(2))
        assert once == again
        assert once.same is None

    def test_an_exclusive_key_is_no_blocking_key(self, index: MatchIndex) -> None:
        """The two kinds do not meet, even if they were made from the same text."""
        seek(index, ask("a", event="x"), ask("b", "x"))
        assert found(seek(index, ask("c", "x"))[0]) == [lead_id("b")]


class TestWindow:
    def test_the_window_ends(self, index: MatchIndex) -> None:
        """A lead is found up to the last second of its window, at the asker's time and not the clock's."""
        seek(index, ask("a", "mail", event="e", window_s=10))
        at_its_end, after = NOON + 10_999, NOON + 11_000
        assert found(seek(index, ask("b", "mail", at_ms=at_its_end))[0]) == [lead_id("a")]
        assert lead_id("a") not in found(seek(index, ask("c", "mail", at_ms=after))[0])
        assert seek(index, ask("d", event="e", at_ms=at_its_end))[0].same is not None
        assert seek(index, ask("e", event="e", at_ms=after))[0].same is None

    def test_a_late_lead_sees_who_entered_before(self, index: MatchIndex) -> None:
        """Order is the order of entry: a record that comes days late finds those that entered before it."""
        seek(index, ask("a", "mail"))
        assert found(seek(index, ask("late", "mail", at_ms=NOON - 7 * 86_400_000))[0]) == [lead_id("a")]

    def test_sweeping_forgets_what_has_ended(self, index: MatchIndex) -> None:
        """A sweep takes leads whose window has ended and no other, and says how many."""
        seek(index, *[ask(f"short {n}", f"s{n}", window_s=1) for n in range(700)], ask("long", "mail"))
        assert sweep(index, NOON + 60_000) == 700
        assert index.counts().leads == 1
        assert index.counts().expired == 700
        assert found(seek(index, ask("b", "mail", "s5"))[0]) == [lead_id("long")]

    def test_who_comes_too_late_is_counted(self, index: MatchIndex) -> None:
        """A lead from before what was forgotten may miss its earlier one: it is counted, once."""
        seek(index, ask("short", "mail", window_s=1))
        sweep(index, NOON + 60_000)
        late, in_time = ask("late", "mail", at_ms=NOON), ask("in time", at_ms=NOON + 60_000)
        seek(index, late, late, in_time)
        assert index.counts().late == 1

    def test_any_time_is_taken(self, index: MatchIndex) -> None:
        """Times before 1970 and after 2106 are taken for the nearest that can be kept."""
        times = (-(10**15), 0, 10**15)
        numbers = [one.number for one in seek(index, *[ask(f"at {at}", "mail", at_ms=at) for at in times])]
        assert numbers == [1, 2, 3]


class TestCrowd:
    def test_a_crowd_finds_nobody(self, make: Make) -> None:
        """A key that many leads share stops finding them and says so; the other keys go on."""
        index = make(crowd=3)
        answers = seek(index, *[ask(f"l{n}", "info@", f"phone {n}") for n in range(5)])
        assert [len(one.earlier) for one in answers] == [0, 1, 2, 0, 0]
        assert [one.crowded for one in answers] == [(), (), (), (0,), (0,)]
        (sought,) = seek(index, ask("x", "info@", "phone 4"))
        assert (sought.crowded, found(sought)) == ((0,), [lead_id("l4")])
        assert index.counts().crowded == 3

    def test_a_key_may_end_earlier_than_others(self, make: Make) -> None:
        """A key says itself how many may share it: what strangers share by chance brings nobody together for long."""
        index = make(crowd=50)
        weak, strong = key("same name", limit=2), key("same phone")
        asks = [Ask(lead_id(f"l{n}"), strong + weak, b"", b"", NOON, HOUR) for n in range(4)]
        answers = seek(index, *asks)
        assert [one.crowded for one in answers] == [(), (), (1,), (1,)]
        assert [len(one.earlier) for one in answers] == [0, 1, 2, 3]

    def test_what_strangers_share_takes_another_key(self, make: Make) -> None:
        """A weak key finds those that share another one, too; and everybody, for who tells nothing of its own."""
        index = make(crowd=50)
        name, street, town = key("name", limit=6), key("street", limit=6), key("town", limit=6)
        known = [Ask(lead_id(n), keys, b"", b"", NOON, HOUR) for n, keys in (("a", name + street), ("b", name))]
        sought = [
            Ask(lead_id(n), name + town + street + own, b"", b"", NOON, HOUR) for n, own in (("c", key("mail")), ("d", b""))
        ]
        answers = [found(one) for one in seek(index, *known, *sought)]
        assert answers[2] == [lead_id("a")]
        assert lead_id("b") in answers[3]

    def test_a_crowd_is_of_persons(self, make: Make) -> None:
        """Leads that belong to others, merged or linked, do not make a key a crowd's."""
        index = make(crowd=2)
        seek(index, ask("a", "info@"), ask("b", "info@"))
        seek(index, links=[link("b", "a")])
        (sought,) = seek(index, ask("c", "info@"))
        assert (sought.crowded, found(sought)) == ((), [lead_id("a"), lead_id("b")])

    def test_a_crowd_stays_one_for_who_met_it(self, make: Make) -> None:
        """Redelivered, each gets the answer that it got: those before the crowd as those in it."""
        index = make(crowd=2)
        asked = [ask(f"l{n}", "info@") for n in range(4)]
        assert seek(index, *asked) == seek(index, *asked)

    def test_an_answer_has_an_end(self, make: Make) -> None:
        """More than the limit of an answer are left out, and counted."""
        index = make(most=2)
        (*_, last) = seek(index, *[ask(f"l{n}", "mail") for n in range(5)])
        assert (found(last), last.left_out) == ([lead_id("l0"), lead_id("l1")], 2)
        assert index.counts().left_out == 3

    def test_a_crowd_disperses(self, make: Make) -> None:
        """When the windows of a crowd have ended, its key finds leads again."""
        index = make(crowd=2)
        seek(index, *[ask(f"l{n}", "info@", window_s=1) for n in range(3)])
        later = NOON + HOUR * 1000
        assert seek(index, ask("x", "info@", at_ms=later))[0].crowded == ()
        assert found(seek(index, ask("y", "info@", at_ms=later))[0]) == [lead_id("x")]


class TestLinks:
    def test_a_chain_is_followed_to_its_root(self, index: MatchIndex) -> None:
        """Whoever is found of a chain tells its root, and how many were merged into it."""
        seek(index, ask("a", "1"), ask("b", "1", "2"), ask("c", "2", "3"))
        (sought,) = seek(index, ask("d", "3"), links=[link("b", "a"), link("c", "b")])
        (one,) = sought.earlier
        assert (one.lead, one.root, one.chain) == (lead_id("c"), lead_id("a"), 2)

    def test_a_chain_may_grow_from_its_end(self, index: MatchIndex) -> None:
        """Those below a lead come with it when it is merged, and leave with it."""
        seek(index, ask("a", "1"), ask("b", "2"), ask("c", "3"), ask("d", "4"))
        (sought,) = seek(index, ask("x", "4"), links=[link("d", "c"), link("c", "b"), link("b", "a")])
        assert (sought.earlier[0].root, sought.earlier[0].chain) == (lead_id("a"), 3)
        (sought,) = seek(index, ask("y", "1"), links=[link("c", None)])
        assert sought.earlier[0].chain == 1

    def test_the_same_link_again_changes_nothing(self, index: MatchIndex) -> None:
        """Links are told again after a crash; a lead counts once."""
        seek(index, ask("a", "1"), ask("b", "1"))
        for _ in range(2):
            (sought,) = seek(index, ask("c", "1"), links=[link("b", "a")])
        assert [one.chain for one in sought.earlier] == [1, 1]

    def test_unlinking_takes_a_branch_away(self, index: MatchIndex) -> None:
        """An un-merged lead is a root again, with those that were merged into it."""
        seek(index, ask("a", "1"), ask("b", "2"), ask("c", "3"), ask("d", "4"))
        seek(index, links=[link("b", "a"), link("c", "b"), link("d", "a")])
        (sought,) = seek(index, ask("x", "1", "3"), links=[link("b", None)])
        told = {one.lead: (one.of, one.chain, one.apart) for one in sought.earlier}
        assert told == {lead_id("a"): (lead_id("a"), 1, False), lead_id("c"): (lead_id("b"), 1, True)}

    def test_a_lead_can_move(self, index: MatchIndex) -> None:
        """Merged into another than before, a lead leaves the first."""
        seek(index, ask("a", "1"), ask("b", "2"), ask("c", "3"))
        seek(index, links=[link("c", "a"), link("c", "b")])
        (sought,) = seek(index, ask("x", "1", "2", "3"))
        told = {one.lead: (one.root, one.chain) for one in sought.earlier}
        assert told == {lead_id("a"): (lead_id("a"), 0), **{lead_id(one): (lead_id("b"), 1) for one in "bc"}}

    def test_no_circles_and_no_strangers(self, index: MatchIndex) -> None:
        """Merging into a later lead, a link to itself, and one from or to an unknown lead are not taken; they are counted."""
        seek(index, ask("a", "1"), ask("b", "2"))
        wrong = [link("a", "b"), link("a", "a"), link("a", "nobody"), link("nobody", "a")]
        (sought,) = seek(index, ask("x", "1"), links=wrong)
        assert sought.earlier[0].root == lead_id("a")
        assert index.counts().missed == 4

    def test_one_person_with_two_leads(self, index: MatchIndex) -> None:
        """A person's next lead is below the first and yet itself; what is merged into it is it, and not the first."""
        seek(index, ask("a", "1"), ask("b", "2"), ask("c", "3"), ask("d", "4"))
        links = [link("b", "a"), link("c", "b", same=False), link("d", "c")]
        (sought,) = seek(index, ask("x", "1", "2", "3", "4"), links=links)
        assert {one.lead: one.of for one in sought.earlier} == {
            **{lead_id(one): lead_id("a") for one in "ab"},
            **{lead_id(one): lead_id("c") for one in "cd"},
        }
        assert {(one.root, one.chain) for one in sought.earlier} == {(lead_id("a"), 3)}

    def test_two_persons_are_joined_whoever_is_named_first(self, index: MatchIndex) -> None:
        """Said of leads that belong to someone, a link joins their persons: who began later belongs to who began earlier."""
        seek(index, *[ask(one, one) for one in "abcdef"])
        links = [link("c", "a"), link("d", "b"), link("f", "e", same=False)]
        links += [link("c", "d", same=False), link("b", "f", same=False), link("a", "f", same=False)]
        (sought,) = seek(index, ask("x", *"abcdef"), links=links)
        assert {(one.root, one.chain) for one in sought.earlier} == {(lead_id("a"), 5)}
        assert [one.of for one in sought.earlier] == [lead_id(one) for one in "ababef"]
        assert index.counts().missed == 0

    def test_a_link_can_change_its_kind(self, index: MatchIndex) -> None:
        """Who was merged may become the same person's other lead, and the reverse; nobody is counted twice."""
        seek(index, ask("a", "1"), ask("b", "1"))
        for same, of in ((True, "a"), (False, "b"), (True, "a")):
            (sought,) = seek(index, ask("c", "1"), links=[link("b", "a", same=same)])
            assert [(one.of, one.root, one.chain) for one in sought.earlier] == [
                (lead_id("a"), lead_id("a"), 1),
                (lead_id(of), lead_id("a"), 1),
            ]

    def test_who_was_set_apart_says_so(self, index: MatchIndex) -> None:
        """People's word stays with the lead: also when it belonged to nobody, and until it belongs to another person."""
        seek(index, ask("a", "1"), ask("b", "1"))
        (sought,) = seek(index, ask("c", "1"), links=[link("b", None)])
        assert [one.apart for one in sought.earlier] == [False, True]
        (sought,) = seek(index, ask("c", "1"), links=[link("b", "a", same=False)])
        assert [(one.root, one.apart) for one in sought.earlier] == [(lead_id("a"), False)] * 2

    def test_a_root_lives_as_long_as_who_was_merged_into_it(self, index: MatchIndex) -> None:
        """The window of the first is that of the last: a person who keeps coming stays one."""
        seek(index, ask("a", "1", window_s=1), ask("b", "2", at_ms=NOON + 1000, window_s=HOUR))
        seek(index, links=[link("b", "a")])
        assert sweep(index, NOON + 60_000) == 0
        (sought,) = seek(index, ask("c", "1", "2", at_ms=NOON + 60_000))
        assert {one.root for one in sought.earlier} == {lead_id("a")}


class TestErasing:
    def test_an_erased_lead_is_gone(self, index: MatchIndex) -> None:
        """Neither its record nor a reference to it stays; the others do; who was merged into it is a root."""
        seek(index, ask("a", "1", "2", event="e"), ask("b", "1"), ask("c", "2"))
        seek(index, links=[link("b", "a"), link("c", "b")])
        assert index.erase([lead_id("a"), lead_id("nobody")]) == 1
        assert index.counts().leads == 2
        assert index.counts().references == 4
        (sought,) = seek(index, ask("x", "1", "2"))
        assert {one.lead: (one.root, one.chain) for one in sought.earlier} == {
            lead_id("b"): (lead_id("b"), 1),
            lead_id("c"): (lead_id("b"), 1),
        }
        assert seek(index, ask("y", event="e"))[0].same is None
        assert index.erase([lead_id("a")]) == 0

    def test_an_erased_lead_may_come_again(self, index: MatchIndex) -> None:
        """It enters anew, after those that are there."""
        seek(index, ask("a", "1"), ask("b", "1"))
        index.erase([lead_id("a")])
        (sought,) = seek(index, ask("a", "1"))
        assert (sought.number, found(sought)) == (3, [lead_id("b")])


class TestRestoring:
    def test_nothing_is_told_before_all_is_back(self, make: Make) -> None:
        """After restoring, leads have the numbers, windows and links that they were told with; new ones come after them."""
        index = make(complete=False)
        told = [
            None,
            Standing(ask("a", "1", event="e"), 5_000),
            Standing(ask("b", "2"), 5_001, (link("b", "a"),)),
            Standing(ask("c", "2", window_s=1), 9_000),
            None,
            Standing(ask("d", "4"), 9_000),
            Standing(ask("e", "5"), 30_000, (link("e", "b", same=False), link("d", "a", same=False), link("e", None))),
        ]
        assert index.restore(told) == 5
        (sought, same) = seek(index, ask("f", "2", "4", "5", at_ms=NOON + 60_000), ask("x", event="e"))
        told_of = {one.lead: (one.of, one.root, one.chain, one.apart) for one in sought.earlier}
        assert told_of == {
            lead_id("b"): (lead_id("a"), lead_id("a"), 2, False),
            lead_id("d"): (lead_id("d"), lead_id("a"), 2, False),
            lead_id("e"): (lead_id("e"), lead_id("e"), 0, True),
        }
        assert same.same is not None
        assert [one.number for one in seek(index, *[one.ask for one in told if one])] == [5_000, 5_001, 9_000, 9_001, 30_000]
        assert sought.number > 30_000

    def test_a_complete_index_is_not_restored(self, index: MatchIndex) -> None:
        """Who comes second to restore finds it done, and changes nothing."""
        seek(index, ask("a", "1"))
        assert index.restore([Standing(ask("b", "1"), 1)]) == 0
        assert index.counts().leads == 1


class TestLimits:
    @pytest.mark.parametrize("wrong", [
        Ask("lead 1", b"", b"", b"", NOON, 1),
        Ask(lead_id("a"), key("k") * (MAX_KEYS + 1), b"", b"", NOON, 1),
        Ask(lead_id("a"), b"", b"", b"x" * (MAX_RECORD + 1), NOON, 1),
        Ask(lead_id("a"), b"short", b"", b"", NOON, 1),
        Ask(lead_id("a"), b"", key("k"), b"", NOON, 1),
    ], ids=["id", "keys", "record", "key", "exclusive"])  # fmt: skip
    def test_what_has_no_room_is_refused(self, wrong: Ask, index: MatchIndex) -> None:
        """An ask outside the limits is an error of the caller: nothing of the batch is taken in."""
        with pytest.raises(ValueError):  # noqa: PT011
            seek(index, ask("good", "1"), wrong)
        assert index.counts().leads == 0

    def test_as_much_as_there_is_room_for(self, index: MatchIndex) -> None:
        """The largest ask is answered like any other."""
        large = Ask(lead_id("a"), b"".join(key(str(n)) for n in range(MAX_KEYS)), b"", b"x" * MAX_RECORD, NOON, HOUR)
        seek(index, large)
        (sought,) = seek(index, Ask(lead_id("b"), large.keys, b"", b"", NOON, HOUR))
        assert (sought.earlier[0].keys, sought.earlier[0].record) == (tuple(range(MAX_KEYS)), large.record)


def sweep(index: MatchIndex, now_ms: int) -> int:
    """All around, from the beginning; how many went."""
    expired = 0
    while True:
        step = index.sweep(now_ms)
        expired += step.expired
        if step.around:
            return expired
