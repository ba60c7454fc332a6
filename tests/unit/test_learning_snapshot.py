"""Snapshots: exact, signed, and refused when they cannot be trusted."""

from __future__ import annotations

import random

import orjson
import pytest

from app.learning.ledger import Ledger
from app.learning.model import OnlineModel
from app.learning.progress import Entry, Progress
from app.learning.snapshot import (
    Snapshot,
    SnapshotError,
    seal,
    seal_learning,
    signed,
    signing_key,
    unseal,
    unseal_learning,
    verified,
)
from app.learning.versions import Version, shelved

KEY = signing_key(b"a long enough pepper")


def records(count: int) -> list[Entry]:
    """Decisions, and outcomes 40 leads later, over two partitions each."""
    rng, found = random.Random(3), []
    for n in range(count):
        x = rng.gauss(0, 1)
        value = {"lead_id": f"ld_{n}", "fate": "routed", "received_at": n, "numbers": {"x": x}, "categories": {"source": "a"}}
        value |= {"source": "a", "violations": ["email:invalid"] if n % 3 == 0 else []}
        found.append(Entry(("decisions", n % 2), n // 2, 2 * n, value))
        if n >= 40:
            outcome = "won" if rng.random() < 0.3 else "lost"
            told = {"lead_id": f"ld_{n - 40}", "outcome": outcome, "occurred_at": n, "event_id": None}
            found.append(Entry(("outcomes", n % 2), (n - 40) // 2, 2 * n + 1, told))
    return found


def progress_of(found: Snapshot | None = None) -> Progress:
    if found is None:
        return Progress(Ledger(), OnlineModel(), {}, {})
    return Progress(Ledger(), found.contest(), found.applied, found.replay_from, found.serving.records())


class TestSeal:
    def test_survives_the_way_through_kafka(self) -> None:
        """What is unsealed learns and scores as what was sealed."""
        progress = progress_of()
        for entry in records(200):
            progress.apply(entry)
        sent = Snapshot.of(progress, "parent")
        got = unseal_learning(seal_learning(sent, KEY), KEY)
        assert (got.version, got.parent, got.applied, got.replay_from) == (sent.version, "parent", sent.applied, sent.replay_from)
        assert got.contest().state() == progress.model.state()
        assert got.serving.records().state() == progress.records.state()
        probe = {"x": 0.3}, {"source": "a"}
        assert got.serving.predict(*probe) == sent.serving.predict(*probe)
        served = unseal(seal(sent, KEY), KEY)
        assert (served.version, served.parent, served.lineage) == (sent.version, sent.parent, sent.lineage)
        assert served.serving.predict(*probe) == sent.serving.predict(*probe)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda value: b"",
            lambda value: b"\x80\x04\x95",
            lambda value: value[:-9],
            lambda value: value.replace(b'"bias":', b'"bias":9', 1),
            lambda value: value.replace(b"leadstream-model/1", b"leadstream-model/2"),
            lambda value: seal(Snapshot.of(progress_of(), None), None),
            lambda value: seal(Snapshot.of(progress_of(), None), signing_key(b"another pepper")),
        ],
        ids=["empty", "pickle", "truncated", "changed", "unknown format", "unsigned", "another key"],
    )
    def test_refuses_what_it_cannot_trust(self, spoil: object) -> None:
        """Corrupt, of an unknown format, unsigned, or signed by someone else: refused before anything is loaded."""
        with pytest.raises(SnapshotError):
            unseal(spoil(seal(Snapshot.of(progress_of(), None), KEY)), KEY)  # type: ignore[operator]

    def test_refuses_damage_without_a_key_too(self) -> None:
        """Without signatures, a snapshot that lacks a part is refused all the same."""
        value = seal(Snapshot.of(progress_of(), None), None)
        for damaged in (value.replace(b'"serving"', b'"sarving"'), value[:-1], value.partition(b"\n")[0] + b"\n[]"):
            with pytest.raises(SnapshotError):
                unseal(damaged, None)

    def test_large_states_are_deflated(self) -> None:
        """A body of megabytes takes a fraction of them in the topic, and is the same after; torn, it is refused."""
        body = orjson.dumps({"weights": [n % 1_000 / 7 for n in range(200_000)]})
        value = signed(body, KEY)
        assert len(value) < len(body) / 2
        assert verified(value, KEY) == orjson.loads(body)
        with pytest.raises(SnapshotError):
            verified(signed(body, None)[:-50_000], None)

    def test_the_same_state_has_the_same_version(self) -> None:
        """Versions name states."""
        assert Snapshot.of(progress_of(), None).version == Snapshot.of(progress_of(), "x").version


class TestRestart:
    @pytest.mark.parametrize("stop_at", [1, 50, 137, 300])
    def test_goes_on_exactly_where_the_snapshot_was_taken(self, stop_at: int) -> None:
        """Snapshot, loss of everything after it, replay in another order, and on: the weights equal an undisturbed run's."""
        every = records(250)
        undisturbed = progress_of()
        for entry in every:
            undisturbed.apply(entry)

        first = progress_of()
        for entry in every[:stop_at]:
            first.apply(entry)
        found = unseal_learning(seal_learning(Snapshot.of(first, None), None), None)
        second = progress_of(found)
        again = [entry for entry in every if entry.offset >= second.start(entry.stream)]
        again.sort(key=lambda entry: second.order(entry.stream, entry.offset, entry.timestamp_ms))
        for entry in again:
            second.apply(entry)
        assert second.model.state() == undisturbed.model.state()
        assert second.records.state() == undisturbed.records.state()
        assert second.applied == undisturbed.applied
        assert second.ledger.oldest_needed() == undisturbed.ledger.oldest_needed()


class TestVersions:
    def test_a_version_is_kept_at_every_change_and_every_so_often(self) -> None:
        """The first, each after a champion was put in place, and one after so many labels; the oldest leave."""
        progress, kept, left = progress_of(), list[int](), list[str]()
        snapshot: Snapshot | None = None
        for n in range(60):
            progress.model.learn({"x": float(n)}, {"source": "a"}, n % 3 == 0)
            shelf = snapshot.shelf if snapshot else None
            snapshot, leaving = shelved(Snapshot.of(progress, None, shelf), every=10, kept=3)
            left += leaving
            if snapshot.version in snapshot.shelf.versions:
                kept.append(snapshot.lineage.labels)
        assert kept == [1, 11, 21, 31, 41, 51]
        assert snapshot is not None
        assert [int(name.split("-")[1]) for name in snapshot.shelf.versions] == [31, 41, 51]
        assert [int(name.split("-")[1]) for name in left] == [1, 11, 21]

    def test_a_kept_version_learns_on_from_where_it_was(self) -> None:
        """Through its record, the champion's model is as it was; one of another kind is refused."""
        progress = progress_of()
        for entry in records(200):
            progress.apply(entry)
        one = Version.of(Snapshot.of(progress, "parent"))
        assert Version.unsealed(one.sealed(KEY), KEY).sealed(KEY) == one.sealed(KEY)
        assert one.model().state() == progress.model.model().state()
        with pytest.raises(SnapshotError, match="another kind"):
            Version(one.version, None, one.lineage, {"weights": 1}).model()
