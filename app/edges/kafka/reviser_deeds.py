"""Tasks are done: what each needs is brought near, and what it came to is counted and logged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

import structlog
from confluent_kafka import KafkaException

from app.edges.kafka.reviser_reading import Reading
from app.edges.kafka.reviser_shelf import Shelf
from app.edges.kafka.reviser_tasks import LONGEST_S, Task, Tasks
from app.errors import EdgeDown
from app.ops import metrics
from app.pipeline.revision.carrying import Done, Waits, carry_out
from app.pipeline.revision.learning import learn
from app.pipeline.revision.records import Kept, Work
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import Refused, Verdict

log = structlog.get_logger(__name__)

_PROBE_S: Final = 0.5


class Deeds:
    """Does tasks.

    Args:
        house: What verdicts are carried out with.
    """

    def __init__(self, shelf: Shelf, house: House) -> None:
        self._shelf, self._house = shelf, house
        self._settled_at, self._probe = 0.0, (0.0, dict[tuple[str, int], int]())
        self._came = Counter[tuple[Literal["learn", "verdict"], str]]()

    def do(self, tasks: Tasks, reading: Reading, work: Work) -> list[Task]:
        """Do what can be done; what is to be said of it is in the work. The tasks that are done."""
        self._came.clear()
        self._look(tasks, reading)
        due = tasks.due()
        self._fetch(due)
        tried, done = set(map(id, due)), list[Task]()
        behind = {one.about.lead for one in tasks.waiting if isinstance(one.about, Verdict) and id(one) not in tried}
        for task in due:
            lead = task.about.lead if isinstance(task.about, Verdict) else None
            if lead in behind:
                continue
            if self._safely(task, work, settled=task.came < self._settled_at):
                done.append(task)
            elif lead is not None:  # what else is said of this lead comes after
                behind.add(lead)
        return done

    def count(self, work: Work) -> None:
        """What was committed."""
        if work.freed:
            self._house.desk.give_back(work.freed)
        for (kind, outcome), count in self._came.items():
            (metrics.verdicts if kind == "verdict" else metrics.merges).labels(outcome).inc(count)
        for kept in work.all():
            metrics.revisions.labels(kept.place).inc()

    def _safely(self, task: Task, work: Work, *, settled: bool) -> bool:
        mark = work.mark()
        try:
            return self._one(task, work, settled=settled)
        except (EdgeDown, KafkaException, MemoryError):
            raise
        except Exception as bug:  # ours, met by this record: it must not stop the others for good
            work.back(mark)
            where = task.where
            place = {"topic": where.topic, "partition": where.partition, "offset": where.offset}
            log.error("revision_failed", error=type(bug).__name__, **place, why="a bug; the record stays as it is")
            self._came["verdict" if isinstance(task.about, Verdict) else "learn", "failed"] += 1
            return True

    def _one(self, task: Task, work: Work, *, settled: bool) -> bool:
        """Whether it is done."""
        if isinstance(task.about, Kept):
            outcome = learn(work, task.about, settled=settled)
            if outcome == "waits":
                if not task.old:
                    return False
                outcome = "gone"
                why = f"its original did not come within {LONGEST_S:.0f} s; the duplicate keeps what it knows"
                log.warning("original_missing", lead_id=task.about.lead, why=why)
            self._came["learn", outcome] += 1
            return True
        return self._verdict(task.about, work, settled=settled)

    def _verdict(self, verdict: Verdict, work: Work, *, settled: bool) -> bool:
        match carry_out(verdict, work, self._house, settled=settled):
            case Waits():
                return False
            case Done(what=what):
                self._came["verdict", what] += 1
                log.info("verdict_carried_out", lead_id=verdict.lead, action=what)
            case Refused(code=code, why=why):
                self._came["verdict", code] += 1
                log.warning("verdict_refused", lead_id=verdict.lead, action=verdict.says, reason=code, why=why)
        return True

    def _fetch(self, due: Iterable[Task]) -> None:
        book = self._shelf.book
        leads: set[str] = set()
        said: set[str] = set()
        for task in due:
            if isinstance(task.about, Verdict):
                said.add(task.about.lead)
            elif (of := task.about.duplicate_of) is not None:
                leads.add(of)
        if leads or said:
            self._shelf.records.fetch(leads | said, book.newest)
            self._shelf.records.fetch(said, book.decision)

    def _look(self, tasks: Tasks, reading: Reading) -> None:
        """Up to when everything on the topics has been read: a task that came before that misses nothing any more."""
        if not tasks.waiting:
            return
        probed, ends = self._probe
        if ends and reading.passed(ends):
            self._settled_at, ends = probed, {}
        if not ends and time.monotonic() - probed >= _PROBE_S:
            self._probe = (time.monotonic(), reading.ends())
