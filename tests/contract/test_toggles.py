"""Whoever answers for toggles keeps the same promises: the twin in memory, the topic, another OpenFeature provider."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import Metadata
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from app.edges.flags.changing import change, history
from app.edges.flags.foreign import LIFE_S, ForeignToggles, load
from app.edges.flags.provider import TopicProvider
from app.edges.flags.toggles import FollowedToggles
from app.edges.kafka.names import Topics
from app.edges.kafka.topics import TopicSpec, create
from app.edges.memory import MemoryToggles
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.errors import ConfigurationError
from app.flags.catalogue import SWITCHES
from app.flags.definition import Definition, Rule
from app.flags.states import States, number_of
from app.ports import Toggles
from app.settings import KafkaSettings
from tests.harness.waiting import until

OFF, HALF = Definition(enabled=False), Definition(percent=50)
CONFIGURED = {"enrichment.device": OFF, "scoring.model": HALF}
CODEC = AvroCodec(Schemas.load(Path("schemas")))
KEYS = [f"su_{n}" for n in range(200)]


@dataclass
class Kept:
    """Toggles, how to change one, and where."""

    toggles: Toggles
    change: Callable[[Mapping[str, Definition | None]], object]
    kafka: KafkaSettings | None = None
    names: Topics | None = None


@pytest.fixture(params=["memory", "topic"])
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        memory = MemoryToggles(CONFIGURED)
        yield Kept(memory, lambda said: [memory.change(flag, one) for flag, one in said.items()])
        return
    kafka = KafkaSettings(bootstrap_servers=request.getfixturevalue("kafka").bootstrap)
    names = Topics(request.getfixturevalue("topic_prefix"))
    create(kafka.client(), [TopicSpec(names.flags, 1, config={"cleanup.policy": "compact"}), TopicSpec(names.changes, 1)])

    def changed(said: Mapping[str, Definition | None]) -> object:
        return change(kafka, names, CODEC, CONFIGURED, lambda _: said, by="on-call", why="a test")

    toggles = FollowedToggles(TopicProvider(kafka, names, CODEC.decode, CONFIGURED), States(CONFIGURED))
    yield Kept(toggles, changed, kafka, names)
    toggles.close()


def in_force(toggles: Toggles, number: int) -> None:
    """Wait until so many changes are taken in."""
    until(lambda: number_of(toggles.version) >= number, "the change is in force", 15)


class TestKept:
    def test_as_configured_until_somebody_changes_it(self, kept: Kept) -> None:
        """What flags.yaml says holds; a flag that it does not name is on; a percentage is on for its keys."""
        one = kept.toggles
        assert (one.on("enrichment.device", "web-form", "a"), one.on("dedupe.fuzzy", "web-form", "a")) == (False, True)
        assert one.off("arrival", "web-form", "a") == ("enrichment.device",)
        assert 60 < sum(one.on("scoring.model", "web-form", key) for key in KEYS) < 140
        assert one.share("automation", "web-form") is None
        assert one.version == States(CONFIGURED).version

    def test_a_change_is_taken_in_and_taken_back(self, kept: Kept) -> None:
        """By source, as percentage, as share; the version's number grows; taken back, the configuration holds again."""
        rules = (Rule(sources=("partner-csv",), percent=40),)
        kept.change({"dedupe.fuzzy": OFF, "automation": Definition(enabled=True, rules=rules)})
        in_force(kept.toggles, 2)
        assert kept.toggles.off("arrival", "web-form", "a") == ("enrichment.device", "dedupe.fuzzy")
        assert [kept.toggles.share("automation", one) for one in ("web-form", "partner-csv")] == [None, 0.4]
        number = number_of(kept.toggles.version)
        kept.change({"dedupe.fuzzy": None})
        in_force(kept.toggles, number + 1)
        assert kept.toggles.on("dedupe.fuzzy", "web-form", "a")

    def test_a_state_stays_as_it_was(self, kept: Kept) -> None:
        """Who has asked for the current state is answered by it also after a change, for flags not asked before, too."""
        state = kept.toggles.current()
        version, some = state.version, {key for key in KEYS if state.on("scoring.model", "web-form", key)}
        kept.change({"scoring.model": OFF, "dedupe.fuzzy": OFF, "enrichment.device": Definition(enabled=True)})
        in_force(kept.toggles, 3)
        assert state.version == version != kept.toggles.version
        assert {key for key in KEYS if state.on("scoring.model", "other-source", key)} == some
        assert state.off("arrival", "never-asked", "a") == ("enrichment.device",)
        assert kept.toggles.off("arrival", "never-asked", "a") == ("dedupe.fuzzy",)

    def test_all_name_the_same_keys(self, kept: Kept) -> None:
        """A percentage is of the same keys wherever it is asked."""
        twin = MemoryToggles(CONFIGURED)
        assert all(twin.on("scoring.model", "s1", key) == kept.toggles.on("scoring.model", "s1", key) for key in KEYS)


@pytest.fixture
def followed(kafka: Any, topic_prefix: str) -> Iterator[Kept]:
    settings, names = KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(topic_prefix)
    create(settings.client(), [TopicSpec(names.flags, 1, config={"cleanup.policy": "compact"}), TopicSpec(names.changes, 1)])
    toggles = FollowedToggles(TopicProvider(settings, names, CODEC.decode, {}), States())
    yield Kept(
        toggles,
        lambda said: change(settings, names, CODEC, {}, lambda _: said, by="on-call", why="a test"),
        settings,
        names,
    )
    toggles.close()


class TestTopic:
    def test_changes_reach_a_follower_within_two_seconds(self, followed: Kept) -> None:
        """In the median of five changes, from the moment that the change is published to its being in force."""
        took = []
        for n in range(5):
            followed.change({"scoring.model": OFF if n % 2 == 0 else None})
            began = time.monotonic()
            until(lambda n=n: followed.toggles.on("scoring.model", "web-form", "a") == (n % 2 == 1), "it is in force", 15, 0.01)  # type: ignore[misc]
            took.append(time.monotonic() - began)
        assert sorted(took)[2] < 2.0

    def test_what_cannot_be_used_is_refused_and_the_last_good_goes_on(self, followed: Kept) -> None:
        """An unknown flag, a definition that is none, bytes that are no record: what held goes on; later changes count."""
        followed.change({"dedupe.fuzzy": OFF})
        in_force(followed.toggles, 1)
        assert followed.kafka is not None
        assert followed.names is not None
        producer = Producer(followed.kafka.client())
        value = {"version": 9, "by": "x", "why": "x", "changed_at": 1}
        for flag, definition in (("dedupe.fuzzy", '{"percent": 400}'), ("dedupe.fuzzy", "{"), ("no.flag", '{"enabled": false}')):
            producer.produce(
                followed.names.flags, CODEC.encode("flag_change", value | {"flag": flag, "definition": definition}), flag
            )
        producer.produce(followed.names.flags, b"no record", "dedupe.fuzzy")
        producer.flush(10)
        followed.change({"scoring.model": OFF})
        until(lambda: not followed.toggles.on("scoring.model", "web-form", "a"), "the change after it is in force", 15)
        assert followed.toggles.off("arrival", "web-form", "a") == ("dedupe.fuzzy",)

    def test_who_begins_later_has_the_same(self, followed: Kept) -> None:
        """A worker that starts afterwards has the same answers and names the same version, before its first lead."""
        followed.change({"dedupe.fuzzy": OFF, "scoring.model": HALF})
        last = followed.change({"dedupe.fuzzy": Definition(percent=10)})
        assert isinstance(last, tuple)
        until(lambda: followed.toggles.version == last[1].version, "all is in force", 15)
        assert followed.kafka is not None
        assert followed.names is not None
        later = FollowedToggles(TopicProvider(followed.kafka, followed.names, CODEC.decode, {}), States())
        try:
            assert later.version == followed.toggles.version
            assert all(
                later.on(flag, "web-form", key) == followed.toggles.on(flag, "web-form", key)
                for flag in SWITCHES
                for key in KEYS[:20]
            )
        finally:
            later.close()

    def test_what_is_changed_together_is_in_force_together(self, followed: Kept) -> None:
        """Nobody ever sees a part of a change: from one state to the other at once."""
        seen, stop = {followed.toggles.version}, threading.Event()

        def look() -> None:
            while not stop.is_set():
                seen.add(followed.toggles.version)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            followed.change(dict.fromkeys(SWITCHES, OFF))
            in_force(followed.toggles, 1)
            until(lambda: followed.toggles.off("arrival", "web-form", "a") != (), "it is in force", 15)
        finally:
            stop.set()
            looking.join()
        assert len(seen) == 2
        assert {*followed.toggles.off("arrival", "web-form", "a"), *followed.toggles.off("decision", "web-form", "a")} == {
            *SWITCHES
        }

    def test_a_temporary_change_runs_out(self, followed: Kept) -> None:
        """After its time the configuration holds again, without anybody doing anything."""
        followed.change({"scoring.model": Definition(enabled=False, until=int(time.time() * 1000) + 1_500)})
        in_force(followed.toggles, 1)
        version = followed.toggles.version
        until(lambda: followed.toggles.on("scoring.model", "web-form", "a"), "it has run out", 15)
        assert followed.toggles.version != version

    def test_each_change_has_its_record_in_the_audit(self, followed: Kept) -> None:
        """Who, why, before and after, in the order made; what stands so already is not written again."""
        followed.change({"scoring.model": OFF})
        followed.change({"scoring.model": OFF})
        followed.change({"scoring.model": None})
        assert followed.kafka is not None
        assert followed.names is not None
        told = list(history(followed.kafka.client(), followed.names, CODEC))
        assert [(one["name"], one["before"], one["after"]) for one in told] == [
            ("scoring.model", {"enabled": True}, {"enabled": False}),
            ("scoring.model", {"enabled": False}, {"enabled": True}),
        ]
        assert {(one["kind"], one["by"], one["why"]) for one in told} == {("flag", "on-call", "a test")}

    def test_two_who_change_at_once_lose_nothing(self, followed: Kept) -> None:
        """Of several at the same moment those that are not told of an error are all in force."""
        done: list[str] = []

        def turn(flag: str) -> None:
            try:
                followed.change({flag: OFF})
            except Exception:  # fenced: told so
                return
            done.append(flag)

        threads = [threading.Thread(target=turn, args=(flag,)) for flag in SWITCHES[:4]]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert done
        until(lambda: all(not followed.toggles.on(flag, "web-form", "a") for flag in done), "all of them are in force", 15)


class Sluggish(InMemoryProvider):
    """Answers late, or raises; counts the questions."""

    def __init__(self, flags: dict[str, InMemoryFlag[Any]]) -> None:
        super().__init__(flags)
        self.late, self.broken, self.asked = 0.0, False, 0

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        self.asked += 1
        time.sleep(self.late)
        if self.broken:
            raise RuntimeError("down")
        return super().resolve_boolean_details(flag_key, default_value, evaluation_context)

    def get_metadata(self) -> Metadata:
        return Metadata("sluggish")

    def say(self, flag: str) -> None:
        self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=[flag]))


def switch(default: str) -> InMemoryFlag[bool]:
    return InMemoryFlag(default, {"on": True, "off": False})


def by_source(flag: InMemoryFlag[bool], context: EvaluationContext) -> FlagResolutionDetails[bool]:
    """A target: off for one key of one source."""
    off = context.attributes["source"] == "web-form" and context.targeting_key == "su_1"
    return FlagResolutionDetails(not off, reason=Reason.TARGETING_MATCH)


class Elsewhere:
    """Another provider, under a clock of the test's own."""

    def __init__(self) -> None:
        self.now = 0.0
        flags = {flag: switch("on") for flag in SWITCHES if flag != "enrichment.place"}
        flags["scoring.model"] = switch("off")
        flags["dedupe.fuzzy"] = InMemoryFlag("on", {"on": True, "off": False}, context_evaluator=by_source)
        self.provider = Sluggish(flags)
        self.toggles = ForeignToggles(self.provider, States({"enrichment.place": OFF}), lambda: self.now + time.monotonic())

    def later(self) -> None:
        """More time than answers live."""
        self.now += LIFE_S + 0.1


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    one = Elsewhere()
    yield one
    one.toggles.close()


class TestAnotherProvider:
    def test_it_decides(self, elsewhere: Elsewhere) -> None:
        """Its switches and targets by source and key hold; the version names it; a share that it has not is the inventory's."""
        one = elsewhere.toggles
        assert one.off("decision", "web-form", "su_1") == ("scoring.model",)
        assert [one.on("dedupe.fuzzy", source, key) for source, key in
                (("web-form", "su_1"), ("web-form", "su_2"), ("other", "su_1"))] == [False, True, True]  # fmt: skip
        assert (one.version, one.share("automation", "web-form")) == ("sluggish", None)

    def test_what_it_does_not_know_is_as_configured(self, elsewhere: Elsewhere) -> None:
        """A flag that it has not, or fails at, stands as flags.yaml says."""
        assert not elsewhere.toggles.on("enrichment.place", "web-form", "su_1")
        elsewhere.provider.broken = True
        elsewhere.later()
        assert elsewhere.toggles.on("scoring.model", "web-form", "su_1")

    def test_it_is_not_asked_for_each_lead(self, elsewhere: Elsewhere) -> None:
        """What does not hang on the key is asked once in a while for all keys."""
        state = elsewhere.toggles.current()
        for key in KEYS:
            state.on("scoring.model", "web-form", key)
        assert elsewhere.provider.asked == 1

    def test_a_slow_one_costs_one_wait(self, elsewhere: Elsewhere) -> None:
        """One question waits for the limit; the others of that time are as configured at once."""
        elsewhere.provider.late = 0.4
        state, began = elsewhere.toggles.current(), time.monotonic()
        assert all(state.on("dedupe.fuzzy", "web-form", key) for key in KEYS)
        assert elsewhere.provider.asked == 1
        assert time.monotonic() - began < 0.4

    def test_a_change_is_seen(self, elsewhere: Elsewhere) -> None:
        """At once where it is told, else when the answers are old; a state that was asked for stays."""
        state = elsewhere.toggles.current()
        assert not state.on("scoring.model", "web-form", "a")
        elsewhere.provider._flags["scoring.model"] = switch("on")
        elsewhere.later()
        assert elsewhere.toggles.on("scoring.model", "web-form", "a")
        elsewhere.provider._flags["scoring.model"] = switch("off")
        elsewhere.provider.say("scoring.model")
        until(lambda: not elsewhere.toggles.on("scoring.model", "web-form", "a"), "the event was heard", 10, 0.01)
        assert not state.on("scoring.model", "web-form", "a")

    @pytest.mark.parametrize(
        "path", ["no.such.module:x", "app.settings:nothing", "app.settings", "app.errors:ExitCode", "builtins:dict"]
    )
    def test_one_that_cannot_be_made(self, path: str) -> None:
        """The setting is named, and how it is written."""
        with pytest.raises(ConfigurationError, match="LEADSTREAM_FLAGS_PROVIDER"):
            load(path)

    def test_one_that_is_made(self) -> None:
        """A factory without arguments."""
        assert load("tests.contract.test_toggles:ready").get_metadata().name == "sluggish"


def ready() -> Sluggish:
    return Sluggish({})


def test_the_sdk_tells_what_is_no_flag(followed: Kept) -> None:
    """Through the SDK itself, an unknown flag is an error with the caller's default, and never an answer."""
    assert followed.kafka is not None
    assert followed.names is not None
    provider = TopicProvider(followed.kafka, followed.names, CODEC.decode, {"scoring.model": HALF})
    assert provider.resolve_boolean_details("no.flag", True).error_code == ErrorCode.FLAG_NOT_FOUND
    assert provider.resolve_boolean_details("scoring.model", True).error_code == ErrorCode.TARGETING_KEY_MISSING
    split = provider.resolve_boolean_details("scoring.model", True, EvaluationContext("su_1", {"source": "web-form"}))
    assert (split.reason, split.flag_metadata["share"]) == (Reason.SPLIT, 0.5)
    assert provider.resolve_integer_details("scoring.model", 1).error_code == ErrorCode.FLAG_NOT_FOUND
