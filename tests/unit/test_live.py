"""What a run shows: the counts, the whole picture at every width, the line, and the reconciliation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from rich.console import Console, RenderableType

from app.edges.kafka.audit import Ledger
from app.ops.live import RATE_WINDOW_S, Live
from app.ops.screen import line, picture
from app.reconciliation import reconciliation

SOURCES = (
    "google-ads", "hubspot-form", "linkedin-lead-gen", "meta-lead-ads", "partner-avro", "partner-csv", "segment-identify",
    "shopify-checkout", "shopify-customer", "typeform", "web-form", "woocommerce",
)  # fmt: skip
TEAMS = ("enterprise-sales", "inside-sales", "dach-sales", "nurture", "partner-desk", "sales-desk")
LEAD = "ld_571d8329367214314179"


def decision(source: str = "web-form", fate: str = "routed", **more: Any) -> dict[str, Any]:
    """What Live reads of a decision record."""
    plain = {"source": source, "fate": fate, "received_at": 1_000, "lead_id": LEAD, "team": None, "band": None, "reason": None}
    if fate == "routed":
        plain |= {"team": "nurture", "band": "cold"}
    return plain | more


def alert(source: str, status: str = "firing", updated_at: int = 1) -> dict[str, Any]:
    summary = f"{source}: silence: no leads for 580 s, where about 9677 were to be expected in such a window"
    return {"fingerprint": source, "status": status, "updated_at": updated_at, "summary": summary}


def busy() -> Live:
    """A run that has seen millions of records of all sources, and alerts."""
    live = Live(SOURCES)
    for source in SOURCES:
        live.decision(decision(source), 1_250, 100.0)
        live.records[source, "routed"] += 900_000
        live.records[source, "dead_letter"] += 9_000
        live.alert(alert(source))
    live.teams.update(dict.fromkeys(TEAMS, 1_800_000))
    live.bands.update({"hot": 1_000_000, "warm": 2_000_000, "cold": 6_999_988})
    live.reasons.update({"number_out_of_range": 400_000, "not_an_object": 300_000, "invalid_json": 200_000, "null_value": 1})
    return live


def drawn(what: RenderableType, width: int) -> list[str]:
    """The lines that a terminal of this width shows."""
    console = Console(width=width, height=24, force_terminal=True, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get().splitlines()


def screen(live: Live, width: int, height: int = 24) -> list[str]:
    status = "No new leads; the workers finish what is there (Ctrl-C: do not wait for them)"
    shown = picture(live, 100.5, elapsed_s=95, restarts=2, status=status, width=width, height=height)
    return drawn(shown, width)


class TestCounts:
    def test_rates_forget(self) -> None:
        """A rate covers the last seconds, and what is older no longer counts."""
        live = Live()
        for second in range(10):
            live.decision(decision(), 1_000, float(second))
        assert live.rates(9.0)["web-form"] == pytest.approx(6 / RATE_WINDOW_S)
        assert sum(live.rates(100.0).values()) == 0
        assert live.total == 10

    def test_the_first_rate_is_not_diluted(self) -> None:
        """Two seconds after the first lead the rate is that of two seconds."""
        live = Live()
        for n in range(200):
            live.decision(decision(), 1_000, n / 100)
        assert live.rates(2.0)["web-form"] == pytest.approx(100)

    def test_latency_percentiles(self) -> None:
        """Seconds from arrival to decision; nothing seen is zero, a clock that goes back is no negative latency."""
        live = Live()
        assert live.latency(0.99) == 0.0
        for ms in (900, *range(1_000, 1_990, 10), 5_000):
            live.decision(decision(), ms, 0.0)
        assert live.latency(0.5) == pytest.approx(0.5, abs=0.02)
        assert live.latency(1.0) == 4.0
        assert live.latency(0.0) == 0.0

    def test_an_alert_fires_once(self) -> None:
        """Updates of a firing alert are not counted again; one that resolves no longer fires; firing anew counts anew."""
        live = Live()
        for status in ("firing", "firing", "resolved"):
            live.alert(alert("typeform", status))
        assert (live.alerts_fired, live.firing) == (1, [])
        live.alert(alert("typeform"))
        assert (live.alerts_fired, len(live.firing)) == (2, 1)

    def test_fates_teams_bands_and_reasons(self) -> None:
        """Each decision counts under its fate; teams, bands and reasons only where it has them."""
        live = Live()
        live.decision(decision(), 1_000, 0.0)
        live.decision(decision(fate="dead_letter", reason="invalid_json"), 1_000, 0.0)
        live.decision(decision(source=None, fate="duplicate"), 1_000, 0.0)  # type: ignore[arg-type]
        assert live.of_source("web-form") == [1, 0, 0, 1]
        assert live.sources == ["?", "web-form"]
        assert (live.teams, live.bands, live.reasons) == ({"nurture": 1}, {"cold": 1}, {"invalid_json": 1})
        assert live.last_lead == LEAD

    def test_revisions_are_no_records(self) -> None:
        """What is said anew of a lead counts as a revision; its fate, team and band were counted when it came."""
        live = Live()
        live.decision(decision(dedupe="new"), 1_000, 0.0)
        live.decision(decision(fate="duplicate", dedupe="merged"), 1_000, 0.0)
        live.decision(decision(revision=2, dedupe="new"), 1_000, 0.0)
        assert (live.total, live.revised, live.who, live.teams) == (2, 1, {"new": 1, "merged": 1}, {"nurture": 1})


class TestPicture:
    @pytest.mark.parametrize("width", [80, 100, 120, 200])
    @pytest.mark.parametrize("live", [Live(SOURCES), busy()], ids=["nothing yet", "busy"])
    def test_it_fits(self, live: Live, width: int) -> None:
        """At 80 columns and more, and 24 lines, nothing is wrapped, cut or pushed off the terminal."""
        lines = screen(live, width)
        assert len(lines) <= 23
        assert all(len(text) <= width for text in lines)
        for source in SOURCES:
            assert sum(text.startswith(f"{source} ") for text in lines) == 1

    @pytest.mark.parametrize("width", [80, 120])
    def test_what_it_shows(self, width: int) -> None:
        """Total, rate, latency, bands, models, restarts, teams, dead letters, alerts, the newest lead, and what Ctrl-C does."""
        text = "\n".join(screen(busy(), width))
        for part in (
            "01:35", "10,908,012 leads", "/s", "p50 0.25 s", "hot 1,000,000 10%", "restarts 2", "google-ads ", "909,001",
            "enterprise-sales", "1,800,000", "number_out_of_range 400,000", "12 firing, 12 fired so far", f"explain {LEAD}",
            "Ctrl-C: do not wait",
        ):  # fmt: skip
            assert part in text
        assert "10,800,012" in next(text for text in screen(busy(), width) if text.startswith("all "))

    def test_names_and_their_numbers_stay_together(self) -> None:
        """A line of teams breaks between two teams, never between a team and its number."""
        lines = [text.rstrip() for text in screen(busy(), 80)]
        start = next(n for n, text in enumerate(lines) if text.startswith("teams"))
        assert sum(text.count(" 1,800,0") for text in lines[start : start + 3]) == len(TEAMS)
        assert not any(text.endswith(TEAMS) for text in lines)

    def test_the_newest_alerts_as_far_as_there_is_room(self) -> None:
        """A higher terminal shows more of the firing alerts, the newest first."""
        live = busy()
        live.alert(alert("newest", updated_at=9))
        low, high = screen(live, 80, 24), screen(live, 80, 40)
        assert sum("silence" in text for text in low) < sum("silence" in text for text in high)
        assert next(text for text in high if "silence" in text).strip().startswith("newest")

    @pytest.mark.parametrize(("width", "height"), [(80, 25), (80, 40), (120, 24)])
    def test_who_leads_are_where_there_is_room(self, width: int, height: int) -> None:
        """Sent again, merged, linked, asked, unknown, and how many decisions were revised: on one line, the most first."""
        live = busy()
        live.who.update(
            {"new": 9_000_000, "same_event": 400_000, "merged": 350_000, "linked": 120_000, "asked": 9_999, "unknown": 7}
        )
        live.revised = 12_345
        (text,) = [text for text in screen(live, width, height) if "merged" in text]
        assert "who     sent again 400,000   merged 350,000   linked 120,000   revised 12,345" in text
        assert ("asked 9,999   unknown 7" in text) is (width > 100)
        assert len(text) <= width


class TestLine:
    def test_what_it_tells(self) -> None:
        """Without a terminal one line tells total, rate, latency, fates, alerts; restarts only where there were any."""
        text = " ".join(line(busy(), 100.5, 0).split())
        assert text.startswith(
            "10,908,012 leads 12/s p50 0.25 s p99 0.25 s routed 10,800,012 review 0 duplicate 0 dead letter 108,000"
        )
        assert text.endswith("alerts 12")
        assert line(Live(), 0.0, 3).endswith("restarts 3")


def ledger(**wrong: Any) -> Ledger:
    """Millions of records of each source, all routed."""
    per_source = dict.fromkeys(SOURCES, 1_234_567)
    return Ledger(Counter(per_source), Counter({(source, "routed"): n for source, n in per_source.items()}), **wrong)


class TestReconciliation:
    def test_it_fits_80_columns(self) -> None:
        """Source names are whole, and no line is longer than the terminal."""
        lines = drawn(reconciliation(ledger()), 80)
        assert all(len(text) <= 80 for text in lines)
        assert all(any(text.strip().startswith(f"{source} ") for text in lines) for source in SOURCES)

    def test_it_holds(self) -> None:
        """Totals of records in and of fates, and the verdict in plain words."""
        text = " ".join(" ".join(drawn(reconciliation(ledger()), 80)).split())
        assert "all 14,814,804 14,814,804 0 0 0 14,814,804" in text
        assert "The reconciliation holds" in text

    @pytest.mark.parametrize("kind", ["lost", "doubled", "foreign", "orphans", "undecided"])
    def test_each_wrong_is_told_with_examples(self, kind: str) -> None:
        """What is wrong is counted and named, the first few by their identity."""
        text = " ".join(" ".join(drawn(reconciliation(ledger(**{kind: [f"t-0-{n}" for n in range(7)]})), 80)).split())
        assert f"7 {kind}" in text
        assert "t-0-4, …" in text
        assert "t-0-5" not in text
        assert "DOES NOT HOLD" in text

    def test_what_was_revised_is_told_beside(self) -> None:
        """Fates are the first ones; where leads stand now is a line of its own, and moves are counted."""
        moved = Counter(
            {("web-form", "review", "routed"): 3, ("typeform", "review", "routed"): 1, ("web-form", "routed", "duplicate"): 5}
        )
        told = ledger(revisions=20, moved=moved, unknown=2)
        text = " ".join(" ".join(drawn(reconciliation(told), 80)).split())
        assert "now 14,814,803 -4 5 0 14,814,804" in text
        assert "20 revisions, which are no fates of their own: routed → duplicate 5; review → routed 4" in text
        assert "2 leads were decided while the match index could not tell" in text
        assert "The reconciliation holds" in text

    def test_what_people_rejected_is_told_beside(self) -> None:
        """No first fate, but a place where leads stand: the sum of the line stays the number of records."""
        told = ledger(revisions=3, moved=Counter({("web-form", "review", "rejected"): 3}))
        text = " ".join(" ".join(drawn(reconciliation(told), 80)).split())
        assert "now 14,814,804 -3 0 0 14,814,804" in text
        assert "review → rejected 3 3 of them stand with what people rejected" in text

    def test_what_is_left_is_not_lost(self) -> None:
        """Records that nobody has accounted for yet are told apart from lost ones, and it does not hold yet."""
        text = " ".join(" ".join(drawn(reconciliation(ledger(behind=12)), 80)).split())
        assert "12 not accounted for yet" in text
        assert "does not hold yet" in text
        assert "DOES NOT HOLD" not in text
