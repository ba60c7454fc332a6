"""Three brokers on this machine: everything three times, two of them enough to write (replication 3, min.insync.replicas 2)."""

from __future__ import annotations

import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from app.embedded.kafka import EmbeddedKafka, java_command
from tests.harness.knobs import PATIENCE
from tests.harness.waiting import until

BROKERS: Final = 3
ASK_S: Final = 5.0
ELECT_S: Final = 60.0 * PATIENCE
SYNC_S: Final = 120.0 * PATIENCE  # a broker that comes back reads what it missed


class Broker(EmbeddedKafka):
    """A broker that may take its time to come back, where the machine is busy."""

    START_TIMEOUT_S = 60.0 * PATIENCE


class Member(Broker):
    """One of three: a broker, and a voter among the controllers."""

    def __init__(self, data_dir: Path, node: int) -> None:
        super().__init__(data_dir)
        self.node = node
        self._voters = ""

    @property
    def voter(self) -> str:
        return f"{self.node}@127.0.0.1:{self._controller_port}"

    def join(self, members: list[Member]) -> None:
        """Make it one of these."""
        self._voters, self._cluster = ",".join(one.voter for one in members), members[0]._cluster

    def _server_properties(self) -> dict[str, str]:
        coordinators = ("transaction.state.log", "share.coordinator.state.topic")
        return {
            **super()._server_properties(),
            **{f"{one}.replication.factor": "3" for one in coordinators},
            **{f"{one}.min.isr": "2" for one in coordinators},
            "offsets.topic.replication.factor": "3",
            "default.replication.factor": "3",
            "min.insync.replicas": "2",
            "node.id": str(self.node),
            "controller.quorum.voters": self._voters,
            # Three on few cores: a controller that has to wait for the processor is not gone.
            "broker.session.timeout.ms": "6000",
            "controller.quorum.fetch.timeout.ms": "4000",
            "controller.quorum.election.timeout.ms": "2000",
            # Who was killed leaves the in-sync replicas when its session ends; who is frozen, after this.
            "replica.lag.time.max.ms": "6000",
        }


class Cluster:
    """A context: three brokers, up.

    Args:
        data_dir: Where they keep their files; emptied afterwards, but for their logs.
    """

    def __init__(self, data_dir: Path) -> None:
        self.members = [Member(data_dir / f"broker-{node}", node) for node in range(1, BROKERS + 1)]
        for one in self.members:
            one.join(self.members)
        self._data_dir = data_dir

    @property
    def bootstrap(self) -> str:
        return ",".join(one.bootstrap for one in self.members)

    def __enter__(self) -> Self:
        with ThreadPoolExecutor(BROKERS) as pool:  # none serves before a second one is there
            started = [pool.submit(one.start) for one in self.members]
        for one in started:
            one.result()
        return self

    def __exit__(self, *_: object) -> None:
        with ThreadPoolExecutor(BROKERS) as pool:
            for one in self.members:
                one.resume()
                pool.submit(one.stop)
        for one in self.members:
            shutil.rmtree(one.data_dir / "data", ignore_errors=True)

    def in_sync(self) -> bool:
        """Whether every partition has all its replicas."""
        with suppress(KafkaException):
            topics = self._admin().list_topics(timeout=ASK_S).topics.values()
            partitions = [one for topic in topics for one in topic.partitions.values()]
            return all(len(one.isrs) == len(one.replicas) and one.leader >= 0 for one in partitions)
        return False

    def wait_in_sync(self, timeout_s: float = SYNC_S) -> None:
        """Until then another broker's end would stop writes, as it should: that is a fault of its own."""
        until(self.in_sync, "all partitions have all their replicas", timeout_s, 0.5)

    def coordinating(self, group: str) -> Member:
        """Who coordinates a group."""
        return self._leader("__consumer_offsets", group)

    def minding(self, transactional_id: str) -> Member:
        """Who coordinates a producer's transactions."""
        return self._leader("__transaction_state", transactional_id)

    def _leader(self, topic: str, key: str) -> Member:
        partitions = self._admin().list_topics(topic, timeout=ASK_S).topics[topic].partitions
        node = partitions[java_hash(key) % len(partitions)].leader
        return next(one for one in self.members if one.node == node)

    def any(self, rnd: random.Random) -> Member:
        return rnd.choice(self.members)

    def give_back_leaders(self) -> int:
        """Every partition is led by its first replica again; how many leaders changed, without any broker's end."""
        topics = self._admin().list_topics(timeout=ASK_S).topics.items()
        moved = [(name, p) for name, topic in topics for p, one in topic.partitions.items() if one.leader != one.replicas[0]]
        if moved:  # by Kafka's own tool: the client's call fails in confluent-kafka 2.16, whatever it is asked
            elect = ("--bootstrap-server", self.bootstrap, "--election-type", "preferred", "--all-topic-partitions")
            command = [str(part) for part in java_command("org.apache.kafka.tools.LeaderElectionCommand", *elect)]
            subprocess.run(command, check=True, capture_output=True, timeout=ELECT_S)
        return len(moved)

    def _admin(self, **extra: Any) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0, **extra})


def java_hash(text: str) -> int:
    """As Kafka places groups and transactional ids: the absolute value of Java's hash of the string, 0 for the one without."""
    number = 0
    for character in text:
        number = (31 * number + ord(character)) & 0xFFFFFFFF
    signed = number - (1 << 32) if number >> 31 else number
    return 0 if number == 1 << 31 else abs(signed)
