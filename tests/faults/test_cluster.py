"""Three brokers (B1, B3): one of them may always be away, whatever it was for us."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Break
from tests.harness.cluster import Cluster, Member
from tests.harness.knobs import times

pytestmark = pytest.mark.faults

FROZEN_S = 9.0


def test_one_of_three(broken: Break, cluster: Cluster) -> None:
    """Restarted one after the other, coordinators killed, leaders moved, one frozen: no record is lost or has two fates, and what
    was acknowledged to producers is there."""
    with broken(cluster=cluster) as run:

        def kill(member: Member) -> None:
            member.kill()
            run.fleet.wait(2.0)
            member.start()

        def faults() -> None:
            for _ in times(1):
                for member in cluster.members:
                    with run.fault("rolling restart"):
                        member.stop()
                        member.start()
                    cluster.wait_in_sync()
                with run.fault("leaders move"):
                    cluster.give_back_leaders()
            for _ in times(2):
                with run.fault("group coordinator kill -9"):
                    kill(cluster.coordinating(run.installation.app.group))
                cluster.wait_in_sync()
                with run.fault("transaction coordinator kill -9"):
                    inbound = run.chaos.rnd.choice(run.installation.inbound)
                    kill(cluster.minding(f"{run.installation.app.group}-{inbound}-0"))
                cluster.wait_in_sync()
            with run.fault("one broker frozen"):
                member = cluster.coordinating(run.installation.app.group)
                member.pause()
                run.fleet.wait(FROZEN_S)
                member.resume()
            cluster.wait_in_sync()

        run.holds(run.under_traffic(faults))
