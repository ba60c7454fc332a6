"""What outcomes, verdicts, bills, toggles and words do to their readers when they keep to their schema and mean harm: nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from math import isfinite
from random import Random
from typing import Any

import pytest

from app.desk.capacity import Capacity
from app.desk.roster import Roster
from app.edges.flags.records import changed
from app.edges.kafka.capacity import Words, _take
from app.edges.kafka.mappings import confirmation
from app.edges.kafka.rollouts import rollout
from app.edges.memory import FixedModel, MemoryMappings
from app.edges.memory_index import MemoryMatchIndex
from app.flags.states import Changed, States
from app.flags.switches import switches
from app.kpi.facts import Facts
from app.learning.ledger import Ledger
from app.learning.model import OnlineModel
from app.learning.progress import Entry, Progress
from app.monitoring.watch import Watch, WatchSettings
from app.ops.masking import MAX_TEXT, mask, mask_foreign
from app.pipeline.fate import DeadLetter
from app.pipeline.revision.verdict import read
from app.pipeline.scoring import RULES
from app.pipeline.steps import Steps
from app.rollout.pilot import Pilot
from app.rollout.table import Table
from app.service.engine import ServiceEngine
from tests.fuzz.corpus import ROOT, nowhere, seeds
from tests.fuzz.mutate import Mutator
from tests.fuzz.records import hostile
from tests.harness.timing import within

RECORDS = 150  # of each kind
NOW = 1_772_438_400_000


class Message:
    """A record, as the client hands it on."""

    def __init__(self, value: bytes | None, key: bytes | None = b"a/b") -> None:
        self._value, self._key = value, key

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes | None:
        return self._key

    def offset(self) -> int:
        return 7

    def timestamp(self) -> tuple[int, int]:
        return 1, NOW


def records(record: str, example: str, **fixed: Any) -> Iterator[dict[str, Any]]:
    """Some hostile ones, the same in every run."""
    one = nowhere()
    usual = json.loads((ROOT / "schemas" / record / "examples" / f"{example}.json").read_text())
    found = hostile(one.schemas, one.codec, record, Random(record), usual | fixed)
    return islice(found, RECORDS)


@cache
def decisions() -> tuple[dict[str, Any], ...]:
    """What is decided on hostile leads, with times and texts of theirs."""
    one, chance = nowhere(), Random(8)
    mutator = Mutator(seeds(), one.inventory, one.names.inbound, one.codec.encode, one.codec.decode)
    pipeline, delivery = one.pipeline(one.identity(MemoryMatchIndex()), FixedModel(RULES)), one.delivery()
    fates = pipeline.process([mutator.event(chance, n) for n in range(400)])
    told = [each for fate in fates for each in delivery.outgoing(fate) if each.topic == one.names.decisions]
    return tuple(one.codec.decode(each.value or b"", "decision") for each in told)


def outcomes() -> Iterator[dict[str, Any]]:
    """Hostile ones of leads that there are, and of others."""
    leads = [decision["lead_id"] for decision in decisions() if decision["fate"] in ("routed", "review")]
    for n, value in enumerate(records("outcome", "won")):
        yield value | {"lead_id": leads[n % len(leads)]} if n % 4 else value


def test_the_learner_learns_on() -> None:
    """Whatever outcomes and decisions say, the learner takes them in, its snapshot can be written and its model stays finite."""
    progress = Progress(Ledger(), OnlineModel(), {}, {})
    for n, value in enumerate(decisions()):
        progress.apply(Entry(("decisions", 0), n, NOW + n, value))
    for n, value in enumerate(outcomes()):
        progress.apply(Entry(("outcomes", 0), n, NOW + 1_000 + n, value))
    json.dumps(dict(progress.ledger.state()), allow_nan=False)
    model = progress.model.export("v1") if hasattr(progress.model, "export") else OnlineModel().export("v1")
    routed = [value for value in decisions() if value["fate"] == "routed"]
    assert routed
    for value in routed:
        found = model.predict(value["features"]["numbers"], value["features"]["categories"]) if value.get("features") else None
        assert found is None or (isfinite(found.probability) and 0 < found.probability < 1)


def test_the_monitor_watches_on() -> None:
    """Decisions on hostile leads, and hostile outcomes of them, are windows like others; they can be judged."""
    inventory = nowhere().inventory
    watch = Watch(WatchSettings(10.0, None, 5.0, "", inventory.fairness, 0.5), dict.fromkeys(inventory.sources, 60.0), (), NOW)
    for n, value in enumerate(decisions()):
        watch.observe(value, NOW + n * 100)
    for n, value in enumerate(outcomes()):
        watch.report(value, NOW + 50_000 + n)
    told = within(2.0, lambda: watch.tick(NOW + 120_000), "judging")
    for alert in told:
        nowhere().codec.encode("alert", alert)
    list(watch.levels())


def test_the_steward_goes_on() -> None:
    """Both engines take in hostile decisions, outcomes and verdicts, and tick."""
    inventory = nowhere().inventory
    for engine in (ServiceEngine(inventory, lambda: Roster(inventory.teams), ("dedupe",)), Pilot()):
        for n, value in enumerate(decisions()):
            engine.on_decision(value, NOW + n)
        for n, value in enumerate(outcomes()):
            engine.on_outcome(value, NOW + n)
        for n, value in enumerate(records("verdict", "reroute")):
            engine.on_verdict(value, NOW + n)
        within(2.0, lambda engine=engine: engine.tick(NOW + 10_000), engine.name)  # type: ignore[misc]


def test_kpis_are_counted_on() -> None:
    """Bills and outcomes of any amount and time are taken in."""
    facts = Facts()
    for value in outcomes():
        facts.reported(value)
    for value in records("spend", "campaign"):
        facts.spent(value)
    list(facts.leads())


def test_verdicts_are_read() -> None:
    """Any verdict that keeps to its schema is one; whether it can be carried out is asked later."""
    for value in records("verdict", "reroute"):
        assert read(value, "leads.verdicts-0-1").id


def test_behaviour_is_taken_in_or_passed_over() -> None:
    """Any event is a step, or says why not."""
    steps = Steps(nowhere().pseudonyms)
    said = {steps.add(value, at) for value in records("behaviour_event", "cart_add") for at in (NOW, 0, -1, 2**62)}
    assert said <= {"kept", "nobody", "undated", "old"}
    assert steps.moved


@pytest.mark.parametrize("reader", [changed, rollout, confirmation], ids=["flag", "rollout", "mapping"])
@pytest.mark.parametrize("value", [None, b"", b"\0", b"{}", b"\0\0\0\0\0", b"\0\xff\xff\xff\xffgarbage", b"\0" * 5_000])
def test_garbage_is_passed_over(reader: Callable[[Any, Any], Any], value: bytes | None) -> None:
    """What is no such record at all says nothing, and is no exception."""
    assert reader(Message(value), nowhere().codec.decode) is None


def test_toggles_are_refused_or_taken() -> None:
    """Any change of a toggle is refused with a reason, or taken; either in time."""
    one = nowhere()
    for n, value in enumerate(records("flag_change", "off")):
        found = within(0.1, lambda value=value: changed(_message("flag_change", value), one.codec.decode))  # type: ignore[misc]
        if isinstance(found, Changed):
            state = switches(States(one.inventory.flags, {found.flag: found}, now_ms=NOW + n))
            assert state.version


def test_rollouts_are_refused_or_taken() -> None:
    """Any state of a rollout is refused with a reason, or has arms that leads can be put to."""
    one = nowhere()
    for value in records("rollout", "rolled_back"):
        found = within(0.1, lambda value=value: rollout(_message("rollout", value), one.codec.decode))  # type: ignore[misc]
        if found is not None:
            Table([found])


def test_words_about_capacity_are_taken() -> None:
    """Any word about a member makes a roster that can be asked, however far away its times are."""
    one, words = nowhere(), Words()
    team = next(team for team in one.inventory.teams.values() if team.members)
    for value in records("capacity", "absent", team=team.name, member=team.members[0].name):
        _take(words, _message("capacity", value), one.codec.decode)
        assert all(isinstance(word, Capacity) for word in words.values())
    roster = Roster(one.inventory.teams).changed(words.values())
    for at in (NOW, 0, -(2**63), 2**63 - 1, 253402300800000):
        assert within(0.5, lambda at=at: roster.shift(team.name, at)) is not None  # type: ignore[misc]


def test_confirmed_mappings_stop_no_worker() -> None:
    """Whatever paths and fields were confirmed for a source, its leads are mapped on."""
    one = nowhere()
    seed = next(seed for seed in seeds() if seed.source == "google-ads")
    mutator = Mutator((seed,), one.inventory, one.names.inbound, one.codec.encode, one.codec.decode)
    event = mutator.event(Random(1), 1)
    mappings = MemoryMappings()
    normaliser = one.normaliser(mappings)
    for value in records("mapping_verdict", "confirmed", source="google-ads"):
        found = confirmation(_message("mapping_verdict", value), one.codec.decode)
        if found is None:
            continue
        mappings.say(found)
        fate = normaliser.normalise(event)
        assert not (isinstance(fate, DeadLetter) and fate.reason == "internal_error")


@pytest.mark.parametrize("text", ["x" * 900_000, "a." * 400_000, "1 " * 400_000, "<=" * 400_000, "'" * 900_000])
def test_what_is_logged_of_them_costs_nothing(text: str) -> None:
    """Masking looks at the beginning of a text: a long one would stop all threads for a minute. No half address is left."""
    for masked in (mask, mask_foreign):
        assert len(within(0.2, lambda masked=masked: masked(text))) <= MAX_TEXT  # type: ignore[misc]
    assert "jo.brenk" not in mask("word " * 198 + "jo.brenk" + "x" * 50 + "@example.org")


def _message(record: str, value: dict[str, Any]) -> Any:
    return Message(nowhere().codec.encode(record, value))
