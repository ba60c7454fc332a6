"""In-memory twins of the ports: for tests, benchmarks and runs without Redis. They pass the same contract tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.flags.definition import Definition
from app.flags.states import Changed, States
from app.flags.switches import Switches, switches
from app.pipeline.behaviour import BROWSERS, STEPS, journey_of
from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.pipeline.matching.stream import Judging
from app.ports import NOWHERE, Assigned, Journey, Model, Moment, Moved, Placed, Visitor, Wanted


class MemoryMappings:
    """What people said, in a list."""

    def __init__(self) -> None:
        self._said: list[Confirmation] = []
        self._confirmed = Confirmed()

    def current(self) -> Confirmed:
        return self._confirmed

    def say(self, one: Confirmation) -> Confirmation:
        """Takes effect at once; as it stands in the order said."""
        one = replace(one, number=len(self._said) + 1)
        self._said.append(one)
        self._confirmed = Confirmed(self._said)
        return one


class FixedModel:
    """Always the same model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def current(self) -> Model:
        return self._model


class FixedJudge:
    """Always the same judge."""

    def __init__(self, judge: Judging) -> None:
        self._judge = judge

    def current(self) -> Judging:
        return self._judge


class MemoryJourneys:
    """Journeys in dicts. Nothing is ever too old: there is no clock here."""

    def __init__(self) -> None:
        self._steps: dict[str, dict[str, int]] = {}  # visitor → step → when
        self._browsers: dict[str, dict[str, int]] = {}  # person → visitor → when last met
        self._positions: dict[int, int] = {}

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        return [self._one(visitor) for visitor in visitors]

    def position(self, partition: int) -> int | None:
        return self._positions.get(partition)

    def keep(self, partition: int, since: int | None, until: int, moved: Sequence[Moved]) -> int | None:
        if self.position(partition) != since:
            return self.position(partition)
        for one in moved:
            steps = self._steps.setdefault(one.visitor, {})
            steps.update({step: at for at, step in one.steps})
            by_time = sorted(steps, key=lambda step: (steps[step], step))
            for step in by_time[1 : 1 + max(0, len(by_time) - STEPS)]:
                del steps[step]
            if one.person:
                self._meet(one.person, one.visitor, one.steps[-1][0] if one.steps else 0)
        self._positions[partition] = until
        return until

    def _one(self, asked: Visitor) -> Journey | None:
        browsers = {asked.visitor: None} if asked.visitor else {}
        if asked.person:
            known = self._browsers.get(asked.person, {})
            newest = sorted(known, key=lambda visitor: (known[visitor], visitor), reverse=True)
            if asked.visitor and asked.visitor not in known:
                self._meet(asked.person, asked.visitor, asked.until)
            browsers |= dict.fromkeys(newest)
        steps = [step for one in browsers for step, at in self._steps.get(one, {}).items() if asked.since <= at <= asked.until]
        return journey_of("\n".join(steps))

    def _meet(self, person: str, visitor: str, at: int) -> None:
        known = self._browsers.setdefault(person, {})
        known[visitor] = at
        for oldest in sorted(known, key=lambda one: (known[one], one))[: max(0, len(known) - BROWSERS)]:
            del known[oldest]


class MemoryToggles:
    """Toggles as they are configured, and as somebody changes them here."""

    def __init__(self, configured: Mapping[str, Definition] | None = None) -> None:
        self._configured = dict(configured or {})
        self._changed: dict[str, Changed] = {}
        self._now = switches(States(self._configured))

    def change(self, flag: str, definition: Definition | None, by: str = "on-call", why: str = "a test") -> str:
        """Takes effect at once; None: as configured. The version from then on."""
        number = 1 + max((one.number for one in self._changed.values()), default=0)
        self._changed[flag] = Changed(flag, definition, number, by, why, 0, number)
        self._now = switches(States(self._configured, self._changed))
        return self._now.version

    def current(self) -> Switches:
        return self._now

    @property
    def version(self) -> str:
        return self._now.version

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        return self._now.on(flag, source, key, team)

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        return self._now.off(moment, source, key)

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        return self._now.share(flag, source, team)


class NoRollouts:
    """Nothing is rolled out."""

    def place(self, source: str, key: str) -> Placed:
        return NOWHERE


class QueuesOnly:
    """A desk of teams without members: each lead is its team's."""

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        return [Assigned(None, "no_members", 0) for _ in wanted]

    def give_back(self, leads: Sequence[str]) -> None:
        pass
