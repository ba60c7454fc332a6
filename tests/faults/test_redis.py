"""Redis that dies, hangs, refuses, fills up or forgets (R1 to R3). It is a cache: leads flow, and the books balance."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Break
from tests.harness.knobs import times

pytestmark = pytest.mark.faults


def test_away_for_a_while(broken: Break) -> None:
    """Killed, frozen, hanging up, asleep, full or read-only: leads flow and say that nobody could look them up; afterwards every
    duplicate is still known. No worker ends for it."""
    with broken() as run:

        def faults() -> None:
            for _ in times(3):
                with run.fault("redis kill -9"):
                    run.chaos.redis_kill()
                with run.fault("redis frozen"):
                    run.chaos.redis_pause()
                with run.fault("redis hangs up"):
                    run.chaos.redis_hangs_up()
                with run.fault("redis asleep"):
                    run.chaos.redis_sleeps(3.0)
                with run.fault("redis full"):
                    run.chaos.redis_full(3.0)
                with run.fault("redis read-only"):
                    run.chaos.redis_read_only(3.0)

        run.holds(run.under_traffic(faults))
        assert not any("exit" in name for name in run.fleet.happened), "workers go on without Redis, they do not end"


def test_the_password_is_another_one(broken: Break) -> None:
    """Whoever is refused says so loudly; nothing is lost, and all goes on when the password is right."""
    with broken() as run:

        def faults() -> None:
            for _ in times(1):
                with run.fault("redis refuses"):
                    run.chaos.redis_refuses(4.0)

        run.holds(run.under_traffic(faults))


def test_losing_all_its_data(broken: Break) -> None:
    """A Redis that was emptied, or comes back without its files, is filled again from the decisions: nothing is lost meanwhile,
    and nothing merged wrongly."""
    with broken() as run:

        def faults() -> None:
            for n in times(2):
                with run.fault("redis forgets"):
                    run.chaos.redis_emptied() if n % 2 else run.chaos.redis_lost()
                run.fleet.wait(14.0)  # until transactions under way have ended, and the index is filled

        run.holds(run.under_traffic(faults))
