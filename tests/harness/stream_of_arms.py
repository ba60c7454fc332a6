"""Leads in the arms of a rollout, day by day, as the steward hands them to the pilot: decisions, what people did, outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Any

from app.inventory.rolling import Plan, RolloutKind
from app.ports import Arm
from app.rollout.arms import arm_at, places
from app.rollout.pilot import Pilot
from app.rollout.plan import Rollout, Status
from app.steward import Alarm, Deed, PublishRollout

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BEGIN_MS = 1_763_942_400_000


@dataclass(frozen=True)
class Life:
    """What becomes of one lead: chances that the stream draws from."""

    band: str = "warm"
    converts: float = 0.1
    sent_on: float = 0.04
    again: float = 0.04
    catch_all: float = 0.05
    slow: float = 0.005
    wrong: float = 0.08  # people decide otherwise, where it is held


Lives = Callable[[Random, Arm, float], Life]
"""Dice, arm and day → life."""


def band_of(score: float) -> str:
    """As routing.yaml has it."""
    return "hot" if score > 0.3 else "warm" if score > 0.1 else "cold"


def calm(dice: Random, arm: Arm, day: float) -> Life:
    """Nothing that depends on the arm; conversion and bands as of a model that knows something, and a season of a week."""
    quality = dice.betavariate(0.7, 5.0)
    return Life(band=band_of(quality), converts=quality, sent_on=0.04 + 0.03 * (int(day) % 7 > 4))


@dataclass
class Stream:
    """One rollout, its leads, and the pilot that watches them.

    Attributes:
        rollout: As the records say it.
        moves: Records with a change, and the day of each.
        alarms: Firing ones.
    """

    plan: Plan
    lives: Lives
    seed: int = 1
    per_day: int = 400
    kind: RolloutKind = "model"
    control: float = 0.1
    pilot: Pilot = field(default_factory=Pilot)
    records: list[dict[str, Any]] = field(default_factory=list)
    moves: list[tuple[float, Rollout]] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    past: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)
    now_ms: int = BEGIN_MS

    def __post_init__(self) -> None:
        share = self.plan.stages[0].share
        status: Status = "shadow" if share == 0 else "running"
        self.rollout = Rollout(
            "trial", self.kind, "web-form", status, 0, share, self.control, 1, self.plan, "ops", "try", BEGIN_MS, BEGIN_MS
        )  # fmt: skip
        self._tell(self.rollout)
        self._dice, self._place, self._number = Random(self.seed), places("trial"), 0
        self._coming: list[tuple[int, int, str, dict[str, Any]]] = []

    @property
    def day(self) -> float:
        return (self.now_ms - BEGIN_MS) / DAY_MS

    @property
    def status(self) -> str:
        return self.rollout.status

    def run(self, days: float, every_ms: int = HOUR_MS // 2) -> Stream:
        """Let so many days go by, or fewer, if it is rolled back; a tick every half hour."""
        end_ms = self.now_ms + int(days * DAY_MS)
        step = DAY_MS // self.per_day
        while self.now_ms < end_ms and self.status != "rolled_back":
            tick_ms = self.now_ms + every_ms
            for at_ms in range(self.now_ms - self.now_ms % step + step, tick_ms + 1, step):
                self._lead(at_ms)
            while self._coming and self._coming[0][0] <= tick_ms:
                at_ms, _, what, value = heappop(self._coming)
                self._hand(what, value, at_ms)
            self.now_ms = tick_ms
            self.done(self.pilot.tick(tick_ms))
        return self

    def restart(self) -> None:
        """Another process: handed all records of the rollout, and what it needs of the rest."""
        since = self.pilot.needed_since(self.now_ms)
        self.pilot = Pilot()
        for what, value, at_ms in self.past:
            if since is not None and at_ms >= since:
                self._hand(what, value, at_ms, again=True)
        for record in self.records:
            self.pilot.on_rollout(record, record["changed_at"])

    def done(self, deeds: list[Deed]) -> None:
        """What the host does with deeds."""
        for deed in deeds:
            if isinstance(deed, PublishRollout):
                self._tell(Rollout.read(deed.record))
                if deed.change is not None:
                    self.moves.append((self.day, self.rollout))
            elif isinstance(deed, Alarm) and deed.firing:
                self.alarms.append(deed)

    def _tell(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.records.append(rollout.record())
        self.pilot.on_rollout(self.records[-1], self.now_ms)

    def _hand(self, what: str, value: dict[str, Any], at_ms: int, *, again: bool = False) -> None:
        if not again:
            self.past.append((what, value, at_ms))
        if what == "decision":
            self.pilot.on_decision(value, at_ms)
        else:
            self.pilot.on_outcome(value, at_ms)

    def _lead(self, at_ms: int) -> None:
        dice, self._number = self._dice, self._number + 1
        lead = f"ld_{self._number:020x}"
        arm = arm_at(self._place(lead), self.rollout.share, self.control)
        life = self.lives(dice, arm, (at_ms - BEGIN_MS) / DAY_MS)
        held = self.rollout.held(arm)
        base: dict[str, Any] = {
            "lead_id": lead,
            "subject": None,
            "arms": {"trial": arm},
            "band": life.band,
            "revises": None,
            "revised_by": None,
        }
        base |= {"fate": "review" if held else "routed"}
        base |= {"revision": 1, "revised_why": None, "agreed": None}
        base |= {"rule": "catch-all" if dice.random() < life.catch_all else "dach"}
        late = 60_000 if dice.random() < life.slow else 50
        self._later(at_ms, "decision", base | {"received_at": at_ms - late})
        if dice.random() < life.sent_on and not held:
            sent = {"revision": 2, "revises": "routed", "revised_why": "rerouted", "revised_by": "lead", "agreed": False}
            self._later(at_ms + dice.randint(1, 3 * HOUR_MS), "decision", base | sent)
        if held:
            said = {"revision": 2, "revises": "review", "revised_why": "approved", "revised_by": "lead", "fate": "routed"}
            agreed = dice.random() >= life.wrong
            self._later(at_ms + dice.randint(1, 8 * HOUR_MS), "decision", base | said | {"agreed": agreed})
        if dice.random() < life.again:
            copy = {"lead_id": lead.replace("ld_0", "ld_f"), "fate": "duplicate", "duplicate_of": lead, "arms": {}}
            self._later(at_ms + dice.randint(1, 20 * HOUR_MS), "decision", base | copy)
        if dice.random() < life.converts:
            value = {"lead_id": lead, "outcome": "qualified"}
            self._later(at_ms + int(dice.expovariate(1 / (6 * HOUR_MS))), "outcome", value)

    def _later(self, at_ms: int, what: str, value: dict[str, Any]) -> None:
        heappush(self._coming, (at_ms, len(self.past) + len(self._coming), what, value))
