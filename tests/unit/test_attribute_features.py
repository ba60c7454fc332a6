"""Attributes that a source declares for scoring, words of messages, and languages."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest

from app.inventory.models import Inventory, Mapping, Routing, Source
from app.pipeline.attribute_features import number
from app.pipeline.facts import Facts
from app.pipeline.features import features
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position
from app.pipeline.wording import BUCKETS, MAX_WORDS, words_and_language


def a_source(**more: Any) -> Source:
    mapping = Mapping(fields={"email": "mail", "campaign": "campaign", "country": "person.country"})
    return Source(name="shop", description="", owner="", format="json", mapping=mapping, expected_per_hour=1, **more)


def the_lead(source: Source, payload: dict[str, Any]) -> Lead:
    inventory = Inventory(sources={"shop": source}, teams={}, routing=Routing(version=1, rules=(), catch_all="sales"))
    normaliser = Normaliser(inventory, {"in": "shop"}, codec=None)  # type: ignore[arg-type]
    event = InboundEvent(Position("in", 0, 1), None, orjson.dumps(payload), (), 1_767_604_500_000)
    lead = normaliser.normalise(event)
    assert isinstance(lead, Lead)
    return lead


PAYLOAD = {
    "mail": "jo@acme.de",
    "campaign": "Spring",
    "age": 41,
    "job": "Blue-Collar",
    "ref": "007",
    "person": {"country": "DE", "gender": "F"},
    "answers": [{"id": "size", "value": ["", "12.5"]}, {"id": "why", "value": "call 0171 2345678"}],
}


class TestDeclared:
    def test_numbers_categories_and_blanks(self) -> None:
        """A number where the text reads as one, else a lower-case category; `none` where nothing stands there."""
        listed = ("age", "job", "ref", "answers[id=size].value", "answers[1].value", "person", "nowhere")
        numbers, categories = features(the_lead(a_source(features=listed), PAYLOAD))
        assert {name: value for name, value in numbers.items() if name.startswith("x.")} == {
            "x.age": 41.0,
            "x.answers[id:size].value": 12.5,
        }
        assert {name: value for name, value in categories.items() if name.startswith("x.")} == {
            "x.job": "blue-collar",
            "x.ref": "007",
            "x.answers[1].value": "other",
            "x.person": "none",
            "x.nowhere": "none",
        }

    def test_what_the_mapping_takes_is_a_feature_too(self) -> None:
        """A declared path gives the value as it came, whatever lead field it fills."""
        lead = the_lead(a_source(features=("campaign", "person.country")), PAYLOAD)
        assert lead.facts == {"campaign": "Spring", "person.country": "DE"}
        assert (lead.campaign, lead.country) == ("Spring", "DE")
        assert features(lead)[1]["x.campaign"] == "spring"

    def test_what_is_not_declared_is_not_looked_at(self) -> None:
        """Without a declaration nothing is kept, and no feature is called x."""
        lead = the_lead(a_source(), PAYLOAD)
        assert (lead.facts, lead.groups) == ({}, {})
        numbers, categories = features(lead)
        assert not [name for name in (*numbers, *categories) if name.startswith("x.")]

    def test_sensitive_attributes_are_groups_and_no_features(self) -> None:
        """They are told to the audit as bounded categories, and scoring sees nothing of them."""
        with_groups = the_lead(a_source(sensitive=("person.gender", "answers[1].value", "nowhere")), PAYLOAD)
        assert with_groups.groups == {"person.gender": "f", "answers[1].value": "other", "nowhere": "none"}
        assert features(with_groups) == features(the_lead(a_source(), PAYLOAD))

    def test_a_path_has_one_name_however_it_is_written(self) -> None:
        """Quoting changes nothing, and a path written twice is one feature."""
        facts, _ = Facts(a_source(features=("age", '"age"', '"Lead Source"'))).of({"age": 1, "Lead Source": "web"})
        assert facts == {"age": "1", '"Lead Source"': "web"}

    @pytest.mark.parametrize("payload", [{"a": None}, {"a": {}}, {"a": []}, {"a": [[1]]}, {"a": " \0 "}, {}, {"a": [{}]}])
    def test_nothing_is_blank(self, payload: dict[str, Any]) -> None:
        """Whatever holds no plain value is blank, at every depth."""
        facts, groups = Facts(a_source(features=("a",), sensitive=("a.b[0].c", "a[x=1].y", "a@json.z"))).of(payload)
        assert facts == {"a": ""}
        assert set(groups.values()) == {"none"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("12", 12.0), ("-1", -1.0), ("0", 0.0), ("0.25", 0.25), ("1e-07", 1e-07), ("45%", 0.45), ("4.5 %", 0.045)),
        *(("007", None), ("+4930123456", None), ("1234567890123456", None), ("", None), ("nan", None), ("1e99", None)),
        *(("1,5", 1.5), ("1.234,50", 1234.5), ("1,234.50 €", 1234.5), ("EUR 99", 99.0), ("$1,200", 1200.0), ("12 %", 0.12)),
        *(
            ("0x1f", None),
            ("١٢", None),
            ("%", None),
            ("3 rooms", None),
            ("10-20", None),
            ("2024-03-01", None),
            ("1.1.2024", None),
        ),
        *(("030 123 456", None), ("A4", None), ("4 A", None)),
    ],
)
def test_what_reads_as_a_number(text: str, value: float | None) -> None:
    """Plain decimals and shares; an id, a phone, an amount that could be read in two ways, or no number at all is none."""
    assert number(text) == (None if value is None else pytest.approx(value))


class TestWords:
    def test_are_few_numbers_that_say_nothing(self) -> None:
        """At most so many, each below the number of buckets, no letter left; the same words give the same numbers."""
        words, _ = words_and_language(" ".join(f"word{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10]}" for n in range(100)))
        numbers = words.split()
        assert len(numbers) <= MAX_WORDS
        assert all(0 <= int(one) < BUCKETS for one in numbers)
        assert words_and_language("Licences LICENCES licences")[0] == words_and_language("licences")[0]

    def test_common_and_short_words_do_not_count(self) -> None:
        """What stands in every text says nothing of this one."""
        assert words_and_language("we are the for and of it")[0] == ""

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            *(("We need ten licences for our team", "en"), ("Bitte rufen Sie mich an, ich hätte gerne ein Angebot", "de")),
            *(("Bonjour, je voudrais une offre pour vous", "fr"), ("hola quiero info sobre el producto", "es")),
            *(("Ik wil graag een offerte voor onze winkel", "nl"), ("Нам нужен расчет стоимости", "cyrillic")),
            *(("見積もりをお願いします", "ja"), ("我们需要报价", "zh"), ("quote", "none"), ("", "none"), ("12345", "none")),
        ],
    )
    def test_tell_the_language(self, text: str, language: str) -> None:
        """Its common words or its script; one word alone tells none."""
        assert words_and_language(text)[1] == language

    def test_a_declared_language_goes_before_the_message(self) -> None:
        """The lead's own field counts; without it, what the message is written in."""
        lead = Lead("ld", "shop", "e", 0, 0, message="We need ten licences for our team", language="pt-BR")
        assert features(lead)[1]["language"] == "pt"
        lead.language = None
        assert features(lead)[1]["language"] == "en"
        assert features(Lead("ld", "shop", "e", 0, 0))[1]["language"] == "none"


def test_a_date_is_a_number_of_days() -> None:
    """How long before the lead it lies, below 0 after it; what is no date of the calendar is a category."""
    dates = {"mail": "a@b.de", "a": "2026-01-01", "b": "2026-01-06T10:00:00Z", "c": "2026-02-30", "d": "2025-12-05 23:59"}
    numbers, categories = features(the_lead(a_source(features=("a", "b", "c", "d")), dates))
    assert (numbers["x.a"], numbers["x.b"], numbers["x.d"]) == (4.0, -1.0, 31.0)
    assert categories["x.c"] == "other"


def test_every_number_is_finite() -> None:
    """Numbers of attributes are sound whatever the payload says."""
    source = a_source(features=("a", "b", "c"))
    numbers, _ = features(the_lead(source, {"mail": "a@b.de", "a": 1e14, "b": "999999999999999", "c": -0.0}))
    assert all(map(math.isfinite, numbers.values()))
