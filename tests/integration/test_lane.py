"""The lane on a real broker: one input partition, its position, its transactions, and who may write them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from app.edges.kafka.group_offsets import GroupOffsets
from app.edges.kafka.lane import AbandonedError, Lane
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.errors import EdgeDown, ExitCode, FatalError, OutputRefused
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.source import InboundEvent, Position
from tests.harness.waiting import until


class Ended(BaseException):
    """Stands for the end of a process: nothing catches it, and what was not committed is gone."""


class Stage:
    """An input partition with records, an output topic, and lanes between them whose pipeline passes everything on."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.client: dict[str, Any] = {"bootstrap.servers": bootstrap}
        self.input, self.output, self.group = f"{prefix}.in", f"{prefix}.out", f"{prefix}-group"
        admin = AdminClient(self.client)
        for made in admin.create_topics([NewTopic(topic, 1, 1) for topic in (self.input, self.output)]).values():
            made.result(30)
        self.offsets = GroupOffsets(self.client, self.group)
        self.down = 0  # how many more times the pipeline's edge does not answer
        self.poison: int | None = None  # offset of the record that ends the process
        self.set_aside: list[int] = []
        self.meanwhile: Callable[[], object] | None = None  # done once, while a batch is decided

    def produce(self, count: int) -> None:
        producer = Producer(self.client)
        for n in range(count):
            producer.produce(self.input, b"%d" % n)
        producer.flush(30)

    def lane(self) -> Lane:
        lane = Lane(
            self.input,
            0,
            group=self.group,
            offsets=self.offsets,
            client=self.client,
            process=self._process,
            outgoing=lambda fate: [Outgoing(self.output, None, b"%d" % fate.event.position.offset, [])],
            set_aside=self._set_aside,
            name=secrets.token_hex(4),  # each lane as of a process of its own
        )
        lane.open()
        return lane

    def events(self, *offsets: int) -> list[InboundEvent]:
        return [InboundEvent(Position(self.input, 0, offset), None, b"", (), 0) for offset in offsets]

    def limit(self, size: int) -> None:
        """What the output topic takes at most."""
        change = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, self.output, incremental_configs=[change])
        admin = AdminClient(self.client)
        for changed in admin.incremental_alter_configs([resource]).values():
            changed.result(30)

    def told(self) -> list[int]:
        """The offsets that the committed outputs tell of."""
        return [int(message.value()) for message in read_to_end(self.client, [self.output])]

    def committed(self) -> int | None:
        return self.offsets.committed(self.input, 0)

    def _process(self, events: Sequence[InboundEvent]) -> list[Fate]:
        if self.down:
            self.down -= 1
            raise EdgeDown("the store does not answer")
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if any(event.position.offset == self.poison for event in events):
            raise Ended
        return [DeadLetter(event, "source", "intake", "empty_value", "", repairable=False) for event in events]

    def _set_aside(self, event: InboundEvent, deaths: int) -> Fate:
        self.set_aside.append(event.position.offset)
        return DeadLetter(event, "source", "intake", "suspected_poison", str(deaths), repairable=True)


@pytest.fixture
def stage(kafka: EmbeddedKafka, topic_prefix: str) -> Stage:
    return Stage(kafka.bootstrap, topic_prefix)


class TestPosition:
    def test_the_first_lane_commits_where_it_begins(self, stage: Stage) -> None:
        """Faust never seeks back to an offset that was never committed: so there always is one."""
        stage.produce(3)
        assert stage.lane().next == 0
        assert stage.committed() == 0

    def test_outputs_and_position_go_together(self, stage: Stage) -> None:
        """After a batch, its outputs are there and the position is behind it."""
        stage.produce(3)
        assert len(stage.lane().account(stage.events(0, 1, 2))) == 3
        assert (stage.told(), stage.committed()) == ([0, 1, 2], 3)

    def test_delivered_again_is_left_out(self, stage: Stage) -> None:
        """Records below the position, and records twice in one batch, are accounted for once."""
        stage.produce(5)
        lane = stage.lane()
        lane.account(stage.events(0, 1, 2))
        lane.account(stage.events(1, 2, 3, 2, 3, 4))
        assert lane.account(stage.events(0, 4)) == []
        assert (stage.told(), stage.committed()) == ([0, 1, 2, 3, 4], 5)

    def test_a_skipped_record_ends_the_process(self, stage: Stage) -> None:
        """A record that is there and was not delivered must not be passed over."""
        stage.produce(5)
        with pytest.raises(FatalError) as ended:
            stage.lane().account(stage.events(0, 2))
        assert ended.value.code is ExitCode.GAP
        assert (stage.told(), stage.committed()) == ([], 0)

    def test_a_gap_that_the_broker_knows_is_legal(self, stage: Stage) -> None:
        """Aborted records and transaction markers of a producer upstream have offsets, and are not there."""
        upstream = Producer(stage.client | {"transactional.id": f"{stage.group}-upstream"})
        upstream.init_transactions(10)
        upstream.begin_transaction()
        upstream.produce(stage.input, b"aborted")  # offset 0, its marker 1
        upstream.flush(10)
        upstream.abort_transaction(10)
        stage.produce(1)  # offset 2
        stage.lane().account(stage.events(2))
        assert (stage.told(), stage.committed()) == ([2], 3)

    def test_records_deleted_before_they_were_read(self, stage: Stage) -> None:
        """What retention took is gone: the lane says so and goes on with the oldest record that there is."""
        stage.produce(5)
        stage.lane().account(stage.events(0))
        admin = AdminClient(stage.client)
        for deleted in admin.delete_records([TopicPartition(stage.input, 0, 3)]).values():
            deleted.result(30)
        lane = stage.lane()
        assert (lane.next, stage.committed()) == (3, 3)
        lane.account(stage.events(3, 4))
        assert (stage.told(), stage.committed()) == ([0, 3, 4], 5)


class TestOwnership:
    def test_a_new_lane_fences_the_old_one(self, stage: Stage) -> None:
        """A zombie's transaction fails, and nothing of it is seen."""
        stage.produce(4)
        zombie = stage.lane()
        zombie.account(stage.events(0))
        owner = stage.lane()
        assert owner.next == 1
        with pytest.raises(FatalError, match="fenced") as ended:
            zombie.account(stage.events(1, 2))
        assert ended.value.code is ExitCode.FAILED
        owner.account(stage.events(1, 2, 3))
        assert (stage.told(), stage.committed()) == ([0, 1, 2, 3], 4)

    def test_an_abandoned_lane_delivers_nothing(self, stage: Stage) -> None:
        """What was under way when the partition was taken away does not count."""
        stage.produce(1)
        lane = stage.lane()
        lane.abandoned.set()
        with pytest.raises(AbandonedError):
            lane.account(stage.events(0))
        assert stage.told() == []


class TestPoison:
    def test_what_ended_every_process_is_set_aside(self, stage: Stage) -> None:
        """The notes stand on the broker: whoever opens the partition next looks on, finds the one, and goes on without it."""
        stage.produce(40)
        stage.poison = 22
        ends = 0
        while stage.committed() != 40:
            lane, events = stage.lane(), stage.events(*range(40))
            try:
                while events := lane.left(events):
                    lane.account(events)
            except Ended:
                ends += 1
                assert ends <= 5
        assert stage.told() == list(range(40))
        assert stage.set_aside == [22]
        assert stage.offsets.noted(stage.input, 0) == (40, "")

    def test_who_loses_the_partition_and_lives_blames_nobody(self, stage: Stage) -> None:
        """A record that one living worker after the other begins, each of them fenced before it is done, is no poison."""
        stage.produce(1)
        for _ in range(5):
            loser, events = stage.lane(), stage.events(0)
            stage.meanwhile = stage.lane  # the next owner opens while this one decides
            with pytest.raises(FatalError):
                loser.account(events)
        assert stage.lane().suspects == 0
        stage.lane().account(stage.events(0))
        assert (stage.told(), stage.set_aside) == ([0], [])

    def test_who_is_told_to_let_go_blames_nobody(self, stage: Stage) -> None:
        """A rebalance among living workers, again and again in the middle of the first batch."""
        stage.produce(1)
        for _ in range(4):
            lane = stage.lane()
            stage.meanwhile = lane.abandoned.set
            with pytest.raises(AbandonedError):
                lane.account(stage.events(0))
            lane.spare()
            assert stage.lane().suspects == 0

    def test_an_edge_that_is_down_is_not_the_records_fault(self, stage: Stage) -> None:
        """Processes that are ended while they wait for an edge leave nothing behind that a record could be blamed for."""
        stage.produce(1)
        for _ in range(4):
            stage.down = 1
            with pytest.raises(EdgeDown):
                stage.lane().account(stage.events(0))
            assert stage.offsets.noted(stage.input, 0) == (0, "")


class TestEdges:
    def test_an_edge_that_is_down_is_waited_for(self, stage: Stage) -> None:
        """Nothing is dropped and nothing committed meanwhile; called again, the lane goes on."""
        stage.produce(2)
        lane = stage.lane()
        stage.down = 3
        for _ in range(3):
            with pytest.raises(EdgeDown):
                lane.account(stage.events(0, 1))
            assert (stage.told(), stage.committed()) == ([], 0)
        lane.account(stage.events(0, 1))
        assert (stage.told(), stage.committed()) == ([0, 1], 2)
        assert lane.opened == 1

    def test_an_output_that_cannot_be_written_is_waited_for(self, stage: Stage) -> None:
        """A topic that is not there is named, nothing is skipped, and once it is there the lane goes on by itself."""
        stage.produce(2)
        output, stage.output = stage.output, f"{stage.output}.missing"
        lane = stage.lane()
        with pytest.raises(OutputRefused, match="missing: is not there"):
            lane.account(stage.events(0, 1))
        assert stage.committed() == 0
        stage.output = output
        lane.account(stage.events(0, 1))
        assert (stage.told(), stage.committed(), lane.opened) == ([0, 1], 2, 2)

    def test_an_output_that_takes_smaller_records_only(self, stage: Stage) -> None:
        """The broker's refusal names the topic; the partition waits for whoever set the limit."""
        stage.produce(1)
        stage.limit(10)
        lane = stage.lane()
        with pytest.raises(OutputRefused, match=f"{stage.output}: .*too large"):
            lane.account(stage.events(0))
        stage.limit(1_000_000)
        until(lambda: _accounts(lane, stage.events(0)), "the new limit is known", 20)
        assert (stage.told(), stage.committed()) == ([0], 1)


def _accounts(lane: Lane, events: list[InboundEvent]) -> bool:
    try:
        return bool(lane.account(events))
    except OutputRefused:
        return False
