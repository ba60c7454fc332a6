"""Workers that join and leave all the time (RB): what breaks the guarantees of most pipelines."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Break
from tests.harness.fleet import GRACE_S
from tests.harness.knobs import PATIENCE, times

pytestmark = pytest.mark.faults


def test_storms(broken: Break) -> None:
    """From one worker to three and back, every few seconds, some told to stop and some killed: each record has one fate; told to
    stop under load, a worker leaves with exit code 0 and within the grace time."""
    with broken(workers=1) as run:

        def faults() -> None:
            for n in times(14):
                run.chaos.join()
                run.fleet.wait(1.0 + n % 3)
                run.chaos.join()
                run.fleet.wait(1.0 + n % 3)
                run.chaos.leave()
                run.chaos.kill() if n % 3 == 1 else run.fleet.wait(1.0)
                run.chaos.leave()
                run.fleet.wait(1.0 + n % 2)
            with run.fault("rebalance storm"):
                run.chaos.join()

        run.holds(run.under_traffic(faults))
        assert run.fleet.happened["leave exit 0"] == 2 * len(times(14))
        assert max(run.fleet.left_s) < GRACE_S * PATIENCE
