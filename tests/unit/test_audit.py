"""The data-quality audit: what it counts, and that it shows nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from rich.console import Console

from app.audit.drift import MAX_SLICES, PathShares
from app.audit.examples import SHOWN, Worst
from app.audit.findings import Audit, SourceFindings
from app.audit.mask import masked
from app.audit.quality import Quality
from app.commands.audit import moment
from app.edges.kafka.names import Topics
from app.inventory.load import load
from app.ops.audit_page import page
from app.ops.audit_table import detail, overview
from app.ops.inventory_table import listing, table
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position
from app.settings import AppSettings

INVENTORY = load(AppSettings().config_dir)
NAMES = Topics()
AT = 1_795_392_000_000
ADDRESS = "zebedee.canary@example.org"


def audited(*payloads: dict[str, Any], source: str = "shopify-customer", step_ms: int = 1_000) -> SourceFindings:
    """The findings on records of one source, a step apart."""
    normaliser = Normaliser(INVENTORY, {NAMES.inbound(source): source}, codec=None)  # type: ignore[arg-type]  # no record is Avro
    quality = Quality(INVENTORY.sources[source], declared=True)
    for n, payload in enumerate(payloads):
        position = Position(NAMES.inbound(source), 0, n)
        event = InboundEvent(position, None, orjson.dumps(payload) if payload else b"{", (), AT + n * step_ms)
        quality.take(normaliser.normalise(event), event.timestamp_ms)
    return quality.findings()


def customer(n: int, **more: Any) -> dict[str, Any]:
    """A Shopify customer, as of ten seconds before its arrival."""
    made = datetime.fromtimestamp(AT / 1000 + n - 10, UTC).isoformat()
    return {"id": n, "email": f"person{n}@example.com", "created_at": made, "first_name": "Ada", "last_name": "Berg"} | more


class TestDimensions:
    def test_clean_leads_score_full(self) -> None:
        """Complete, valid, distinct, timely leads without contradictions are perfect in every dimension."""
        found = audited(*[customer(n) for n in range(20)])
        assert (found.records, found.leads) == (20, 20)
        assert (found.completeness, found.validity, found.uniqueness, found.timeliness, found.consistency) == (1, 1, 1, 1, 1)
        assert found.quality == 1

    def test_a_bad_value_costs_validity(self) -> None:
        """What was offered and refused counts against validity, and names its field."""
        found = audited(*[customer(n, email="nobody at all") for n in range(4)])
        (email,) = [one for one in found.fields if one.field == "email"]
        assert (email.filled, email.valid) == (0, 0)
        assert found.violations["email:invalid"] == 4
        assert found.validity < 1
        assert found.completeness < 1

    def test_the_same_person_again_costs_uniqueness(self) -> None:
        """Three records of one address are one person and two repetitions."""
        found = audited(*[customer(n, email="same@example.com") for n in range(3)], customer(4))
        assert found.uniqueness == 0.5
        assert found.repeated == {"e-mail": 2}

    def test_late_and_early_records_cost_timeliness(self) -> None:
        """A lead that comes hours after its event is late; one that comes before it has a wrong clock."""
        late = customer(1, created_at=datetime.fromtimestamp(AT / 1000 - 7200, UTC).isoformat())
        early = customer(2, created_at=datetime.fromtimestamp(AT / 1000 + 7200, UTC).isoformat())
        found = audited(customer(0), late, early, customer(3))
        assert found.timeliness is not None
        assert found.timeliness < 1

    def test_contradictions_are_told_by_check(self) -> None:
        """A German postcode at a Dutch address passes each field's own test and not the two together."""
        address = {"country_code": "NL", "zip": "10115", "city": "Berlin"}
        found = audited(customer(0, default_address=address))
        assert found.contradictions["postcode and country"] == (1, 1)
        assert found.consistency == 0

    def test_dead_letters_cost_quality(self) -> None:
        """A record that became no lead is counted by its reason, and lowers the whole."""
        found = audited(customer(0), {})
        assert found.dead_letters == {"intake:invalid_json": 1}
        assert found.quality == 0.5


class TestDrift:
    def test_a_renamed_path_is_told_twice(self) -> None:
        """One path goes, another comes: both are drift, with their shares before and after."""
        payloads = [customer(n, **{"shoe_size" if n < 100 else "size_of_shoe": "42"}) for n in range(200)]
        drift = {one.path: (one.before, one.after) for one in audited(*payloads).drift}
        assert drift == {"shoe_size": (1, 0), "size_of_shoe": (0, 1)}

    def test_chance_is_no_drift(self) -> None:
        """A field that every second record has, all the time, does not drift."""
        assert audited(*[customer(n, **({"colour": "red"} if n % 2 else {})) for n in range(200)]).drift == ()

    def test_slices_widen_with_the_range(self) -> None:
        """However long the range, there are few slices, and no record is lost from them."""
        shares = PathShares()
        for n in range(1_000):
            shares.take(AT + n * 3_600_000 * (n % 7), ["a"])
        assert len(shares.per_slice) <= MAX_SLICES
        assert sum(shares.per_slice) == 1_000


class TestExamples:
    def test_the_worst_are_kept(self) -> None:
        """A few leads with the most problems, the worst first; leads without any are no examples."""
        worst = Worst()
        for n in range(50):
            worst.take(Lead(f"ld_{n}", "s", "e", AT, AT), ("a:b",) * (n % 10))
        assert [len(one.problems) for one in worst.examples()] == [9] * SHOWN
        assert [one.lead_id for one in worst.examples()] == ["ld_9", "ld_19", "ld_29", "ld_39", "ld_49"]

    @pytest.mark.parametrize("value", [ADDRESS, "+49 171 2345678", "Zebedee Canary", "王小明"])
    def test_masked_values_keep_their_form_only(self, value: str) -> None:
        """No letter and no digit of theirs stays."""
        assert not {*filter(str.isalnum, masked(value))} - {*"Xx9"}
        assert len(masked(value)) == len(value)


def test_a_report_shows_nobody() -> None:
    """Neither table, page nor JSON holds what a person wrote, wherever it was written."""
    payloads = [customer(n, email=f"x {ADDRESS}", first_name="<script>alert(1)</script>", note=ADDRESS) for n in range(3)]
    found = Audit(AT, None, (audited(*payloads),))
    console = Console(width=200, record=True, file=StringIO())
    console.print(overview(found), detail(found.sources[0]))
    html = page(found, datetime.fromtimestamp(AT / 1000, UTC))
    for text in (console.export_text(), html, orjson.dumps(found.as_dict()).decode()):
        assert "shopify-customer" in text
        assert "canary" not in text.lower()
    assert "<svg" in html
    assert "<script" not in html


def test_inventory_lists_sources_and_sinks() -> None:
    """Every source and team with its topic, format and rate; the sink that takes what no rule takes says so."""
    found = listing(INVENTORY, NAMES)
    assert [one["source"] for one in found["sources"]] == list(INVENTORY.sources)
    assert all(one["expected_per_hour"] > 0 and one["topic"].startswith("leads.inbound.") for one in found["sources"])
    (catch_all,) = [one for one in found["sinks"] if "catch-all" in one["rules"]]
    assert catch_all["team"] == INVENTORY.routing.catch_all
    assert table(found)


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [("24h", datetime(2026, 11, 22, 12, tzinfo=UTC)), ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC))],
)
def test_times_of_the_range(text: str, at: datetime) -> None:
    """A range begins at a moment, or so long ago."""
    assert moment(text, NOW, "--since") == at.timestamp() * 1000


def test_a_time_that_is_none_is_told() -> None:
    """The remedy is in the message."""
    with pytest.raises(typer.BadParameter, match="24h"):
        moment("yesterday", NOW, "--since")


def test_the_example_file_is_where_the_page_looks() -> None:
    """The template is part of the package."""
    assert (Path(__file__).parents[2] / "app" / "ops" / "pages" / "audit.html").exists()
