"""An output that cannot be written (X1), and a registry that does not answer: nothing is skipped, whatever it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from app.embedded.kafka import EmbeddedKafka
from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn
from app.errors import ExitCode
from tests.faults.conftest import Break
from tests.harness.cluster import Broker
from tests.harness.fleet import create_topics
from tests.harness.health import asked
from tests.harness.knobs import PATIENCE, times
from tests.harness.waiting import until

pytestmark = pytest.mark.faults

EVERYBODY = "User:ANONYMOUS"
FORBIDDEN_S = 15.0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker that asks its ACLs; what has none is free for all."""
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "true",
    }
    with Broker(tmp_path_factory.mktemp("guarded"), properties=properties) as broker:
        yield broker


def test_an_output_may_not_be_written(broken: Break, guarded: EmbeddedKafka) -> None:
    """Dead letters, or leads for people, are refused by an ACL while leads come: the lanes that have one stop and say so; nothing
    is passed over, and all goes on when it is allowed."""
    with broken(broker=guarded) as run:
        names = run.installation.names

        def faults() -> None:
            for what, topic in (("dead letters", names.dlq), ("reviews", names.review)):
                with run.fault(f"{what} forbidden"), forbidden(guarded, topic):
                    run.fleet.wait(FORBIDDEN_S)

        run.holds(run.under_traffic(faults))


def test_an_output_is_missing(broken: Break, guarded: EmbeddedKafka) -> None:
    """Without the topic of dead letters no worker starts: exit code 78; when it is there, all is accounted for."""
    with broken(broker=guarded, workers=0) as run:
        admin, dlq = AdminClient(run.installation.kafka.client()), run.installation.names.dlq
        admin.delete_topics([dlq])[dlq].result()
        run.fleet.join()
        refused = f"exit {int(ExitCode.CONFIGURATION)}"
        assert run.fleet.wait_until(lambda: run.fleet.happened[refused] > 0, 60), f"it started without; {run.fleet.happened}"
        create_topics(run.installation)
        run.holds(run.under_traffic(lambda: run.fleet.wait(5.0)))


def test_the_registry_is_down(broken: Break, tmp_path: Path) -> None:
    """Schemas that are known are cached: leads go on. A worker that starts meanwhile cannot know any, and waits or is started
    again until the registry is back."""
    port = free_port()
    registry = serve(port, tmp_path)
    try:
        with broken(SCHEMA_REGISTRY_URL=f"http://127.0.0.1:{port}") as run:

            def faults() -> None:
                nonlocal registry
                for _ in times(2):
                    with run.fault("registry down"):
                        registry.kill()
                        run.fleet.wait(4.0)
                        run.chaos.kill()
                        run.fleet.wait(4.0)
                        registry = serve(port, tmp_path)

            run.holds(run.under_traffic(faults))
    finally:
        registry.stop(10)


def serve(port: int, folder: Path) -> Child:
    """A registry of our own schemas, in a process that can be killed; it serves."""
    argv = [sys.executable, "-m", "app.cli", "registry", "--port", str(port)]
    registry = spawn(argv, name="registry", log=folder / "registry.log")
    until(lambda: asked(port, "/subjects") == 200, "the registry serves", 60 * PATIENCE)
    return registry


@contextmanager
def forbidden(broker: EmbeddedKafka, topic: str) -> Iterator[None]:
    """Nobody may write to the topic."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    about = (ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, EVERYBODY, "*")
    allowed = AclBinding(*about, AclOperation.ALL, AclPermissionType.ALLOW)
    denied = AclBinding(*about, AclOperation.WRITE, AclPermissionType.DENY)
    for answer in admin.create_acls([allowed, denied]).values():
        answer.result()
    yield
    every = AclBindingFilter(*about, AclOperation.ANY, AclPermissionType.ANY)
    for removed in admin.delete_acls([every]).values():
        removed.result()
