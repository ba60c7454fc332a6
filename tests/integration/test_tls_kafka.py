"""Kafka with TLS, SCRAM, client certificates and ACLs on: every role works with what `leadstream topics --acls` gives it.

One broker and one set of roles for all of it. The secrets of this installation are canaries: afterwards nothing holds them.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from pydantic import SecretStr

from app.edges.kafka import acls
from app.edges.kafka.door import present, refuse_to_start
from app.edges.kafka.ledger import read_ledger
from app.edges.kafka.reading import read_to_end
from app.embedded.certificates import Authority
from app.embedded.kafka import EmbeddedKafka
from app.embedded.kafka_guard import Guard
from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.embedded.simulator.producer import Simulator
from app.errors import ConfigurationError, ExitCode
from app.settings import KafkaSettings
from tests.harness.config import only
from tests.harness.guarded import PEPPER, Guarded
from tests.harness.waiting import until

SOURCES = ("web-form", "partner-csv")
ROLES = ("worker", "learner", "reviser", "steward", "monitor", "behaviour", "api", "privacy")
LEADS = 60

pytestmark = pytest.mark.timeout(450)


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    return Guard(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def broker(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    with EmbeddedKafka(tmp_path_factory.mktemp("guarded"), guard=guard) as kafka:
        yield kafka


class Floor(Guarded):
    """All roles as processes."""

    def __init__(self, broker: EmbeddedKafka, guard: Guard, redis: str, folder: Path) -> None:
        config = only(folder / "config", *SOURCES, routing="version: 1\nrules: []\ncatch_all: nurture\n")
        super().__init__(broker, guard, redis, "t-tls", folder, config)
        self.folder, self.children, self.ports = folder, dict[str, Child](), dict[str, int]()
        self.enrol()

    def start(self, role: str) -> None:
        self.ports[role] = free_port()
        more = {"LEADSTREAM_HEALTH_PORT": str(self.ports[role]), "LEADSTREAM_API_PORT": str(free_port())}
        argv = [sys.executable, "-m", "app.cli", role]
        self.children[role] = spawn(argv, name=role, log=self.log(role), env=self.environment(role, **more))

    def revive(self) -> None:
        """What a supervisor does: start again what ended, unless it refuses to start."""
        for role, child in list(self.children.items()):
            if not child.running:
                assert child.exit_code != ExitCode.CONFIGURATION, self.log(role).read_text()[-500:]
                self.start(role)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until it holds, as long as a busy machine may take."""

        def now() -> bool:
            self.revive()
            return condition()

        until(now, what, 200, 0.5)

    def log(self, role: str) -> Path:
        return self.folder / f"{role}.log"

    def told(self, role: str, path: str) -> tuple[int, str]:
        """Status and body of a health page; (0, "") while nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.ports[role]}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self, role: str) -> bool:
        return self.told(role, "/readyz")[0] == 200

    def accounted(self) -> bool:
        """Whether the ledger, read by the principal of `viewer`, has nothing left."""
        one = self.owner
        client = self.by_password("viewer").client()
        return read_ledger(client, one.names, list(one.inventory.sources), list(one.inventory.teams), one.app.group).holds

    def produce(self, role: str, topic: str, value: bytes) -> KafkaError | None:
        """As a role's principal; what the broker said."""
        heard: list[KafkaError | None] = []
        producer = Producer(self.by_password(role).producer(**{"message.timeout.ms": 20_000}))
        producer.produce(topic, value, on_delivery=lambda error, _: heard.append(error))
        assert producer.flush(30) == 0
        return heard[0]


@pytest.fixture(scope="module")
def floor(
    broker: EmbeddedKafka, guard: Guard, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Floor]:
    floor = Floor(broker, guard, redis_server.url, tmp_path_factory.mktemp("floor"))
    try:
        for role in ROLES:
            floor.start(role)
        one = floor.owner
        Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=1).run(LEADS, 1_000, threading.Event())
        yield floor
    finally:
        stop_all(list(floor.children.values()), 10)


class TestLeastPrivilege:
    def test_leads_flow_and_each_role_works(self, floor: Floor) -> None:
        """With exactly the ACLs of the table every record has its fate, every role is ready, and the broker denied nobody."""
        assert floor.produce("producer-web-form", floor.owner.names.inbound("web-form"), b'{"email": "jo@example.org"}') is None
        floor.wait(floor.accounted, "every record is accounted for")
        floor.wait(lambda: all(map(floor.ready, ROLES)), "every role is ready")
        assert not floor.denied()

    def test_a_sink_reads_its_team(self, floor: Floor) -> None:
        """In its own group, and in no other."""
        team = floor.owner.names.routed("nurture")
        for group, allowed in ((floor.user("sink-nurture"), True), ("another-group", False)):
            settings = floor.by_password("sink-nurture").client()
            consumer = Consumer(settings | {"group.id": group, "auto.offset.reset": "earliest"})
            consumer.subscribe([team])
            heard: list[KafkaError | None] = []

            def asked(consumer: Consumer = consumer, heard: list[KafkaError | None] = heard) -> bool:
                if (message := consumer.poll(1)) is not None:
                    heard.append(message.error())
                return bool(heard)

            until(asked, f"{group} hears something", 60)
            consumer.close()
            assert (heard[0] is None) == allowed

    @pytest.mark.parametrize(
        ("role", "dataset"),
        [
            ("producer-web-form", "routed"),
            ("sink-nurture", "verdicts"),
            ("monitor", "decisions"),
            ("reporter-outcomes", "consent"),
        ],
    )
    def test_nobody_writes_what_is_not_theirs(self, floor: Floor, role: str, dataset: str) -> None:
        """The broker, not our good manners, keeps a producer from the teams' topics and the monitor from decisions."""
        names = floor.owner.names
        refused = floor.produce(role, names.routed("nurture") if dataset == "routed" else getattr(names, dataset), b"x")
        assert refused is not None
        assert refused.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._MSG_TIMED_OUT)
        assert floor.denied()[role, "DESCRIBE" if role != "monitor" else "WRITE", f"Topic:{_topic(floor, dataset)}"]

    def test_an_output_that_is_taken_away_is_waited_for(self, floor: Floor) -> None:
        """Without the right to write dead letters the worker says so and skips nothing; with it again all goes on (X1)."""
        user, dlq = floor.principals["worker"], floor.owner.names.dlq
        right = (ResourceType.TOPIC, dlq, ResourcePatternType.LITERAL, user, "*", AclOperation.WRITE, AclPermissionType.ALLOW)
        admin = AdminClient(floor.by_password("admin").client())
        for answer in admin.delete_acls([AclBindingFilter(*right)], request_timeout=20).values():
            assert answer.result(20)
        assert (
            floor.produce("producer-partner-csv", floor.owner.names.inbound("partner-csv"), b"\xff\xfe neither this nor that")
            is None
        )
        floor.wait(lambda: floor.denied()["worker", "WRITE", f"Topic:{dlq}"] > 0, "the broker denies it")
        floor.wait(lambda: dlq in floor.told("worker", "/readyz")[1] + floor.log("worker").read_text(), "it is said")
        assert not floor.accounted()
        wanted = acls.acls(floor.owner.inventory, floor.owner.names, floor.owner.app, {"worker": user})
        acls.create(floor.by_password("admin").client(), wanted)
        floor.wait(floor.accounted, "the dead letter is written")
        floor.denied()


def _topic(floor: Floor, dataset: str) -> str:
    return floor.owner.names.routed("nurture") if dataset == "routed" else str(getattr(floor.owner.names, dataset))


class TestRefusals:
    """Who is refused at Kafka's door does not start: exit 78 within seconds, what to mend is said, no secret is told."""

    @pytest.fixture
    def good(self, floor: Floor) -> KafkaSettings:
        return floor.by_password("monitor")

    def test_the_right_settings_are_let_in(self, good: KafkaSettings) -> None:
        """The control: what follows is refused for the one thing that is changed."""
        assert present(good.client())
        refuse_to_start(good)

    @pytest.mark.parametrize(
        ("changed", "advice"),
        [
            ({"sasl_password": SecretStr("canary-wrong-password")}, "KAFKA_SASL_"),
            ({"sasl_username": "nobody"}, "KAFKA_SASL_"),
            ({"sasl_mechanism": "PLAIN"}, "KAFKA_SASL_"),
        ],
        ids=["password", "user", "mechanism"],
    )
    def test_credentials(self, good: KafkaSettings, changed: dict[str, object], advice: str) -> None:
        """A wrong password, user or mechanism."""
        with pytest.raises(ConfigurationError, match=advice) as refused:
            refuse_to_start(good.model_copy(update=changed), 15)
        assert "canary" not in str(refused.value)

    def test_another_authority(self, good: KafkaSettings, tmp_path: Path) -> None:
        """A broker whose certificate somebody else signed is not ours: no password is sent to it."""
        with pytest.raises(ConfigurationError, match="KAFKA_SSL_CA_LOCATION"):
            refuse_to_start(good.model_copy(update={"ssl_ca_location": Authority(tmp_path).certificate}), 15)

    def test_another_host(self, good: KafkaSettings) -> None:
        """The certificate must stand for the host that was asked for."""
        elsewhere = good.bootstrap_servers.replace("127.0.0.1", "localhost")
        with pytest.raises(ConfigurationError, match="stand for the host names"):
            refuse_to_start(good.model_copy(update={"bootstrap_servers": elsewhere}), 15)

    def test_no_certificate(self, good: KafkaSettings, guard: Guard) -> None:
        """Where the broker asks for one."""
        with pytest.raises(ConfigurationError, match="KAFKA_SSL_CERTIFICATE_LOCATION"):
            refuse_to_start(good.model_copy(update={"bootstrap_servers": guard.tls, "security_protocol": "SSL"}), 15)

    def test_a_certificate_of_another_authority(self, guard: Guard, tmp_path: Path) -> None:
        """A name is not enough: who signed it counts."""
        with pytest.raises(ConfigurationError, match="KAFKA_SSL_CERTIFICATE_LOCATION"):
            refuse_to_start(guard.by_certificate(Authority(tmp_path).issue("admin")), 15)

    def test_an_expired_certificate(self, guard: Guard) -> None:
        """It is told before anything is connected, with its date; and what the broker would say is understood, too."""
        old = guard.by_certificate(guard.authority.issue("old", lasts=datetime.timedelta(hours=-1)))
        with pytest.raises(ConfigurationError, match="has expired on"):
            refuse_to_start(old)
        with pytest.raises(ConfigurationError, match="KAFKA_SSL_CERTIFICATE_LOCATION"):
            present(old.client())

    def test_a_process_ends_with_78(self, floor: Floor) -> None:
        """One line that says what, where and how to mend it. All roles come in by the same door."""
        environment = floor.environment("worker") | {"KAFKA_SASL_PASSWORD": "canary-wrong-password"}
        del environment["KAFKA_SASL_PASSWORD_FILE"]
        argv = [sys.executable, "-m", "app.cli", "worker"]
        done = subprocess.run(argv, env=os.environ | environment, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 78, done.stderr
        assert "invalid credentials" in done.stderr
        assert "KAFKA_SASL_" in done.stderr
        assert "canary" not in done.stderr + done.stdout


class TestSecrets:
    """Nothing that a role writes, shows or sends holds a secret of its settings."""

    def test_nowhere(self, floor: Floor) -> None:
        """Not in logs (a crash included), not on health pages, not in metrics, not in argv, not in any byte of any topic."""
        secrets = [*floor.passwords.values(), PEPPER]
        places: dict[str, bytes] = {}
        for role, child in floor.children.items():
            with suppress(FileNotFoundError):
                for process in (child.pid, *_below(child.pid)):
                    places[f"argv of {role} {process}"] = Path(f"/proc/{process}/cmdline").read_bytes()
            for page in ("/healthz", "/readyz", "/metrics"):
                places[f"{role}{page}"] = floor.told(role, page)[1].encode()
        places["crash"] = _crashed(floor)
        for role in ROLES:
            places[f"log of {role}"] = floor.log(role).read_bytes()
        one = floor.owner
        topics = [name for name in present(one.kafka.client()) if name.startswith(one.names.prefix)]
        for n, message in enumerate(read_to_end(one.kafka.client(), topics)):
            told = (message.key(), message.value(), json.dumps(message.headers() or [], default=repr).encode())
            places[f"{message.topic()} {n}"] = b" ".join(part or b"" for part in told)
        assert len(places) > LEADS
        assert not [where for where, held in places.items() for secret in secrets if secret.encode() in held]


def _crashed(floor: Floor) -> bytes:
    """What a role prints that ends by a bug in the middle of its start, with all settings read."""
    code = (
        "from app.cli import _role; one = _role(); import logging; from app.edges.redis.connecting import connect\n"
        "logging.getLogger('redis').error('lost %s', one.redis.url.get_secret_value())\n"
        "logging.getLogger('confluent_kafka').error('settings %r', one.kafka.client())\n"
        "secret, client = one.kafka.sasl_password.get_secret_value(), one.kafka.client()\n"
        "raise RuntimeError(f'{client} {secret} {one.secret!r}')"
    )
    environment = os.environ | floor.environment("worker")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=150, check=False)
    assert b"RuntimeError" in done.stderr
    return done.stdout + done.stderr


def _below(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []
