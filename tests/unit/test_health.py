"""Health, readiness and metrics, as a probe and as Prometheus see them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.errors import Stage
from app.ops import metrics
from app.ops.counting import count_fates
from app.ops.health import Health, HealthServer
from app.pipeline.fate import DeadLetter, Duplicate
from app.pipeline.identified import Identified, Match
from app.pipeline.lead import Lead
from app.pipeline.source import InboundEvent, Position


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def health(clock: _Clock) -> Health:
    return Health(clock)


@pytest.fixture
def server(health: Health) -> Iterator[HealthServer]:
    with HealthServer(health, metrics.REGISTRY) as running:
        yield running


def _get(server: HealthServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_not_ready_before_anything_was_checked(server: HealthServer) -> None:
    """No news is not good news: a process that has checked nothing is not ready."""
    assert _get(server, "/readyz")[0] == 503


def test_readiness_names_what_failed_and_what_to_do(server: HealthServer, health: Health) -> None:
    """A failed check makes the process unready, and says why and what to do; a good one needs no words."""
    health.set("kafka", ok=True, why="ignored")
    assert _get(server, "/readyz")[0] == 200
    health.set("redis", ok=False, why="Redis does not answer", todo="look at it")
    status, body = _get(server, "/readyz")
    assert status == 503
    assert json.loads(body)["checks"] == [
        {"name": "kafka", "status": "ok", "why": "", "todo": ""},
        {"name": "redis", "status": "failed", "why": "Redis does not answer", "todo": "look at it"},
    ]


def test_degraded_is_ready(server: HealthServer, health: Health) -> None:
    """What works with less as designed goes on getting traffic, and can be seen."""
    health.set("model", ok=False, degraded=True, why="no model yet: rules score")
    status, body = _get(server, "/readyz")
    assert (status, json.loads(body)["checks"][0]["status"]) == (200, "degraded")


def test_alive_is_making_progress(server: HealthServer, health: Health, clock: _Clock) -> None:
    """A missed beat makes the process unhealthy, a new one mends it."""
    assert _get(server, "/healthz")[0] == 200
    health.beat("lanes", within_s=10)
    clock.now = 9
    assert _get(server, "/healthz")[0] == 200
    clock.now = 11
    status, body = _get(server, "/healthz")
    assert status == 503
    assert "lanes" in body
    health.beat("lanes", within_s=10)
    assert _get(server, "/healthz")[0] == 200


def test_metrics_are_what_the_catalogue_says(server: HealthServer) -> None:
    """Every metric that is served is in the catalogue and the other way round; each has a meaning and something to do."""
    _, text = _get(server, "/metrics")
    counters = {name.removesuffix("_total") for name in metrics.CATALOGUE}
    served = {family.name for family in text_string_to_metric_families(text) if not family.name.endswith("_created")}
    assert served == counters
    assert all(entry.meaning and entry.todo and entry.name.startswith("leadstream_") for entry in metrics.CATALOGUE.values())


def test_fates_are_counted_by_source() -> None:
    """A committed batch moves the counter of its source and fate, and the lane's progress."""
    stage: Stage = "intake"
    event = InboundEvent(Position("leads.inbound.test-source", 4, 9), None, b"", (), 1_000)
    before = metrics.REGISTRY.get_sample_value("leadstream_records_total", {"source": "test-source", "fate": "dead_letter"}) or 0
    count_fates([DeadLetter(event, "test-source", stage, "empty_value", "", False)] * 3)
    after = metrics.REGISTRY.get_sample_value("leadstream_records_total", {"source": "test-source", "fate": "dead_letter"})
    assert after == before + 3
    lane = {"source": "test-source", "partition": "4"}
    assert metrics.REGISTRY.get_sample_value("leadstream_lane_progress_timestamp_seconds", lane)
    metrics.forget_lanes()
    assert metrics.REGISTRY.get_sample_value("leadstream_lane_progress_timestamp_seconds", lane) is None


def test_who_leads_are_is_counted() -> None:
    """Each lead by its outcome, what it was compared with, how likely the match was, and what held a merge back."""

    def value(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(f"leadstream_{name}", labels) or 0.0

    def counted() -> list[float]:
        asked, told = {"source": "test-who", "outcome": "asked"}, {"source": "test-who", "outcome": "unknown"}
        names = ("match_compared_count", "match_compared_sum", "match_probability_count")
        guards = (value("match_guards_total", guard=guard) for guard in ("chained", "blocked"))
        return [value("dedupe_total", **asked), value("dedupe_total", **told), *map(value, names), *guards]

    event = InboundEvent(Position("leads.inbound.test-who", 0, 1), None, b"", (), 1_000)
    lead = Lead(event.position.lead_id, "test-who", "e", 1_000, 1_000)
    match = Match("ld_1", "ld_1", "ld_1", 0.6, 0.58, "stranger", blocked=False, chained=True, evidence=())
    before = counted()
    count_fates(
        [
            Duplicate(event, lead, Identified("asked", "e", None, match=match, duplicate_of="ld_1", compared=3)),
            Duplicate(event, lead, Identified("unknown", "e", None, duplicate_of="ld_1")),
        ]
    )
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 1, 3, 1, 1, 0]


def test_other_paths_are_not_found(server: HealthServer) -> None:
    """Nothing else is served."""
    assert _get(server, "/")[0] == 404


def test_metrics_may_want_a_token_and_probes_never_do() -> None:
    """Where LEADSTREAM_METRICS_TOKEN is set, nobody reads metrics without it; /healthz and /readyz answer whoever asks."""
    health = Health()
    health.set("kafka", ok=True)
    with HealthServer(health, metrics.REGISTRY, token="long and random") as guarded:
        url = f"http://127.0.0.1:{guarded.port}"
        for shown in (None, "Bearer", "Bearer wrong", "Basic bG9uZw==", "Bearer long and randomé"):
            asked = urllib.request.Request(f"{url}/metrics", headers={} if shown is None else {"Authorization": shown})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(asked)
            assert refused.value.code == 401
        asked = urllib.request.Request(f"{url}/metrics", headers={"Authorization": "Bearer long and random"})
        assert urllib.request.urlopen(asked).status == 200
        assert [_get(guarded, path)[0] for path in ("/healthz", "/readyz")] == [200, 200]
