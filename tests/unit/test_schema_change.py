"""A source that writes differently is noticed, told once, and forgotten when the difference is usual or gone."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from app.monitoring.alerts import Record
from app.monitoring.census import surprise
from app.monitoring.schema_change import ACCEPT_AFTER
from app.monitoring.watch import Watch, WatchSettings
from tests.harness.stream_of_shapes import FORM, WINDOW_MS, Form, FormStream, Part, payload_shape

CALM = 12  # windows before anything changes
RENAMED: Form = {"mail_adresse" if path == "email" else path: part for path, part in FORM.items()}


def without(*paths: str, **more: Part) -> Form:
    return {path: part for path, part in FORM.items() if path not in paths} | more


class Told:
    """A watch on one source, and what it said of schemas: (window, record)."""

    def __init__(
        self, per_window: float = 60, seed: int = 1, records: list[Record] | None = None, judge_from_ms: int = 0
    ) -> None:
        self.stream = FormStream(seed, per_window)
        settings = WatchSettings(rate_factor=None)
        self.watch = Watch(settings, {"shop": per_window * 60}, records or [], 0, judge_from_ms)
        self.records: list[tuple[int, Record]] = []
        self._shown: set[str] = set()
        self.at = 0

    def windows(self, number: int, *forms: tuple[float, Form], mapping: tuple[int, int] = (1, 0)) -> Told:
        """So many windows more of these forms."""
        for _ in range(number):
            self.judge(self.stream.window(self.at, *(forms or ((1.0, FORM),)), mapping=mapping))
        return self

    def judge(self, window: Any) -> None:
        for fingerprint in set(window.shapes) - self._shown:
            self.watch.show(payload_shape(window.source, self.stream.shapes[fingerprint]))
            self._shown.add(fingerprint)
        self.records += [(self.at, record) for record in self.watch.judge(window) if record["kind"] == "schema_change"]
        self.at += 1

    @property
    def first(self) -> Record:
        return self.records[0][1]

    @property
    def brief(self) -> list[tuple[int, str, str]]:
        return [(n, record["status"], record["severity"]) for n, record in self.records]


def test_a_renamed_field_rings_with_the_first_window_that_shows_it_and_resolves_when_it_is_back() -> None:
    """The alert names both paths and what to do, holds the shape before and after, and ends with the old shape's return."""
    told = Told().windows(CALM).windows(5, (1.0, RENAMED)).windows(4)
    assert told.brief == [(CALM, "firing", "warning"), (CALM + 5, "resolved", "warning")]
    first, last = told.first, told.records[-1][1]
    assert first["summary"] == (
        "shop: schema change: email is now mail_adresse (email); "
        "see leadstream onboard shop, then confirm with leadstream mapping"
    )
    assert "email text 1.00" in first["shape_before"].splitlines()
    assert "mail_adresse text 1.00" in first["shape_after"].splitlines()
    assert not [line for line in first["shape_after"].splitlines() if line.startswith("email ")]
    assert (first["observed"], first["expected"], first["unit"], first["field"]) == (1.0, 0.0, "share", None)
    assert first["sample_lead_ids"]
    assert last["summary"] == "shop: schema change: the usual shape is back"
    assert (last["shape_before"], last["shape_after"]) == (first["shape_before"], first["shape_after"])


def test_a_change_in_the_middle_of_a_window_rings_with_the_next() -> None:
    """The window in which it began holds both shapes: it is not learned, and the next one rings."""
    told = Told().windows(CALM).windows(1, (0.5, FORM), (0.5, RENAMED)).windows(3, (1.0, RENAMED))
    assert told.brief[-1] == (CALM + 1, "firing", "warning")
    assert "email is now mail_adresse" in told.records[-1][1]["summary"]


@pytest.mark.parametrize(
    ("form", "severity", "text"),
    [
        (without("email"), "error", "email is gone (email); no longer filled: email"),
        (without("email", mail=Part(1.0, str)), "error", "email is now mail (email); no longer filled: email"),
        (without("consent"), "warning", "consent is gone (consent); no longer filled: consent"),
        (without("consent", consent=Part(1.0, str, "consent")), "warning", "consent is now text, was boolean (consent)"),
        (without("age"), "info", "age is gone"),
        (without("age", age=Part(0.95, str)), "info", "age is now text, was number"),
        (without("phone", telephone=Part(0.6, str, "phone")), "warning", "phone is now telephone (phone)"),
        (without(size=Part(0.8)), "info", "size (text) is new"),
        (
            without("email", "name"),
            "error",
            "email is gone (email); name is gone (full_name); no longer filled: email, full_name",
        ),
    ],
)
def test_what_changed_and_how_grave_it_is(form: Form, severity: str, text: str) -> None:
    """Error where a person can no longer be reached or addressed, warning where a mapped path changed, info for attributes."""
    told = Told().windows(CALM).windows(3, (1.0, form))
    assert told.brief == [(CALM, "firing", severity)]
    assert told.first["summary"].startswith(f"shop: schema change: {text}; see ")


def test_a_required_field_that_is_gone_rings_one_bell() -> None:
    """missing_field tells it; a schema change is told beside it only if something else changed, too."""
    for form, expected in (
        (without("email"), ["missing_field"]),
        (without("email", "consent"), ["missing_field", "schema_change"]),
    ):
        told, raised = Told(), []
        for n in range(CALM + 3):
            window = told.stream.window(n, (1.0, FORM if n < CALM else form))
            window.missing["email"] = 0 if n < CALM else window.records
            for shape in told.stream.shapes.values():
                told.watch.show(payload_shape("shop", shape))
            raised += [record["kind"] for record in told.watch.judge(window)]
        assert raised == expected


def test_many_changes_make_one_alert() -> None:
    """A form that is new altogether rings once; the summary names three paths, contacts first, and counts the others."""
    other = {f"{path}_neu": part for path, part in FORM.items()}
    told = Told().windows(CALM).windows(3, (1.0, other))
    (only,) = told.brief
    assert only == (CALM, "firing", "warning")
    assert told.first["summary"].startswith("shop: schema change: email is now email_neu (email); ")
    assert "more; see" in told.first["summary"]


def test_a_new_version_rolling_out_is_told_as_info_and_grows_with_it() -> None:
    """One record in ten of a new form version is worth knowing, and nobody's alarm; all of them are."""
    told = Told(per_window=200).windows(CALM).windows(4, (0.9, FORM), (0.1, RENAMED))
    assert told.brief[0] == (CALM, "firing", "info")
    assert "a new version on" in told.first["summary"]
    told.windows(4, (1.0, RENAMED))
    assert {status for _, status, _ in told.brief} == {"firing"}
    assert told.brief[-1][2] == "warning"
    assert "email is now mail_adresse" in told.records[-1][1]["summary"]


def test_a_change_that_stays_is_taken_as_usual() -> None:
    """After ACCEPT_AFTER windows the alert resolves, says why, and the new shape is what changes are held against."""
    told = Told().windows(CALM).windows(ACCEPT_AFTER + 20, (1.0, RENAMED))
    assert told.brief[0] == (CALM, "firing", "warning")
    n, status, _ = told.brief[-1]
    assert (n, status) == (CALM + ACCEPT_AFTER - 1, "resolved")
    assert told.records[-1][1]["summary"].endswith("the new shape is taken as usual from now on")
    before = len(told.records)
    told.windows(3)
    assert "mail_adresse is now email" in told.records[before][1]["summary"]


def test_what_a_person_confirmed_settles_the_change() -> None:
    """The next window read by the confirmed mapping resolves the alert; the source's payloads stay as they are."""
    told = Told().windows(CALM).windows(4, (1.0, RENAMED)).windows(12, (1.0, RENAMED), mapping=(1, 1))
    assert [(n, status) for n, status, _ in told.brief] == [(CALM, "firing"), (CALM + 4, "resolved")]


def test_a_new_declaration_begins_anew() -> None:
    """Paths may be spelled differently by a new mapping: that is our doing and no change of the source's."""
    told = Told().windows(CALM).windows(12, (1.0, RENAMED), mapping=(2, 0))
    assert told.brief == []


def test_a_slow_source_is_judged_over_several_windows() -> None:
    """Three records a window are put together until there are enough; nothing is raised by chance, and a change is still seen."""
    told = Told(per_window=3).windows(200)
    assert told.brief == []
    told.windows(12, (1.0, RENAMED))
    assert told.brief[0][1] == "firing"


def test_a_restart_rings_nothing_twice_and_resolves_what_is_over() -> None:
    """A successor that reads the last windows and the alerts goes on where the first ended: firing, accepted or back."""
    first = Told().windows(CALM).windows(6, (1.0, RENAMED))
    (fired,) = [record for _, record in first.records]
    again = Told(records=[fired], judge_from_ms=(CALM + 4) * WINDOW_MS).windows(CALM).windows(6, (1.0, RENAMED))
    assert again.brief == []
    assert again.windows(3).brief == [(CALM + 6, "resolved", "warning")]
    late = Told(records=[fired])  # of the windows before the change none are left
    late.at = CALM + 2
    assert [status for _, status, _ in late.windows(12, (1.0, RENAMED)).brief] == ["resolved"]


def test_an_accepted_change_does_not_ring_again_after_a_restart() -> None:
    """Read again, the windows are accepted at the same point."""
    first = Told().windows(CALM).windows(ACCEPT_AFTER + 5, (1.0, RENAMED))
    last = first.records[-1][1]
    now = CALM + ACCEPT_AFTER + 5
    again = Told(records=[last], judge_from_ms=now * WINDOW_MS).windows(CALM).windows(ACCEPT_AFTER + 25, (1.0, RENAMED))
    assert again.brief == []


class TestRetyped:
    """A path whose values are of two kinds, as a free text that is a number at times."""

    MOSTLY = without("age", age=Part(0.95, int, None, str, 0.04))
    RETYPED = without("age", age=Part(0.95, str, None, int, 0.01))

    @pytest.mark.parametrize("sometimes", [0.001, 0.01, 0.05, 0.2, 0.5, 0.9])
    def test_two_kinds_by_nature_ring_nothing(self, sometimes: float) -> None:
        """Whatever the share of each, for as long as it stays."""
        assert Told(seed=3).windows(300, (1.0, without("age", age=Part(0.95, str, None, int, sometimes)))).brief == []

    def test_two_kinds_that_come_and_go_ring_nothing(self) -> None:
        """A share that wanders between none and two fifths from window to window is no change of the source's."""
        told = Told(seed=5)
        for n in range(100):
            told.windows(1, (1.0, without("age", age=Part(0.95, str, None, int, 0.4 * (n * 7 % 10) / 10))))
        assert told.brief == []

    def test_nearly_all_of_another_kind_ring(self) -> None:
        """Exceptions before and after do not hide it: the alert names the kinds that most values had and have."""
        told = Told().windows(CALM, (1.0, self.MOSTLY)).windows(3, (1.0, self.RETYPED))
        assert told.brief == [(CALM, "firing", "info")]
        assert told.first["summary"].startswith("shop: schema change: age is now text, was number; see ")

    def test_it_does_not_flap(self) -> None:
        """While some values are of the old kind it goes on; it is over when most are."""
        told = Told().windows(CALM, (1.0, self.MOSTLY)).windows(2, (1.0, self.RETYPED))
        for n in range(12):
            told.windows(1, (1.0, without("age", age=Part(0.95, str, None, int, 0.15 if n % 2 else 0.0))))
        assert {status for _, status, _ in told.brief} == {"firing"}
        told.windows(3, (1.0, without("age", age=Part(0.95, int, None, str, 0.25))))
        assert told.brief[-1] == (CALM + 14, "resolved", "info")

    @pytest.mark.parametrize(("per_window", "share"), [(12.0, 0.95), (60.0, 0.15)])
    def test_few_values_a_window_are_put_together(self, per_window: float, share: float) -> None:
        """Where a window holds too few of them, the windows since it began tell it, within five."""
        before, after = (without("age", age=Part(share, kind)) for kind in (int, str))
        told = Told(per_window=per_window).windows(30, (1.0, before)).windows(5, (1.0, after))
        assert told.brief[:1] == [(told.records[0][0], "firing", "info")]
        assert "age is now text, was number" in told.records[-1][1]["summary"]

    def test_one_in_some_of_a_kind_never_seen_is_a_beginning(self) -> None:
        """A new version of a form that a third of the records come by is told as such."""
        told = Told(per_window=200).windows(CALM).windows(3, (0.65, FORM), (0.35, without("age", age=Part(0.95, str))))
        assert told.brief == [(CALM, "firing", "info")]
        assert "a new version on 3" in told.first["summary"]
        assert "age (text) is new" in told.first["summary"]

    def test_what_fills_a_field_of_text_is_a_text(self) -> None:
        """In formats without types, an attribute that looked like a number is a text when a mapping makes it a postcode."""
        told = (
            Told()
            .windows(CALM, (1.0, without("age", zip=Part(1.0, int))))
            .windows(5, (1.0, without("age", zip=Part(1.0, str, "postcode"))), mapping=(1, 1))
        )
        assert told.brief == []


def test_shapes_that_nobody_told_are_not_counted() -> None:
    """A fingerprint without its record says nothing about paths: neither rings nor is learned."""
    told = Told().windows(CALM)
    for n in range(5):
        assert told.watch.judge(told.stream.window(CALM + n, (1.0, RENAMED))) == []


@pytest.mark.parametrize(("hits", "of", "before", "of_before"), [(0, 20, 3, 60), (20, 20, 0, 50), (7, 20, 10, 80)])
def test_surprise_is_the_tail_of_the_beta_binomial(hits: int, of: int, before: int, of_before: int) -> None:
    """Held against SciPy's distribution with the same prior."""
    scipy = pytest.importorskip("scipy.stats")
    expected = scipy.betabinom(of, before + 0.5, of_before - before + 0.5).sf(hits - 1)
    assert exp(-surprise(hits, of, before, of_before)) == pytest.approx(expected, rel=1e-6)


def test_surprise_of_many_records_is_bounded_by_trust() -> None:
    """Ten thousand records are believed like a hundred: shares differ between hours by more than chance."""
    assert surprise(600, 10_000, 100_000, 2_000_000) == pytest.approx(surprise(6, 100, 5, 100), rel=1e-9)
