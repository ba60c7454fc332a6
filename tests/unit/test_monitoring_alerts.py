"""The life of an alert, and what keeps one incident from ringing many bells."""

from __future__ import annotations

from typing import Any

import pytest

from app.monitoring.alerts import UPDATE_EVERY, Alerts, fingerprint
from app.monitoring.verdicts import State, Verdict
from app.monitoring.watch import ACCEPT_AFTER, Watch, WatchSettings
from app.monitoring.windows import EVERYTHING, Window

MINUTE = 60_000


def _window(number: int, source: str = "shop", records: int = 0) -> Window:
    window = Window(source, number * MINUTE, (number + 1) * MINUTE, records=records)
    window.latency[60] = records
    window.last_at_ms = window.end_ms - 1 if records else None
    return window


def _verdict(state: State, observed: float = 0.0) -> Verdict:
    return Verdict("silence", state, observed, 40.0, "records", "no leads", samples=("ld_1",))


def test_a_fingerprint_is_stable_and_tells_fields_apart() -> None:
    """16 hex digits of kind, source and field, the same in every process."""
    assert fingerprint("silence", "shop", None) == fingerprint("silence", "shop", None) == "951f85bcabc8b036"
    assert fingerprint("missing_field", "shop", "email") != fingerprint("missing_field", "shop", "phone")


def test_an_alert_fires_once_and_resolves_once() -> None:
    """One record when it starts, one when it ends, with the times of the windows that made it so."""
    alerts, records = Alerts(), []
    for number, state in enumerate(["calm", "breach", "breach", "unclear", "calm", "calm"]):
        records.append(alerts.apply(_window(number), _verdict(state)))  # type: ignore[arg-type]
    fired, resolved = [record for record in records if record]
    assert (fired["status"], fired["started_at"], fired["updated_at"], fired["ended_at"]) == ("firing", MINUTE, 2 * MINUTE, None)
    assert (resolved["status"], resolved["started_at"], resolved["ended_at"]) == ("resolved", MINUTE, 5 * MINUTE)
    assert fired["fingerprint"] == resolved["fingerprint"]


def test_a_firing_alert_is_updated_sparingly() -> None:
    """Again only when the value changed by half, or every tenth window."""
    alerts = Alerts()
    seen = [alerts.apply(_window(n), _verdict("breach", 10.0)) for n in range(2 * UPDATE_EVERY + 1)]
    assert [n for n, record in enumerate(seen) if record] == [0, UPDATE_EVERY, 2 * UPDATE_EVERY]
    assert alerts.apply(_window(2 * UPDATE_EVERY + 1), _verdict("breach", 16.0))


def test_the_topic_is_the_state() -> None:
    """Whoever starts with the topic's content goes on with what fires there, and judges no window twice."""
    first = Alerts().apply(_window(3), _verdict("breach"))
    assert first
    later = Alerts([first])
    assert later.apply(_window(3), _verdict("calm")) is None
    resolved = later.apply(_window(4), _verdict("calm"))
    assert resolved
    assert resolved["status"] == "resolved"


def _calm(watch: Watch, sources: tuple[str, ...], windows: int) -> None:
    for number in range(windows):
        everything = _window(number, EVERYTHING, 100 * len(sources))
        everything.sources = set(sources)
        for window in (everything, *(_window(number, source, 100) for source in sources)):
            assert watch.judge(window) == []


def test_all_sources_silent_is_one_alert() -> None:
    """When everything stops, the alert is for `*`, and the sources' own are held back; one that stays silent rings."""
    watch = Watch(WatchSettings(), {"a": 6000, "b": 6000})
    _calm(watch, ("a", "b"), 20)
    records = [record for source in (EVERYTHING, "a", "b") for record in watch.judge(_window(20, source))]
    assert [(record["kind"], record["source"]) for record in records] == [("silence", EVERYTHING)]
    back = _window(21, EVERYTHING, 100)
    after = [record for window in (back, _window(21, "a", 100), _window(21, "b")) for record in watch.judge(window)]
    assert [(record["source"], record["status"]) for record in after] == [(EVERYTHING, "resolved"), ("b", "firing")]


def test_a_silent_source_raises_silence_only() -> None:
    """Silence is not a drop as well, nor are a silent source's shares in question."""
    watch = Watch(WatchSettings(), {"a": 6000})
    _calm(watch, ("a",), 70)
    kinds = {record["kind"] for number in range(70, 90) for record in watch.judge(_window(number, "a"))}
    assert kinds == {"silence"}


def test_a_silence_that_begins_inside_a_window_is_not_a_drop() -> None:
    """A window that ends empty is left to the next to judge."""
    watch = Watch(WatchSettings(), {"a": 6000})
    _calm(watch, ("a",), 70)
    cut_off = _window(70, "a", 2)
    cut_off.last_at_ms = cut_off.start_ms + 1_500
    assert watch.judge(cut_off) == []
    assert [record["kind"] for record in watch.judge(_window(71, "a"))] == ["silence"]


def test_a_source_never_seen_is_held_to_its_inventory() -> None:
    """Before anything is learned, only silence can ring, after five windows, where the inventory leads one to expect leads."""
    watch = Watch(WatchSettings(), {"busy": 36_000, "rare": 3})
    records = [record for n in range(9) for source in ("busy", "rare") for record in watch.judge(_window(n, source))]
    assert [(record["kind"], record["source"], record["started_at"]) for record in records] == [("silence", "busy", 4 * MINUTE)]


def _decision(source: str, at_ms: int) -> dict[str, Any]:
    return {"source": source, "lead_id": "ld_1", "fate": "routed", "received_at": at_ms}


def test_nothing_is_silent_before_the_first_decision() -> None:
    """A monitor that starts on an empty topic waits for the stream to begin, however long; then it misses who does not join."""
    watch = Watch(WatchSettings(), {"busy": 36_000, "late": 36_000, "absent": 36_000}, start_ms=None)
    assert [record for n in range(1, 100) for record in watch.tick(n * MINUTE)] == []
    records = []
    for n in range(100, 115):
        for source, begins in (("busy", 100), ("late", 104)):
            if n >= begins:
                watch.observe(_decision(source, n * MINUTE + 5_000), n * MINUTE + 5_000)
        records += watch.tick((n + 1) * MINUTE)
    assert [(r["kind"], r["source"], r["updated_at"]) for r in records] == [("silence", "absent", 106 * MINUTE)]


def test_without_a_known_rate_a_source_never_seen_is_not_missed() -> None:
    """Where the traffic's pace is unknown, the inventory's rates promise nothing."""
    watch = Watch(WatchSettings(rate_factor=None), {"busy": 36_000})
    assert [record for n in range(50) for record in watch.judge(_window(n, "busy"))] == []


def test_a_backlog_worked_off_is_not_a_spike() -> None:
    """Many records that waited long are late, not many."""
    watch = Watch(WatchSettings(), {"a": 6000})
    _calm(watch, ("a",), 70)
    backlog = _window(70, "a", 5000)
    backlog.latency.clear()
    backlog.latency[110] = 5000  # e^11 ms: a minute
    assert [record["kind"] for record in watch.judge(backlog)] == ["latency"]


def test_a_level_that_has_come_to_stay_becomes_usual() -> None:
    """A spike that goes on for ACCEPT_AFTER windows is resolved as the new level, and calm from then on."""
    watch = Watch(WatchSettings(), {"a": 600})
    _calm(watch, ("a",), 40)
    records: list[dict[str, Any]] = [r for n in range(40, 40 + 2 * ACCEPT_AFTER) for r in watch.judge(_window(n, "a", 1500))]
    assert [r["status"] for r in records].count("resolved") == 1
    assert "taken as usual" in records[-1]["summary"]


@pytest.mark.parametrize(("per_hour", "span"), [(6000, 1), (2400, 1), (1200, 2), (85, 29), (0.01, 1440)])
def test_a_slow_source_gets_windows_long_enough_to_say_something(per_hour: float, span: int) -> None:
    """At least forty records are expected per window, within a day."""
    assert WatchSettings(window_s=60).span(per_hour) == span


def test_records_fit_the_schema() -> None:
    """What is published has exactly the fields of schemas/alert, times as integers."""
    import json
    from pathlib import Path

    schema = json.loads(Path("schemas/alert/v2.avsc").read_text())
    record = Alerts(runbook="https://example.org/runbooks").apply(_window(1), _verdict("breach"))
    assert record
    assert list(record) == [field["name"] for field in schema["fields"]]
    assert record["runbook_url"] == "https://example.org/runbooks#silence"
