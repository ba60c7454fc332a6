"""Thirty days of a shop, event by event: leads come, machines decide, people talk, outcomes arrive, the steward watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log
from random import Random
from typing import Any, Final, NamedTuple

from app.desk.roster import working_time
from app.embedded.simulator.arrivals import DAY_MS
from app.inventory.rolling import Plan, Rolling, RolloutKind, Stage
from app.learning.model import OnlineModel
from app.pipeline.features import features
from app.pipeline.routing import Router
from app.ports import Model
from app.rollout.pilot import Pilot
from app.rollout.plan import Rollout
from app.service.engine import ServiceEngine
from app.steward import STEWARD, Alarm, Deed, PublishRollout, SayVerdict
from tests.month.assumptions import Assumptions
from tests.month.candidates import Reversed
from tests.month.machine import AUTOMATION, Machine
from tests.month.people import MINUTE_MS, Case, Judgement, Organisation, Rep
from tests.month.records import Value
from tests.month.shop import DACH, INSIDE, NURTURE, bad_rule, harmless_rule, inventory
from tests.month.world import SOURCE, Arriving, World

START_MS: Final = 1_788_566_400_000  # Saturday, 5 September 2026, 00:00 UTC: the days 10 and 20 are a Tuesday and a Friday
TICK_MS: Final = 5 * MINUTE_MS
_SECOND_MS: Final = 1_000  # as the steward ticks; here only while it has something to say
_NIGHT_MS: Final = 2 * 3_600_000  # when the model of the day is published
_QUICK_MS: Final = 5 * MINUTE_MS  # as quick as anybody is: the chance to win is told for that


_MORNING: Final = 7 / 24  # 09:00 in Berlin


@dataclass(frozen=True, slots=True)
class Start:
    """A rollout that begins."""

    day: float
    name: str
    kind: RolloutKind
    target: str


CALM: Final = (Start(10 + _MORNING, "model-next", "model", "good"), Start(20 + _MORNING, "rules-next", "routing", "harmless"))
PLANTED: Final = (Start(10 + _MORNING, "model-next", "model", "swapped"), Start(20 + _MORNING, "rules-next", "routing", "bad"))


@dataclass(slots=True)
class Month:
    """What came of it.

    Attributes:
        machine: With all records.
        changes: (when, rollout) of each change of a rollout.
        full_ms: When automation had reached its full share; None: never.
        minutes: Organisation → kind of work → minutes of people.
        alarms: Kinds that rang.
    """

    machine: Machine
    changes: list[tuple[int, Rollout]] = field(default_factory=list)
    full_ms: int | None = None
    minutes: dict[str, dict[str, float]] = field(default_factory=dict)
    alarms: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)

    def rolled_back(self) -> dict[str, float]:
        """Rollout → days from its beginning until a guardrail turned it back."""
        return {
            one.name: (at_ms - one.started_ms) / DAY_MS
            for at_ms, one in self.changes
            if one.status == "rolled_back" and one.by == STEWARD
        }


class Simulation:
    """See the module.

    Args:
        starts: What is rolled out beside automation.
        begin: Records are handled from so many days before the month on by nobody: 0.
    """

    def __init__(self, assumed: Assumptions, seed: int, days: int, starts: Sequence[Start] = PLANTED) -> None:
        self.assumed, self._days, self._starts = assumed, days, starts
        self._rng, self._now, self._events, self._number = Random(seed + 1), START_MS, list[Any](), 0
        self._world = World(assumed, seed, START_MS)
        taught = _taught(assumed, seed)
        self._online, worth, hot_from, warm_from = taught.online, taught.worth, taught.hot_from, taught.warm_from
        self._disagreement = taught.disagreement
        self._judgement = Judgement(assumed, worth, Random(seed + 2))
        self._middle = log(warm_from / (1 - warm_from))
        champion = self._online.export("v0")
        shop = inventory(assumed, hot_from, warm_from)
        self._machine = Machine(shop, champion, lambda: self._now)
        self.month = Month(self._machine)
        self._pilot, self._service = Pilot(), ServiceEngine(shop, lambda: self._machine.roster)
        self._cases: dict[str, Case] = {}
        self._organisations = {
            control: Organisation(_reps(shop.teams), self._cases, ordered=not control) for control in (True, False)
        }
        self._hours = working_time(shop.teams[DACH])
        self._learned: set[str] = set()
        self._versions = 0

    def run(self) -> Month:
        """All of it."""
        self._begin(Start(0, AUTOMATION, "source", SOURCE), control=0.5)
        for start in self._starts:
            if start.day < self._days:
                self._at(START_MS + int(start.day * DAY_MS), lambda start=start: self._begin(start))  # type: ignore[misc]
        for arriving in self._world.leads(self._days):
            self._at(arriving.lead.received_at, lambda one=arriving: self._arrive(one))  # type: ignore[misc]
        for at in range(START_MS, START_MS + self._days * DAY_MS, TICK_MS):
            self._at(at, self._tick)
        for day in range(self._days):
            self._at(START_MS + day * DAY_MS + _NIGHT_MS, self._publish)
            self._at(START_MS + (day + 1) * DAY_MS - 1, lambda day=day: self._bill(day))  # type: ignore[misc]
        end = START_MS + self._days * DAY_MS
        while self._events and self._events[0][0] < end:
            self._now, _, do = heappop(self._events)
            do()
        for control, one in self._organisations.items():
            name = "control" if control else "candidate"
            self.month.minutes[name] = {}
            for rep in one.reps:
                for what, minutes in rep.minutes.items():
                    self.month.minutes[name][what] = self.month.minutes[name].get(what, 0.0) + minutes
            self.month.left[name] = one.waiting()
        return self.month

    def _at(self, at_ms: int, do: Callable[[], None]) -> None:
        self._number += 1
        heappush(self._events, (at_ms, self._number, do))

    # Leads.

    def _arrive(self, arriving: Arriving) -> None:
        value = self._machine.decide(arriving)
        case = self._cases[arriving.lead.lead_id] = Case(arriving, self._machine.is_control(arriving.lead.lead_id))
        case.proposed, case.band = value["team"] or "", value["band"] or ""
        self._decided(value)

    def _decided(self, value: Value) -> None:
        self._pilot.on_decision(value, self._now)
        case = self._cases[value["lead_id"]]
        if not case.control:
            self._service.on_decision(value, self._now)
        case.fate, case.team, case.owner = value["fate"], value["team"] or "", value["owner"]
        if case.fate == "routed" and case.team == NURTURE and case.contacted_ms is None and not case.closed:
            case.closed = True
            self._decide_end(case, case.arriving.truth.chance * self.assumed.nurtured)
            return
        if not case.closed:
            organisation = self._organisations[case.control]
            organisation.place(case)
            self._wake(organisation)

    def _verdict(self, verdict: Value) -> None:
        self._pilot.on_verdict(verdict, self._now)
        self._service.on_verdict(verdict, self._now)
        for value in self._machine.carry_out(verdict):
            self._decided(value)

    # People.

    def _wake(self, organisation: Organisation) -> None:
        if self._hours.working(self._now):
            for rep in organisation.reps:
                if not rep.busy:
                    self._work(organisation, rep)

    def _work(self, organisation: Organisation, rep: Rep) -> None:
        if rep.busy or not self._hours.working(self._now):
            return
        found = organisation.next(rep)
        if found is None:
            return
        task, case = found
        case.ticket += 1  # nobody else takes it
        rep.busy = True
        minutes, done = self._triage(rep, case) if task == "triage" else self._talk(rep, case)
        minutes *= self._rng.uniform(0.5, 1.5) / self.assumed.effective
        rep.minutes[task] += minutes

        def free() -> None:
            done()  # still busy: what it places in a line is for others first
            rep.busy = False
            self._work(organisation, rep)

        self._at(self._now + int(minutes * MINUTE_MS), free)

    def _triage(self, rep: Rep, case: Case) -> tuple[float, Callable[[], None]]:
        said = self._judgement.of(case)
        return self.assumed.triage_minutes, lambda: self._say(rep, case, said)

    def _say(self, rep: Rep, case: Case, said: Value) -> None:
        verdict = {"lead_id": case.lead_id, "verdict_id": f"{rep.name}-{case.lead_id}-{self._now}", "reviewer": rep.name}
        self._verdict({**verdict, "decided_at": self._now, **said})

    def _talk(self, rep: Rep, case: Case) -> tuple[float, Callable[[], None]]:
        truth, assumed = case.arriving.truth, self.assumed
        misses = truth.german and not rep.german
        if misses and not truth.junk and self._rng.random() < assumed.sent_over:
            return assumed.sending_on_minutes, lambda: self._say(rep, case, {"decision": "reroute", "team": DACH})
        case.contacted_ms = self._now
        self._outcome(case, "contacted")
        wait = max(self._now - case.at_ms, _QUICK_MS) / _QUICK_MS
        chance = truth.chance * wait**-assumed.decay * (assumed.misunderstood if misses else 1.0)
        qualifies = truth.luck < chance or truth.second_luck < 1.5 * chance
        minutes = assumed.talk_minutes * (0.3 if truth.junk else 1.0) + assumed.offer_minutes * qualifies
        return minutes, lambda: self._spoken(rep, case, chance, qualifies=qualifies)

    def _spoken(self, rep: Rep, case: Case, chance: float, *, qualifies: bool) -> None:
        case.closed = True
        if qualifies:
            self._outcome(case, "qualified")
        if case.arriving.truth.junk:
            self._outcome(case, "disqualified")
            return
        self._decide_end(case, chance)
        if not qualifies and case.arriving.truth.chance < 0.03 and self._rng.random() < self.assumed.sent_back:
            self._say(rep, case, {"decision": "reroute", "team": NURTURE})

    def _decide_end(self, case: Case, chance: float) -> None:
        """What becomes of it, days later: won, or closed by the CRM. Both take as long."""
        end = "won" if case.arriving.truth.luck < chance else "lost"
        days = min(12.0, self._rng.lognormvariate(0.7, 0.8))
        self._at(self._now + int(days * DAY_MS), lambda: self._outcome(case, end))

    # Records.

    def _outcome(self, case: Case, outcome: str) -> None:
        won = outcome == "won"
        value = {
            "lead_id": case.lead_id,
            "outcome": outcome,
            "occurred_at": self._now,
            "value": round(case.arriving.truth.value, 2) if won else None,
            "currency": "EUR" if won else None,
            "reported_by": "crm",
            "event_id": None,
        }
        self._machine.topics.outcomes.append(value)
        self._pilot.on_outcome(value, self._now)
        if not case.control:
            self._service.on_outcome(value, self._now)
        if outcome in ("won", "lost", "disqualified"):
            self._learn(case.lead_id, won=won)

    def _learn(self, lead: str, *, won: bool) -> None:
        if lead not in self._learned:
            self._learned.add(lead)
            kept = self._machine.topics.decision(lead)
            if kept is not None and kept.value["numbers"]:
                self._online.learn(kept.value["numbers"], kept.value["categories"], won)

    def _bill(self, day: int) -> None:
        start = START_MS + day * DAY_MS
        amount = 3.1 * sum(start <= one.at_ms < start + DAY_MS for one in self._cases.values()) * self._rng.uniform(0.95, 1.05)
        bill = {"source": SOURCE, "campaign": None, "period_start": start, "period_end": start + DAY_MS}
        self._machine.topics.spend.append({**bill, "amount": round(amount, 2), "currency": "EUR"})

    # Time.

    def _publish(self) -> None:
        """The learner's nightly version."""
        self._versions += 1
        self._machine.champion = self._online.export(f"v{self._versions}")

    def _tick(self) -> None:
        deeds = [deed for engine in (self._service, self._pilot) for deed in engine.tick(self._now)]
        for deed in deeds:
            self._do(deed)
        if any(isinstance(deed, SayVerdict) for deed in deeds):
            self._at(self._now + _SECOND_MS, self._tick)
        for organisation in self._organisations.values():
            self._wake(organisation)

    def _do(self, deed: Deed) -> None:
        match deed:
            case SayVerdict():
                verdict = {"lead_id": deed.lead, "verdict_id": deed.verdict_id, "reviewer": STEWARD, "decision": deed.says}
                told = {"decided_at": deed.at_ms, "team": deed.team, "owner": deed.owner, "why": deed.why}
                self._verdict({**verdict, **told})
            case PublishRollout():
                self._rollout(dict(deed.record), told=deed.change is not None)
            case Alarm():
                if deed.firing:
                    self.month.alarms.add(deed.kind)

    def _begin(self, start: Start, control: float = 0.0) -> None:
        machine, routing = self._machine, self._machine.inventory.routing
        if start.kind == "model":
            good = self._online.export(start.target)
            machine.rollouts.models[start.target] = _candidate(start.target, good, self._middle)
        elif start.kind == "routing":
            rules = bad_rule(routing) if start.target == "bad" else harmless_rule(routing)
            machine.rollouts.routers[start.target] = Router(rules, machine.inventory.teams)
        plan = _plan(start.kind, self._disagreement)
        one = Rollout(
            start.name, start.kind, start.target, "shadow", 0, 0.0, control, 0, plan, "sales-lead", "next", self._now, self._now
        ).begun(0, "sales-lead", "begun", self._now)
        self._rollout(one.record(), told=True)

    def _rollout(self, record: Value, *, told: bool) -> None:
        self._machine.rollouts.take(record)
        self._pilot.on_rollout(record, self._now)
        one = self._machine.rollouts.states[record["rollout"]]
        if told:
            self.month.changes.append((self._now, one))
        if one.name == AUTOMATION and one.share >= 1.0 - one.control and self.month.full_ms is None:
            self.month.full_ms = self._now


def _candidate(target: str, good: Model, middle: float) -> Model:
    """A version that is rolled out: taught with won and lost swapped, mirrored where hot and cold keep their shares, or good."""
    match target:
        case "swapped":
            return Reversed(good, 0.0)
        case "mirrored":
            return Reversed(good, middle)
    return good


def _plan(kind: RolloutKind, disagreement: float) -> Plan:
    """As rollouts.yaml ships it, but for two things that a shop of this size sets for itself.

    Models and rules begin with half: 5 % of 600 leads a day say nothing within a day. And people of the control arm do not see
    what is proposed, so that their disagreement is what it was in the history, and a tenth more is allowed.
    """
    rolling = Rolling()
    stages = rolling.stages if kind == "source" else (Stage(share=0.5, least_hours=48, least_leads=150), Stage(share=1.0))
    guardrails = tuple(
        one.model_copy(update={"points": disagreement + 0.1}) if one.watch == "disagreement" else one
        for one in rolling.guardrails
    )
    return rolling.model_copy(update={"stages": stages, "guardrails": guardrails}).plan(kind)


def _reps(teams: Any) -> list[Rep]:
    return [Rep(member.name, name) for name in (DACH, INSIDE) for member in teams[name].members]


class _Taught(NamedTuple):
    """What is known when the month begins.

    Attributes:
        hot_from, warm_from: Scores; set by the shop by its history.
        worth: Log-odds from which people find a lead worth a talk.
        disagreement: How often people who do not see what the machine proposes decide otherwise.
    """

    online: OnlineModel
    hot_from: float
    warm_from: float
    worth: float
    disagreement: float


def _taught(assumed: Assumptions, seed: int) -> _Taught:
    """The model after some thousand leads of before."""
    world, rng, online = World(assumed, seed + 10_000, START_MS - 30 * DAY_MS), Random(seed + 3), OnlineModel()
    step = 30 * DAY_MS // max(1, assumed.history)
    for n in range(assumed.history):
        arriving = world.lead(START_MS - 30 * DAY_MS + n * step)
        numbers, categories = features(arriving.lead, False)
        online.learn(numbers, categories, arriving.truth.luck < assumed.before * arriving.truth.chance)
    model = online.export("v0")
    scores, guesses = [], []
    for n in range(1_000):
        arriving = world.lead(START_MS - 30 * DAY_MS + n * step)
        scores.append(model.predict(*features(arriving.lead, False)).probability)
        guesses.append(arriving.truth.intent + rng.gauss(0.0, assumed.judgement))
    hot_from, warm_from = _limit(scores, assumed.hot), _limit(scores, assumed.called)
    worth = _limit(guesses, assumed.worked)
    apart = sum((score >= warm_from) != (guess >= worth) for score, guess in zip(scores, guesses, strict=True)) / 1_000
    return _Taught(online, hot_from, warm_from, worth, apart + assumed.misplaced * assumed.worked)


def _limit(values: Sequence[float], share: float) -> float:
    """Above it lies this share of the values."""
    return sorted(values)[int(len(values) * (1 - share))]
