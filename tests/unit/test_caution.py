"""Which record ended the process: notes beside the position, pieces, and the one that stands alone."""

from __future__ import annotations

import pytest

from app.edges.kafka.caution import PIECES, Caution


class Partition:
    """A partition whose lane is opened again each time a process ends; one of its records may end the process."""

    def __init__(self, records: int, poison: int | None, batch: int = 500) -> None:
        self.records, self.poison, self.batch = records, poison, batch
        self.position, self.note = 0, ""
        self.deaths, self.set_aside, self.notes = 0, list[int](), 0
        self.processes = 0

    def run(self) -> None:
        """One process: until the end of the partition, or its own."""
        self.processes += 1
        caution = Caution(f"{self.processes:08x}", self.note)
        while self.position < self.records:
            at_hand = min(self.batch, self.records - self.position)
            end = self.position + at_hand
            while self.position < end:
                some = caution.most(end - self.position)
                if caution.convicted:
                    self.set_aside.append(self.position)
                else:
                    if caution.begins(some):
                        self.note, self.notes = caution.note, self.notes + 1
                    if self.poison is not None and self.position <= self.poison < self.position + some:
                        self.deaths += 1
                        return
                caution.decided(some, end - self.position - some)
                self.position, self.note = self.position + some, caution.note
                caution.went_on(some)

    def until_done(self) -> None:
        for _ in range(20):
            self.run()
            if self.position == self.records:
                return
        raise AssertionError("the partition never went on")


class TestPoison:
    @pytest.mark.parametrize("poison", [0, 1, 30, 31, 499, 500, 777, 1_499])
    def test_the_one_record_is_set_aside(self, poison: int) -> None:
        """Whatever its place in its batch: the partition goes on without it after five ends, and nobody else is blamed."""
        partition = Partition(1_500, poison)
        partition.until_done()
        assert partition.set_aside == [poison]
        assert partition.deaths <= 5

    def test_alone_from_the_start(self) -> None:
        """Where one record comes at a time, three ends are enough."""
        partition = Partition(1, 0)
        partition.until_done()
        assert (partition.set_aside, partition.deaths) == ([0], 3)

    def test_while_all_is_well(self) -> None:
        """One note for the first batch after an opening, none for the others, and none stays behind."""
        partition = Partition(1_500, None)
        partition.run()
        assert (partition.notes, partition.note) == (1, "")


A, B, C, US = "aaaaaaaa", "bbbbbbbb", "cccccccc", "00000001"


class TestInnocence:
    def test_opening_again_counts_for_nothing(self) -> None:
        """A lane that is opened ten times and given nothing to do knows as much as after the first time."""
        note = f"begun=1 by={A},{B}!"
        for _ in range(10):
            caution = Caution(US, note)
            assert not caution.convicted
            note = caution.note
        assert note == f"begun=1 by={A},{B}!"

    def test_who_lives_did_not_end(self) -> None:
        """A partition that goes from one living process to the next and back, ever before its batch is done: nobody is blamed."""
        note, spared = "", set[str]()
        for n in range(30):
            name = f"{n % 3:08x}"
            caution = Caution(name, note, spared)
            assert (caution.suspects, caution.note) == (0, "")
            assert caution.begins(1)
            note = caution.note
            assert note == f"begun=1 by={name}!"
            spared.add(name)

    def test_who_says_so_later_is_believed(self) -> None:
        """The next owner may have read before a fenced process could say anything: it is asked once more before a record is set
        aside."""
        caution = Caution(US, f"begun=1 by={A}!,{B}!,{C}!")
        assert caution.convicted
        caution.acquit({B})
        assert not caution.convicted
        assert caution.begins(1)
        assert caution.note == f"begun=1 by={A}!,{C}!,{US}!"

    def test_an_edge_that_is_down_takes_the_note_back(self) -> None:
        """Then the process may be ended by whom it pleases; and it is not noted again while the edge stays down."""
        caution = Caution(US, f"begun=1 by={A}!")
        assert caution.begins(1)
        assert (caution.note, caution.begun) == (f"begun=1 by={A}!,{US}!", True)
        assert caution.survived()
        assert (caution.note, caution.begun) == (f"begun=1 by={A}!", False)
        assert not caution.begins(1)
        fresh = Caution(US)
        assert (fresh.begins(7), fresh.survived(), fresh.note) == (True, True, "")

    def test_somebody_elses_kills(self) -> None:
        """A batch, a piece and one record, each met by a kill -9: who was alone once is tried again."""
        note = ""
        for name, begun in ((A, 500), (B, 500 // PIECES), (C, 1)):
            caution = Caution(name, note)
            assert caution.most(500) == begun
            assert caution.begins(begun)
            note = caution.note
        assert not Caution(US, note).convicted

    def test_what_others_wrote_is_no_note(self) -> None:
        """Tools put their own words beside a position; versions before this one wrote other notes."""
        for told in ("", "reset by hand", "begun=x by=aaaaaaaa", "begun=1 alone=2 deaths=2", f"begun=1 by={A}! ", "begun=1 by="):
            assert (Caution(US, told).suspects, Caution(US, told).note) == (0, "")

    def test_a_note_stays_short(self) -> None:
        """However often it goes on: the broker keeps 4 kB beside a position."""
        note = ""
        for n in range(100):
            caution = Caution(f"{n:08x}", note)
            caution.begins(500)
            note = caution.note
        assert len(note) < 100

    def test_a_commit_that_was_made_after_all(self) -> None:
        """What was set aside and went through although we were told it had not: the next record is not blamed for it."""
        caution = Caution(US, f"begun=1 by={A},{B}!,{C}!")
        assert caution.convicted
        caution.decided(1, 5)
        caution.survived()
        caution.went_on(1)
        assert not caution.convicted
        assert caution.most(5) == 5
