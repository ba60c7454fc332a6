"""The reviser is killed among verdicts: what people said is carried out once, whatever it was doing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from app.edges.kafka.reading import read_to_end
from app.edges.kafka.verdict_writer import VerdictWriter
from app.pipeline.revision.verdict import Verdict
from tests.faults.conftest import Break
from tests.harness.broken import Broken
from tests.harness.knobs import PATIENCE, times

pytestmark = pytest.mark.faults

REVIEWER = "reviewer-1"
EACH = 40  # verdicts before a kill


def test_killed_among_verdicts(broken: Break) -> None:
    """Verdicts under way while the reviser and the workers are killed, each said twice: each has one revision."""
    with broken() as run:
        said: dict[str, str] = {}  # lead → verdict

        def faults() -> None:
            for n in times(6):
                assert run.fleet.wait_until(lambda: bool(held(run, said)), 60 * PATIENCE), "nothing is held"
                say(run, said)
                time.sleep(0.3 * (n % 4))
                run.chaos.kill("reviser")
                if n % 2:
                    run.chaos.kill()

        ledger = run.under_traffic(faults)
        assert run.fleet.wait_until(lambda: set(said) <= set(carried_out(run)), 120 * PATIENCE), "verdicts were passed over"
        run.holds(ledger)
        assert said
        assert {lead: n for lead, n in carried_out(run).items() if n != 1} == {}


def held(run: Broken, said: Mapping[str, str]) -> list[str]:
    """Leads in review of whom nothing was said yet."""
    review = read_to_end(run.installation.kafka.client(), [run.installation.names.review])
    return [lead for one in review if one.value() and (lead := one.key().decode()) not in said][:EACH]


def say(run: Broken, said: dict[str, str]) -> None:
    """Reject those that are held; each verdict twice, as by a client that had no answer."""
    one = run.installation
    writer = VerdictWriter(one.kafka.producer(), one.names.verdicts, one.codec.encode)
    now = int(time.time() * 1000)
    verdicts = [(Verdict(lead, "reject", REVIEWER, now, why="spam", id=f"v-{lead}"), None) for lead in held(run, said)]
    writer.say([*verdicts, *verdicts])
    writer.close()
    said |= {verdict.lead: verdict.id for verdict, _ in verdicts}


def carried_out(run: Broken) -> Counter[str]:
    """Lead → decisions that reject it on this reviewer's word."""
    one, found = run.installation, Counter[str]()
    for message in read_to_end(one.kafka.client(), [one.names.decisions]):
        decision: dict[str, Any] = one.codec.read_own(message.value(), "decision")
        found[decision["lead_id"]] += decision["revised_by"] == REVIEWER and decision["fate"] == "rejected"
    return +found
