"""Controls that must go red: with one safety taken out, the ledger finds what it is there to find. A harness that cannot fail
proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Break
from tests.harness.broken import Broken
from tests.harness.knobs import PATIENCE

pytestmark = pytest.mark.faults


def test_without_the_transaction_records_are_doubled(broken: Break, tmp_path: Path) -> None:
    """Outputs first and the position afterwards, as most pipelines do it: the ledger must go red."""
    with broken("no-transaction", "crash=before-commit", roles=()) as run:
        ledger = run.under_traffic(lambda: _until_crashed(run, tmp_path / "before-commit"))
        assert ledger.doubled


def test_acknowledged_before_it_was_sent_records_are_lost(broken: Break, tmp_path: Path) -> None:
    """The position first and the outputs afterwards, as Faust's own commit does it: the ledger must go red."""
    with broken("ack-first", "crash=acknowledged", roles=()) as run:
        ledger = run.under_traffic(lambda: _until_crashed(run, tmp_path / "acknowledged"))
        assert ledger.lost


def test_without_the_owner_leads_become_their_own_duplicates(broken: Break, tmp_path: Path) -> None:
    """A plain set of event ids: a lead put there before the crash finds itself afterwards. The ledger must go red."""
    with broken("no-owner", "crash=identified", roles=()) as run:
        ledger = run.under_traffic(lambda: _until_crashed(run, tmp_path / "identified"))
        assert ledger.orphans


def _until_crashed(run: Broken, marker: Path) -> None:
    assert run.fleet.wait_until(marker.exists, 60 * PATIENCE), "the planted crash never came"
    run.fleet.wait(8.0)  # long enough for the dead worker's partitions to be taken over and its last batch to be done again
