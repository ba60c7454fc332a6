"""Which topics an installation has, and how they must be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.edges.kafka.names import Topics
from app.edges.kafka.topic_specs import DLQ_RECORD_BYTES, TopicSpec, declare, sized
from app.edges.registry.schemas import topics_file
from app.inventory.load import load
from app.inventory.models import Inventory, Mapping, Routing, Source, Team
from app.inventory.privacy import NEWEST, TOPICS, Privacy
from app.settings import MAX_RECORD_BYTES, AppSettings

NAMES = Topics("leads")
DAY_MS = 86_400_000


def source(name: str, partitions: int) -> Source:
    return Source(
        name=name,
        description="",
        owner="growth",
        format="json",
        mapping=Mapping(fields={"email": "email"}),
        expected_per_hour=10,
        partitions=partitions,
        cost_per_lead=Decimal(1),
    )


INVENTORY = Inventory(
    sources={"web-form": source("web-form", 4), "typeform": source("typeform", 1)},
    teams={"sales": Team(name="sales", description="", partitions=3)},
    routing=Routing(version=1, rules=(), catch_all="sales"),
)


def declared(settings: AppSettings | None = None, replication_factor: int = 1) -> dict[str, TopicSpec]:
    return {spec.name: spec for spec in declare(INVENTORY, NAMES, settings or AppSettings(), replication_factor)}


# compacted: the newest per key
LATEST = {NAMES.models, NAMES.alerts, NAMES.mappings, NAMES.shapes, NAMES.capacity, NAMES.flags, NAMES.rollouts}
LATEST |= {NAMES.suppressions}
LEADS = {NAMES.routed("sales"), NAMES.review, NAMES.duplicates, NAMES.rejected, NAMES.dlq, NAMES.verdicts}
BY_LEAD = {NAMES.keys, NAMES.replays, NAMES.erasure}  # the newest of each key, for as long as there is anything to do with it


class TestDeclare:
    def test_all_topics(self) -> None:
        """Every topic that has a name is declared, once, and no other."""
        single = ["review", "duplicates", "dlq", "decisions", "outcomes", "verdicts", "spend", "behaviour", "models", "alerts"]
        single += ["mappings", "shapes", "rejected", "capacity", "flags", "rollouts", "changes"]
        single += ["replays", "keys", "consent", "suppressions", "erasure", "erased"]
        expected = ["leads.inbound.web-form", "leads.inbound.typeform", "leads.routed.sales", *(f"leads.{one}" for one in single)]
        assert [spec.name for spec in declare(INVENTORY, NAMES, AppSettings())] == expected

    def test_partitions_come_from_the_inventory(self) -> None:
        """A source and a team say themselves how many partitions they need."""
        specs = declared()
        names = ["leads.inbound.web-form", "leads.inbound.typeform", "leads.routed.sales"]
        assert [specs[name].partitions for name in names] == [4, 1, 3]

    def test_the_setting_overrides_inputs_only(self) -> None:
        """LEADSTREAM_PARTITIONS spreads the work of the workers; readers of the outputs keep what they know."""
        specs = declared(AppSettings(partitions=8))
        names = ["leads.inbound.web-form", "leads.inbound.typeform", "leads.routed.sales", "leads.models"]
        assert [specs[name].partitions for name in names] == [8, 8, 3, 1]

    def test_one_order_for_the_newest_of_a_key(self) -> None:
        """What is the newest model, or state of an alert, must be the same for all readers: one partition, compacted."""
        specs = declared()
        assert {(specs[n].partitions, specs[n].config["cleanup.policy"]) for n in LATEST} == {(1, "compact")}

    def test_only_older_records_of_the_same_lead_are_compacted(self) -> None:
        """Where a key is a lead's id, only what was said anew goes; where it is anything else, compaction would drop records."""
        policies = {name: spec.config["cleanup.policy"] for name, spec in declared().items()}
        assert {name for name, policy in policies.items() if policy == "compact"} == LATEST
        assert {name for name, policy in policies.items() if policy == "compact,delete"} == LEADS | BY_LEAD
        assert {policies[name] for name in policies.keys() - LATEST - LEADS - BY_LEAD} == {"delete"}

    def test_an_erased_lead_is_gone_within_days(self) -> None:
        """What an erasure overwrites goes by a deadline, and not before a merge could be taken back after a week-end."""
        for name in LEADS:
            config = declared()[name].config
            lags = [int(config[f"{which}.compaction.lag.ms"]) for which in ("min", "max")]
            assert 4 * DAY_MS <= lags[0] < lags[1] <= 7 * DAY_MS < int(config["retention.ms"])

    def test_the_dead_letter_topic_takes_the_largest_input(self) -> None:
        """A dead letter is the original and headers; it must fit where the original did."""
        specs = declared()
        sizes = {name: int(spec.config["max.message.bytes"]) for name, spec in specs.items()}
        assert sizes.pop(NAMES.dlq) == DLQ_RECORD_BYTES > MAX_RECORD_BYTES
        assert set(sizes.values()) == {MAX_RECORD_BYTES}

    def test_no_time_is_refused(self) -> None:
        """A sender whose clock is a year ahead still gets its lead in."""
        assert all(int(spec.config["message.timestamp.after.max.ms"]) == 2**63 - 1 for spec in declared().values())

    def test_what_is_learned_from_carries_the_brokers_time(self) -> None:
        """Decisions and outcomes are merged by their time, which no sender's clock may make; every other record keeps its own."""
        by_broker = {name for name, spec in declared().items() if spec.config["message.timestamp.type"] == "LogAppendTime"}
        assert by_broker == {NAMES.decisions, NAMES.outcomes}

    def test_every_topic_has_a_class(self) -> None:
        """schemas/topics.yaml says of every topic which kind of data it holds, and the policy goes by the same."""
        told = {name: entry.get("data") for name, entry in topics_file(AppSettings().schema_dir).items()}
        assert told == dict(TOPICS)

    def test_nothing_is_kept_longer_than_its_class_allows(self) -> None:
        """Whatever is set, contact data and raw data go when their class says, and sooner where a topic says so."""
        keep, shorter = {"raw": 20, "contact": 10, "pseudonymous": 50, "operational": 60}, {"inbound": 8, "duplicates": 9}
        privacy = Privacy.model_validate(
            {"keep_days": keep, "topics": shorter, "compaction": {"after_days": 1, "within_days": 2}}
        )
        specs = declare(INVENTORY.model_copy(update={"privacy": privacy}), NAMES, AppSettings())
        days = {spec.name: int(spec.config["retention.ms"]) / DAY_MS for spec in specs if "retention.ms" in spec.config}
        assert {spec.name for spec in specs} - days.keys() == LATEST == {getattr(NAMES, topic) for topic in NEWEST}
        for name, kept in days.items():
            topic = name.split(".")[1]
            assert kept == shorter.get(topic, keep[TOPICS[topic]])

    def test_the_shipped_policy_is_the_default(self) -> None:
        """An installation without privacy.yaml keeps what the shipped file says."""
        assert load(AppSettings().config_dir).privacy == Privacy()

    @pytest.mark.parametrize(("replicas", "in_sync"), [(1, None), (3, "2")])
    def test_three_replicas_lose_nothing_with_one_broker(self, replicas: int, in_sync: str | None) -> None:
        """With three replicas a write counts only when two have it; with one replica that would forbid every write."""
        specs = declared(replication_factor=replicas).values()
        assert {(spec.replication_factor, spec.config.get("min.insync.replicas")) for spec in specs} == {(replicas, in_sync)}


class TestSized:
    def test_age_gives_way_to_size(self) -> None:
        """Simulated records carry times of other days: nothing may be deleted for its age."""
        config = {spec.name: spec.config for spec in sized(list(declared().values()), 2**26)}[NAMES.inbound("web-form")]
        assert (config["retention.ms"], config["retention.bytes"]) == ("-1", str(2**26))
        assert int(config["segment.bytes"]) <= 2**24  # only whole old segments are deleted

    def test_leads_stay_erasable(self) -> None:
        """Simulated leads are kept by size, and compacted as all leads are."""
        config = {spec.name: spec.config for spec in sized(list(declared().values()), 2**26)}[NAMES.review]
        assert (config["cleanup.policy"], config["retention.ms"]) == ("compact,delete", "-1")

    def test_compacted_topics_stay(self) -> None:
        """The newest model must stay, whatever its size."""
        specs = list(declared().values())
        changed = {after.name for before, after in zip(specs, sized(specs, 2**26), strict=True) if before != after}
        assert {spec.name for spec in specs} - changed == LATEST
