"""A source that is in no inventory is watched like the others, held to what it did itself and to no promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.monitoring.alerts import Record
from app.monitoring.watch import ACCEPT_AFTER, Watch, WatchSettings
from app.pipeline.shape import Shape, make_shape
from tests.harness.stream_of_shapes import payload_shape
from tests.harness.stream_of_windows import Mood, Stream

MINUTE, SOURCE = 60_000, "callback-form"
BEGIN = 1_795_392_000_000 // MINUTE
FORM = make_shape([("email", str, "email"), ("name", str, "full_name"), ("topic", str, None)])
RENAMED = make_shape([("mail_adresse", str, "email"), ("name", str, "full_name"), ("topic", str, None)])


class Watched:
    """A watch on an inventory of one source, beside which another one sends, decision by decision."""

    def __init__(self, records: list[Record] | None = None) -> None:
        self.watch = Watch(WatchSettings(), {"web-form": 1_200}, records or [], BEGIN * MINUTE)
        for shape in (FORM, RENAMED):
            self.watch.show(payload_shape(SOURCE, shape))
        self._dice = np.random.default_rng(5)
        self.at = 0
        self.told: list[tuple[int, Record]] = []

    def minutes(self, number: int, per_minute: float, shape: Shape = FORM, revision: int = 0) -> Watched:
        """So many minutes, in which both sources send."""
        for _ in range(number):
            begin = (BEGIN + self.at) * MINUTE
            for source, mean in (("web-form", 20.0), (SOURCE, per_minute)):
                times = np.sort(self._dice.integers(0, MINUTE, int(self._dice.poisson(mean)))) if mean else ()
                for at in times:
                    self.watch.observe(_decision(source, begin + int(at), shape.fingerprint, revision), begin + int(at) + 300)
            self.told += [(self.at, record) for record in self.watch.tick(begin + MINUTE)]
            self.at += 1
        return self

    @property
    def brief(self) -> list[tuple[int, str, str]]:
        return [(n, record["kind"], record["status"]) for n, record in self.told if record["source"] == SOURCE]


def _decision(source: str, at_ms: int, shape: str, revision: int) -> dict[str, Any]:
    fate = "review" if source == SOURCE else "routed"
    return {
        "source": source, "lead_id": f"ld_{at_ms}", "fate": fate, "received_at": at_ms, "shape": shape, "mapping_version": 0,
        "mapping_revision": revision,
    }  # fmt: skip


def test_a_schema_change_rings_and_a_confirmation_settles_it() -> None:
    """Its usual shape is learned from its own first windows; the alert names both paths, and ends when somebody has said so."""
    watched = Watched().minutes(15, 20).minutes(3, 20, RENAMED)
    ((at, kind, status),) = watched.brief
    assert (kind, status) == ("schema_change", "firing")
    assert at in (15, 16)
    record = watched.told[-1][1]
    assert record["summary"].startswith(f"{SOURCE}: schema change: email is now mail_adresse (email)")
    assert "email text 1.00" in record["shape_before"].splitlines()
    watched.minutes(3, 20, RENAMED, revision=1)
    assert watched.brief[1:] == [(18, "schema_change", "resolved")]


@pytest.mark.parametrize("per_minute", [0.05, 0.5, 3.0, 40.0])
def test_what_it_usually_sends_rings_nothing(per_minute: float) -> None:
    """Whatever its rate: two hours without an alert, its very first record and the empty windows of a slow source included."""
    assert Watched().minutes(30, 0).minutes(120, per_minute).brief == []


def test_it_is_missed_once_its_level_is_known() -> None:
    """Silence rings within two windows, as of a declared source, and resolves when it sends again."""
    watched = Watched().minutes(30, 40).minutes(5, 0).minutes(3, 40)
    assert [(kind, status) for _, kind, status in watched.brief] == [("silence", "firing"), ("silence", "resolved")]
    assert watched.brief[0][0] in (30, 31)
    assert watched.brief[1][0] == 35


def test_a_few_records_are_no_promise() -> None:
    """Whoever tries a topic out and stops within some windows is not missed."""
    assert Watched().minutes(6, 40).minutes(60, 0).brief == []


def test_one_that_is_gone_is_not_missed_for_ever() -> None:
    """After ACCEPT_AFTER windows its silence is taken as usual; a declared source's is not."""
    watched = Watched().minutes(30, 40).minutes(ACCEPT_AFTER + 20, 0)
    (_, kind, first), *_, (at, _, last) = watched.brief
    assert (kind, first, last) == ("silence", "firing", "resolved")
    assert ACCEPT_AFTER + 29 <= at <= ACCEPT_AFTER + 32
    assert "taken as usual" in watched.told[-1][1]["summary"]
    watch = Watch(WatchSettings(), {SOURCE: 2_400})
    for n in range(30 + 2 * ACCEPT_AFTER):
        watch.judge(Stream(n, 40 if n < 30 else 0, 60, bursts=0, depth=0).window(n, source=SOURCE))
    assert [record["kind"] for record in watch.firing] == ["silence"]


def test_a_restart_does_not_forget_that_it_is_missed() -> None:
    """A successor that never saw it send still resolves what rang for it, in time or when it comes back."""
    (rung,) = [record for _, record in Watched().minutes(30, 40).minutes(3, 0).told if record["source"] == SOURCE]
    back = Watched([rung])
    back.at = 40
    assert [status for _, _, status in back.minutes(5, 0).minutes(1, 40).brief] == ["resolved"]
    gone = Watched([rung])
    gone.at = 40
    assert [status for _, _, status in gone.minutes(ACCEPT_AFTER, 0).brief] == ["resolved"]


@pytest.mark.parametrize(
    ("usual", "rate", "expected"),
    [(300, 0.1, set()), (1_600, 0.1, {"volume_drop"}), (300, 20.0, set()), (1_600, 20.0, {"volume_spike"})],
)
def test_its_volume_is_held_to_its_own_level(usual: int, rate: float, expected: set[str]) -> None:
    """A tenth of the usual and twenty times as much ring once a whole day is known: before, it may be how its evenings are."""
    watch, stream = Watch(WatchSettings(), {}), Stream(3, 40, 60, bursts=0, depth=0)
    calm = [record for n in range(usual) for record in watch.judge(stream.window(n, source=SOURCE))]
    assert calm == []
    moods = [stream.window(n, Mood(rate=rate), SOURCE) for n in range(usual, usual + 5)]
    assert {record["kind"] for one in moods for record in watch.judge(one)} == expected
