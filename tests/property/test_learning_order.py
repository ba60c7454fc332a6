"""Whatever is fetched first, and wherever the learner dies: what it has learned in the end is what an undisturbed one learns."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.learning.ledger import Ledger
from app.learning.merge import TimeMerge
from app.learning.model import OnlineModel
from app.learning.progress import Entry, Progress, Stream
from app.learning.snapshot import Snapshot, seal_learning, unseal_learning
from tests.harness.examples import examples

STREAMS: list[Stream] = [("decisions", 0), ("decisions", 1), ("decisions", 2), ("outcomes", 0), ("outcomes", 1)]
NAMES = ["won", "won", "lost", "lost", "contacted", "refunded", "reopened", "sold?"]
LEADS = 12


@dataclass
class Broker:
    """Partitions whose records carry the broker's time, as it was when they were appended."""

    rng: random.Random
    now: int = 1_000
    logs: dict[Stream, list[Entry]] = field(default_factory=lambda: {stream: [] for stream in STREAMS})
    revisions: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)

    def append(self) -> None:
        self.now += self.rng.choice([0, 0, 1, 7])
        lead = self.rng.randrange(LEADS)
        if self.rng.random() < 0.5:
            self._add(("decisions", lead % 2), self._decision(lead))  # the third partition stays silent
        elif self.told and self.rng.random() < 0.2:
            self._add(("outcomes", lead % 2), self.rng.choice(self.told))
        else:
            what, at = self.rng.choice(NAMES), self.rng.randrange(50)
            self.told.append(
                {"lead_id": f"ld_{lead}", "outcome": what, "occurred_at": at, "event_id": self.rng.choice([None, "e"])}
            )
            self._add(("outcomes", lead % 2), self.told[-1])

    def _add(self, stream: Stream, value: dict[str, Any]) -> None:
        self.logs[stream].append(Entry(stream, len(self.logs[stream]), self.now, value))

    def _decision(self, lead: int) -> dict[str, Any]:
        lead_id, source = f"ld_{lead}", f"s{lead % 3}"
        self.revisions[lead_id] = self.revisions.get(lead_id, 0) + 1
        of = f"ld_{self.rng.randrange(lead)}" if lead and self.rng.random() < 0.3 else None
        return {
            "lead_id": lead_id, "source": source, "revision": self.revisions[lead_id], "received_at": self.now - 1,
            "fate": "duplicate" if of else "routed", "duplicate_of": of, "duplicate_kind": "same_lead" if of else None,
            "numbers": {"x": self.rng.random()}, "categories": {"source": source}, "violations": [],
        }  # fmt: skip


class Learner:
    """The real merge, ledger and model over partitions that it fetches piece by piece."""

    def __init__(self, broker: Broker, snapshot: bytes | None) -> None:
        found = unseal_learning(snapshot, None) if snapshot else None
        ledger = Ledger(pending=5, waiting=2, horizon_ms=40, declared={"s1": 15}, state=found.ledger if found else None)
        model = found.contest() if found else OnlineModel()
        records = found.serving.records() if found else None
        self.progress = Progress(ledger, model, found.applied if found else {}, found.replay_from if found else {}, records)
        self._broker, self._merge = broker, TimeMerge[Stream, Entry](STREAMS)
        self._at = {stream: self.progress.start(stream) for stream in STREAMS}
        self._received = -1

    def fetch(self, stream: Stream, count: int) -> None:
        for entry in self._broker.logs[stream][self._at[stream] :][:count]:
            self._merge.push(stream, self.progress.order(stream, entry.offset, entry.timestamp_ms), entry)
            self._at[stream] += 1
            self._received = max(self._received, entry.timestamp_ms)

    def ask(self) -> None:
        """As the reader does: what was received when the broker's clock stood earlier can have nothing older behind it."""
        held = min(self._received, self._broker.now - 1)
        for stream in self._merge.wanting:
            if self._at[stream] == len(self._broker.logs[stream]):
                self._merge.promise(stream, (1, held + 1))

    def apply(self) -> None:
        while (entry := self._merge.pop()) is not None:
            self.progress.apply(entry)
        assert self._merge.late == 0

    def finish(self) -> Snapshot:
        self._broker.now += 1
        for stream in STREAMS:
            self.fetch(stream, 1_000_000)
        for _ in STREAMS:  # a stream that runs dry must be asked again
            self.ask()
            self.apply()
        return Snapshot.of(self.progress, None)


@examples(40)
@given(st.integers(0, 2**32), st.integers(30, 150))
def test_crashes_and_fetches_change_nothing(seed: int, steps: int) -> None:
    """Records, fetches of some partitions, snapshots and crashes in any order: in the end the models, the sources' records, the
    ledger and the positions are those of a learner that read all of it in peace.
    """
    rng = random.Random(seed)
    broker = Broker(rng)
    learner, snapshot = Learner(broker, None), None
    for _ in range(steps):
        match rng.choice(["append", "append", "append", "fetch", "fetch", "ask", "apply", "publish", "crash"]):
            case "append":
                broker.append()
            case "fetch":
                learner.fetch(rng.choice(STREAMS), rng.randint(1, 10))
            case "ask":
                learner.ask()
            case "apply":
                learner.apply()
            case "publish":
                snapshot = seal_learning(Snapshot.of(learner.progress, None), None)
            case "crash":
                learner = Learner(broker, snapshot)
    disturbed, undisturbed = learner.finish(), Learner(broker, None).finish()
    assert disturbed.learner == undisturbed.learner
    assert disturbed.version == undisturbed.version
    assert disturbed.applied == undisturbed.applied
    assert disturbed.replay_from == undisturbed.replay_from
    assert disturbed.ledger == undisturbed.ledger
