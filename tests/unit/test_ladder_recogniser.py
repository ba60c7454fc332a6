"""What values say for and against fields."""

from __future__ import annotations

from typing import Any

import pytest

from app.inventory.checks import FINDABLE
from app.pipeline.ladder.fitness import FITNESS
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.leaf import Candidate
from app.pipeline.ladder.recogniser import candidates, fits


def fit(field: str, value: Any) -> float:
    return fits(field, kind_of(value), value)


def best(value: Any) -> Candidate | None:
    return next(iter(candidates(value, kind_of(value))), None)


def test_every_field_that_can_be_mapped_knows_its_values() -> None:
    """No field of the lead is without a rule of what fits it, and no rule is of a field that cannot be mapped."""
    assert set(FITNESS) == FINDABLE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "true"),
        ("email", "html"),
        ("email", "https://x.de"),
        ("phone", "https://x.de"),
        ("phone", "anna@x.de"),
        ("phone", "mobile"),
        ("full_name", "anna@x.de"),
        ("full_name", "#1001"),
        ("first_name", 5),
        ("last_name", True),
        ("first_name", "Herr"),
        ("occurred_at", "premium"),
        ("occurred_at", True),
        ("occurred_at", 5),
        ("region", "disabled"),
        ("city", "processing"),
        ("country", "fr_FR"),
        ("country", "subscribed"),
        ("postcode", "Berlin"),
        ("ip", "3.0.0"),
        ("orders_count", "premium"),
        ("consent", "anna@x.de"),
        ("email", "<string>"),
        ("message", "n/a"),
        ("email", {"a": 1}),
    ],
)
def test_what_cannot_be_fits_not_at_all(field: str, value: Any) -> None:
    """A name is overruled where the value cannot be what it says."""
    assert fit(field, value) == 0.0


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", ["anna@example.de"]),
        ("phone", ["+49 30 1234567", "13812345678", 13812345678, "(555) 555-5555"]),
        ("full_name", ["Anna Schmidt", "王伟", "Иванов Иван"]),
        ("first_name", ["Anna", "anna", "伟", "Jordan", "Malte"]),
        ("last_name", ["O'Neill", "李", "van der Berg"]),
        ("company", ["Muster GmbH", "Zalando", "3 Suisses"]),
        ("city", ["Berlin", "北京", "Frankfurt am Main"]),
        ("region", ["CA", "ON", "California", "DE-BY", "NRW"]),
        ("postcode", ["10115", 10115, "SW1A 1AA", "101000", "01310-100"]),
        ("country", ["DE", "de", "Germany", "NO", "中国"]),
        ("language", ["de", "DE", "pt_BR"]),
        ("budget", ["€ 5000", 5000, "10.000 €", "500-1000"]),
        ("order_value", ["29.35", 29.35, "1.200,50 €"]),
        ("currency", ["USD", "€", "chf"]),
        ("orders_count", [3, "3"]),
        ("consent", [True, "yes", 1, "Ja, ich stimme zu", "I agree", "Согласен", "已同意", "granted"]),
        ("occurred_at", ["2026-03-05T10:00:00Z", 1719252562899, "05.03.26 14:30"]),
        ("customer_id", [207119551, "8f9ef493-c5f9-4817-895d-874c3704ea49"]),
        ("utm_source", ["google", "newsletter.example.com"]),
        ("message", ["Hello, I would like an offer for 20 bikes.", "Call me"]),
    ],
)
def test_what_is_expected_fits(field: str, values: list[Any]) -> None:
    """Ordinary values take little from what their name says."""
    assert [value for value in values if fit(field, value) < 0.9] == []


def test_a_birthday_is_no_time_of_an_event() -> None:
    """A date of another century, or a clock's time alone, hardly is when the lead came."""
    assert fit("occurred_at", "1985-03-05") < 0.1
    assert fit("occurred_at", "14:30") < 0.2


def test_a_field_of_the_pipeline_itself_fits_nothing() -> None:
    """What leadstream sets, no payload gives."""
    assert fit("lead_id", "8f9ef493-c5f9-4817-895d-874c3704ea49") == 0.0
    assert fit("no_such_field", "x") == 0.0


@pytest.mark.parametrize(
    ("value", "field", "low", "high"),
    [
        ("anna@example.de", "email", 0.85, 0.9),
        ("info@example.de", "email", 0.6, 0.8),
        ("no-reply@example.de", "email", 0.0, 0.3),
        ("+49 30 1234567", "phone", 0.8, 0.9),
        (13812345678, "phone", 0.6, 0.65),
        ("13812345678", "phone", 0.6, 0.65),
        ("8.8.8.8", "ip", 0.7, 0.9),
        ("10.0.0.1", "ip", 0.0, 0.5),
        ("Mozilla/5.0 (X11; Linux x86_64)", "user_agent", 0.85, 0.95),
        ("https://x.de/?utm_source=a", "page_url", 0.6, 0.8),
        ("https://x.de/", "page_url", 0.0, 0.4),
        ("Muster GmbH", "company", 0.6, 0.8),
        ("Deutschland", "country", 0.6, 0.8),
        ("Anna Schmidt", "full_name", 0.6, 0.7),
        ("Mountain View", "full_name", 0.0, 0.5),
        ("Musterstraße 12", "street", 0.6, 0.8),
        ("Cj0KCQiA1rSsBhDHARIsANB4EJ", "click_id", 0.6, 0.9),
        ("Hello, I would like to have an offer for twenty bikes. Thanks!", "message", 0.6, 0.65),
    ],
)
def test_a_value_suggests_its_field_as_surely_as_it_can(value: Any, field: str, low: float, high: float) -> None:
    """An address or a browser's name is telling; a name could be a city's, a text anybody's."""
    found = best(value)
    assert found is not None
    assert (found.field, found.rung) == (field, "shape")
    assert low <= found.confidence <= high


@pytest.mark.parametrize(
    "value", ["n/a", "premium", True, 5, 29.35, "8f9ef493-c5f9-4817-895d-874c3704ea49", None, {"a": 1}, "Berlin"]
)
def test_a_value_that_could_be_anything_suggests_nothing(value: Any) -> None:
    """Flags, counts, ids and single words are named or unknown."""
    assert candidates(value, kind_of(value)) == ()
