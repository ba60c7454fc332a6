"""One broker that dies, freezes or is away (B1, B2): everything stands still, and goes on where it stood."""

from __future__ import annotations

import pytest

from app.embedded.kafka import EmbeddedKafka
from app.embedded.ports import free_port
from tests.faults.conftest import Break
from tests.harness.health import asked
from tests.harness.knobs import LONG, times

pytestmark = pytest.mark.faults

FROZEN_S = 9.0  # a session lasts 6
AWAY_S = min(300.0, 60.0 * LONG)


def test_killed_and_frozen(broken: Break, own_broker: EmbeddedKafka) -> None:
    """Kill -9 and restart, and frozen for longer than every session: no record is lost or has two fates."""
    with broken(broker=own_broker) as run:

        def faults() -> None:
            for _ in times(3):
                with run.fault("broker kill -9"):
                    run.chaos.broker_restart()
            for _ in times(2):
                with run.fault("broker frozen"):
                    run.chaos.broker_pause(FROZEN_S)

        run.holds(run.under_traffic(faults))


def test_away(broken: Break, own_broker: EmbeddedKafka) -> None:
    """While there is no broker no worker says that it is ready; after it is back, all is accounted for."""
    port = free_port()
    with broken(broker=own_broker, workers=1, roles=(), LEADSTREAM_HEALTH_PORT=str(port)) as run:
        said: list[int | None] = []

        def faults() -> None:
            assert run.fleet.wait_until(lambda: asked(port, "/readyz") == 200, 60), "ready while all is well"
            with run.fault("broker away", within_s=60.0):
                run.chaos.broker_absent(AWAY_S, lambda: said.append(asked(port, "/readyz")))
            assert run.fleet.wait_until(lambda: asked(port, "/readyz") == 200, 60), "ready again"

        run.holds(run.under_traffic(faults))
        assert said != [200]
