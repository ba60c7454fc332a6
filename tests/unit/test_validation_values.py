"""Times, numbers, countries, flags, web values and texts, example by example."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.pipeline.validation.country import read_country
from app.pipeline.validation.fields import READERS
from app.pipeline.validation.flag import read_flag
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.number import read_amount, read_count, read_currency
from app.pipeline.validation.raw import raw_text
from app.pipeline.validation.text import mend
from app.pipeline.validation.time import DateOrder, read_time
from app.pipeline.validation.web import read_ip, read_language, read_url

BERLIN = ZoneInfo("Europe/Berlin")
RECEIVED = 1_795_400_000_000  # 2026-11-22


def codes(notes: Notes) -> list[str]:
    return [violation.code for violation in notes.violations]


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("raw", "order", "expected"),
    [
        ("2026-03-04T05:06:07Z", "YMD", at(2026, 3, 4, 5, 6, 7)),
        ("2015-02-28T08:49:14+0000", "YMD", at(2015, 2, 28, 8, 49, 14)),
        ("2021-12-31T19:00:00-05:00", "YMD", at(2022, 1, 1)),
        ("2026-03-04 05:06", "YMD", at(2026, 3, 4, 4, 6)),
        ("2026-03-04", "YMD", at(2026, 3, 3, 23)),
        ("03/04/2026", "DMY", at(2026, 4, 2, 22)),
        ("03/04/2026", "MDY", at(2026, 3, 3, 23)),
        ("13/04/2026", "YMD", at(2026, 4, 12, 22)),
        ("03.04.2026 14:05", "YMD", at(2026, 4, 3, 12, 5)),
        ("3/4/2026 2:05 PM", "MDY", at(2026, 3, 4, 13, 5)),
        ("20260304", "YMD", at(2026, 3, 3, 23)),
        ("Wed, 04 Mar 2026 05:06:07 GMT", "YMD", at(2026, 3, 4, 5, 6, 7)),
        (1588890044, "YMD", at(2020, 5, 7, 22, 20, 44)),
        ("1588890044", "YMD", at(2020, 5, 7, 22, 20, 44)),
        (1588890044.5, "YMD", at(2020, 5, 7, 22, 20, 44) + 500),
        (1588890044123, "YMD", at(2020, 5, 7, 22, 20, 44) + 123),
        (1588890044123456, "YMD", at(2020, 5, 7, 22, 20, 44) + 123),
        (1588890044123456789, "YMD", at(2020, 5, 7, 22, 20, 44) + 123),
        ("04/13/2026", "DMY", at(2026, 4, 12, 22)),
        ("13/04/2026", "MDY", at(2026, 4, 12, 22)),
        ("04042026", "YMD", at(2026, 4, 3, 22)),
        ("05032024", "DMY", at(2024, 3, 4, 23)),
        ("202403051430", "YMD", at(2024, 3, 5, 13, 30)),
        ("05.03.24, 14:30", "DMY", at(2024, 3, 5, 13, 30)),
        ("5. März 2024, 14:30 Uhr", "YMD", at(2024, 3, 5, 13, 30)),
        ("March 5th, 2024 2:30 p.m.", "YMD", at(2024, 3, 5, 13, 30)),
        ("mar. 5 mars 2024 à 14h30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 de marzo de 2024 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 de março de 2024 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 marzo 2024 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 maart 2024 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 marca 2024 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("5 марта 2024 г. в 14:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("2024年3月5日 下午2:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("2024年3月5日", "YMD", at(2024, 3, 4, 23)),
        ("2024년 3월 5일 오후 2:30", "YMD", at(2024, 3, 5, 13, 30)),
        ("2024. 3. 5. 오전 12:30", "YMD", at(2024, 3, 4, 23, 30)),
        ("Tue Mar 05 2024 14:30:00 GMT+0100 (Mitteleuropäische Normalzeit)", "YMD", at(2024, 3, 5, 13, 30)),
        ("05/Mar/2024:13:55:36 +0000", "YMD", at(2024, 3, 5, 13, 55, 36)),
        ("Mar 5 2024 10:00 EST", "YMD", at(2024, 3, 5, 15)),
        ("2024-03-05 14:30:00 +0100", "YMD", at(2024, 3, 5, 13, 30)),
        ("2024-03-05T14:30:00+01:00[Europe/Berlin]", "YMD", at(2024, 3, 5, 13, 30)),
        ("/Date(1588890044123+0200)/", "YMD", at(2020, 5, 7, 22, 20, 44) + 123),
        ("1.588890044E9", "YMD", at(2020, 5, 7, 22, 20, 44)),
        (45356.5, "YMD", at(2024, 3, 5, 11)),
        ("45356", "YMD", at(2024, 3, 4, 23)),
        ("٠٥/٠٣/٢٠٢٤", "DMY", at(2024, 3, 4, 23)),
        (datetime(2026, 3, 4, tzinfo=UTC), "YMD", at(2026, 3, 4)),
        (date(2026, 3, 4), "YMD", at(2026, 3, 3, 23)),
    ],
)
def test_times_that_can_be_read(raw: object, order: DateOrder, expected: int) -> None:
    """Every form gives milliseconds in UTC; a time without zone is the source's."""
    notes = Notes()
    assert read_time(raw, BERLIN, order, RECEIVED, notes) == expected
    assert codes(notes) == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("03/04/2026", "ambiguous"),
        ("03/04/26", "ambiguous"),
        ("05032024", "ambiguous"),
        ("Mar 5 2024 10:00 CST", "ambiguous"),
        ("5 March", "invalid"),
        ("5 March 2024 or later", "invalid"),
        ("25:61 5 March 2024", "invalid"),
        ("-- Bitte wählen --", "placeholder"),
        ("31.02.2026", "invalid"),
        ("yesterday", "invalid"),
        (True, "invalid"),
        (float("nan"), "invalid"),
        ([], "invalid"),
        (0, "implausible"),
        ("1970-01-01", "implausible"),
        ("2100-01-01T00:00:00Z", "implausible"),
        (-(10**12), "implausible"),
        (10**30, "implausible"),
        ("0001-01-01T00:00:00+14:00", "implausible"),
    ],
)
def test_times_that_cannot(raw: object, code: str) -> None:
    """What is no believable time gives way to the record's own, and is kept as it came."""
    notes = Notes()
    assert read_time(raw, BERLIN, "YMD", RECEIVED, notes) == RECEIVED
    assert codes(notes) == [code]
    assert "raw.occurred_at" in notes.attributes


@pytest.mark.parametrize(
    ("raw", "rule", "expected"),
    [
        ("2026-10-25 02:30:00", "repeated_local_time", at(2026, 10, 25, 0, 30)),
        ("2026-03-29 02:30:00", "skipped_local_time", at(2026, 3, 29, 1, 30)),
    ],
)
def test_local_times_at_a_clock_change(raw: str, rule: str, expected: int) -> None:
    """A local time that is twice is its first; one that never is lies an hour on; both are noted."""
    notes = Notes()
    assert read_time(raw, BERLIN, "YMD", RECEIVED, notes) == expected
    assert [repair.rule for repair in notes.repairs] == [rule]


@pytest.mark.parametrize(
    ("raw", "rules"),
    [
        ("2026-03-04T05:06:07Z", []),
        (1588890044123, []),
        (1588890044, ["epoch"]),
        ("1588890044123", ["epoch"]),
        ("2026-03-04 05:06:07", ["local_time"]),
        ("03.04.2026", ["date_order", "local_time"]),
        ("5 March 2024 14:30 GMT", ["date_words"]),
        (45356.5, ["spreadsheet_day", "local_time"]),
    ],
)
def test_what_was_done_to_a_time_is_recorded(raw: object, rules: list[str]) -> None:
    """ISO 8601 with a zone and milliseconds are taken as they are; whatever else was read, and how, is a repair."""
    notes = Notes()
    read = read_time(raw, BERLIN, "YMD", RECEIVED, notes)
    assert [repair.rule for repair in notes.repairs] == rules
    assert all(repair.after == str(read) for repair in notes.repairs)


def test_a_sender_may_be_a_day_ahead() -> None:
    """Times up to a day after the record's own are believed: a wrong zone is at most that."""
    assert read_time(RECEIVED + 86_400_000, UTC, "YMD", RECEIVED, Notes()) == RECEIVED + 86_400_000
    assert read_time(RECEIVED + 86_400_001, UTC, "YMD", RECEIVED, Notes()) == RECEIVED


@pytest.mark.parametrize(
    ("raw", "comma", "expected"),
    [
        ("1.234,56 €", True, (1234.56, "EUR")),
        ("$1,234.56", False, (1234.56, None)),
        ("USD 1,234", False, (1234.0, "USD")),
        ("1'234.50 CHF", False, (1234.5, "CHF")),
        ("1.234", True, (1234.0, None)),
        ("1.234", False, (1.234, None)),
        ("1 234,5", False, (1234.5, None)),
        ("12,5", False, (12.5, None)),
        ("5k", False, (5000.0, None)),
        ("199.00", True, (199.0, None)),
        ("1.234.567", False, (1234567.0, None)),
        (12, False, (12.0, None)),
        (Decimal("12.30"), False, (12.3, None)),
        (" 7 ", False, (7.0, None)),
        ("100,-", True, (100.0, None)),
        ("1.234 €", False, (1234.0, "EUR")),
        ("1’200.50 CHF", False, (1200.5, "CHF")),
        ("1 234 567,89", None, (1234567.89, None)),
        ("5 Tsd. €", True, (5000.0, "EUR")),
        ("1,5 Mio. EUR", True, (1_500_000.0, "EUR")),
        ("5.125m", False, (5_125_000.0, None)),
        ("TEUR 50", True, (50_000.0, "EUR")),
        ("5 тыс. руб.", True, (5000.0, "RUB")),
        ("R$ 1.500,00", True, (1500.0, "BRL")),
        ("1万元", False, (10_000.0, "CNY")),
        ("１０００円", False, (1000.0, "JPY")),
        ("¥1000", False, (1000.0, None)),
        ("500 kr", True, (500.0, None)),
        ("1,00,000 INR", False, (100_000.0, "INR")),
        ("ca. 5.000 €", True, (5000.0, "EUR")),
    ],
)
def test_amounts(raw: object, comma: bool | None, expected: tuple[float, str | None]) -> None:
    """Signs of currency and thousands are read in the style they are written in."""
    notes = Notes()
    assert read_amount(raw, notes, "budget", comma) == expected
    assert codes(notes) == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (True, "invalid"),
        (float("nan"), "invalid"),
        (float("inf"), "invalid"),
        ("NaN", "invalid"),
        ("1e999", "invalid"),
        pytest.param(10**5000, "invalid", id="huge"),
        (Decimal("sNaN"), "invalid"),
        ("10-20-30", "invalid"),
        ("5000-1000", "invalid"),
        ("up to 5000", "invalid"),
        ("10 %", "invalid"),
        ("n/a", "placeholder"),
        ("12,34,5", "invalid"),
        ("1" * 61, "invalid"),
        ("ten", "invalid"),
        (-5, "implausible"),
        (1e13, "implausible"),
    ],
)
def test_no_amounts(raw: object, code: str) -> None:
    """Booleans, infinities, shares and debts are no amounts; nothing is cut down to make a number."""
    notes = Notes()
    assert read_amount(raw, notes, "budget", False) == (None, None)
    assert codes(notes) == [code]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5.000-10.000 €", (5000.0, "EUR")),
        ("€5,000 – €10,000", (5000.0, "EUR")),
        ("zwischen 5.000 und 10.000 Euro", (5000.0, "EUR")),
        ("5-10k", (5000.0, None)),
        ("de 5000 à 10000 €", (5000.0, "EUR")),
        ("от 5000 до 10000 руб.", (5000.0, "RUB")),
        ("ab 5.000 €", (5000.0, "EUR")),
        ("> 5000", (5000.0, None)),
        ("5000+", (5000.0, None)),
    ],
)
def test_a_range_gives_its_lower_bound(raw: str, expected: tuple[float, str | None]) -> None:
    """Not less is meant, how much nobody knows: the bound is taken, the range kept, and both said."""
    notes = Notes()
    assert read_amount(raw, notes, "budget", None if raw.startswith(">") else True) == expected
    assert codes(notes) == ["ambiguous"]
    assert notes.attributes == {"raw.budget": raw}
    assert notes.repairs[0].rule == "range"


def test_three_digits_behind_a_point_need_a_country() -> None:
    """1.234 is a thousand in Germany and hardly more than one in England: where neither is known it is not guessed."""
    notes = Notes()
    assert read_amount("1.234", notes, "budget", None) == (None, None)
    assert codes(notes) == ["ambiguous"]


@pytest.mark.parametrize(("raw", "expected", "code"), [
    ("3", 3, None), (3.0, 3, None), ("1,000", 1000, None), (2.5, None, "invalid"), (False, None, "invalid"),
    (2**31, None, "implausible"), (-1, None, "implausible"),
])  # fmt: skip
def test_counts(raw: object, expected: int | None, code: str | None) -> None:
    """A count is a whole number of 32 bits."""
    notes = Notes()
    assert read_count(raw, notes, "orders_count") == expected
    assert codes(notes) == ([code] if code else [])


@pytest.mark.parametrize(
    ("raw", "expected", "code"),
    [
        *(("eur", "EUR", None), ("€", "EUR", None), ("Euro", "EUR", None), ("руб.", "RUB", None), ("人民币", "CNY", None)),
        *(("$", None, "ambiguous"), ("¥", None, "ambiguous"), ("kr", None, "ambiguous"), ("XQQ", None, "invalid")),
        ("n/a", None, "placeholder"),
    ],
)
def test_currencies(raw: str, expected: str | None, code: str | None) -> None:
    """Currencies are ISO 4217; a bare dollar is many countries'."""
    notes = Notes()
    assert read_currency(raw, notes) == expected
    assert codes(notes) == ([code] if code else [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        *(("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("UK", "GB"), ("U.S.A.", "US")),
        *(("Österreich", "AT"), ("Oesterreich", "AT"), ("España", "ES"), ("Holland", "NL"), ("NA", "NA"), ("🇫🇷", "FR")),
        *(
            ("Türkei", "TR"),
            ("United States of America", "US"),
            ("South Korea", "KR"),
            ("Czech Republic", "CZ"),
            ("Côte d'Ivoire", "CI"),
            ("Россия", "RU"),
            ("德国", "DE"),
            ("독일", "DE"),
            ("Німеччина", "DE"),
            ("ألمانيا", "DE"),
            ("Germany (DE)", "DE"),
            ("Deutschland / Germany", "DE"),
            ("DE - Deutschland", "DE"),
            ("Germany 🇩🇪", "DE"),
        ),
    ],
)
def test_countries(raw: str, expected: str) -> None:
    """Codes and names in many languages are one country."""
    notes = Notes()
    assert read_country(raw, notes) == expected
    assert codes(notes) == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("Atlantis", "invalid"),
        ("Select", "placeholder"),
        ("Bitte wählen", "placeholder"),
        ("Georgia, USA", "invalid"),
        (49, "invalid"),
        ("x" * 1000, "invalid"),
    ],
)
def test_no_countries(raw: object, code: str) -> None:
    """What is no country is kept as it came."""
    notes = Notes()
    assert read_country(raw, notes) is None
    assert codes(notes) == [code]


@pytest.mark.parametrize(("raw", "expected"), [
    (True, True), ("yes", True), ("ON", True), (1, True), ("0", False), ("Nein", False), ("subscribed", True), ("", None),
    ("maybe", None), ("yes" + " " * 60 + "not", None), (2, None), ([], None),
    ("да", True), ("нет", False), ("是", True), ("否", False), ("sí", True), ("não", False), ("tak", True), ("nie", False),
    ("Oui", True), ("Ich stimme zu.", True), ("J'accepte", True), ("Не согласен", False), ("✓", True), ("keine Angabe", None),
])  # fmt: skip
def test_flags(raw: object, expected: bool | None) -> None:
    """Yes and no in usual words; anything else is not guessed."""
    assert read_flag(raw, Notes(), "consent") is expected


@pytest.mark.parametrize(
    ("reader", "raw", "expected"),
    [
        (read_ip, "84.160.0.1:4711", "84.160.0.1"),
        (read_ip, "203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (read_ip, "[2001:DB8::1]:80", "2001:db8::1"),
        (read_ip, "999.1.1.1", None),
        (read_language, "de_DE.UTF-8", "de-DE"),
        (read_language, "pt-br,pt;q=0.9", "pt-BR"),
        (read_language, "German", "de"),
        (read_language, "not a language", None),
        (read_url, " https://shop.de/a b ", "https://shop.de/a%20b"),
        (read_url, "(direct)", None),
        (read_url, "javascript:alert(1)", None),
        (read_url, "https://shop.de/?a=1&copy=2", "https://shop.de/?a=1&copy=2"),
    ],
)
def test_web_values(reader: Any, raw: str, expected: str | None) -> None:
    """Addresses and tags in their usual form; nothing that a browser would run."""
    assert reader(raw, Notes(), "field") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Fish &amp; Chips", "Fish & Chips"),
        ("&amp;amp;", "&"),
        ("MÃ¼ller GmbH", "Müller GmbH"),
        ("donâ€™t", "don’t"),
        ("Ã\xa0 la carte", "à la carte"),
        ("Ð\x9fÑ\x80Ð¸Ð²ÐµÑ\x82", "Привет"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("«CAFÉ»", "«CAFÉ»"),
        ("a\u200b\x00b\ud800", "ab"),
        ("e\u0301", "é"),
        (" a \t  b ", "a b"),
    ],
)
def test_texts_are_mended(raw: str, expected: str) -> None:
    """Entities, mojibake, invisible characters and decomposed letters are undone; honest text stays."""
    assert mend(raw)[0] == expected


def test_a_long_text_is_cut_and_nothing_is_lost() -> None:
    """What does not fit goes to the attributes."""
    notes = Notes()
    assert READERS["city"]("x" * 150, notes, "city") == "x" * 100
    assert notes.attributes == {"cut.city": "x" * 50}
    assert [repair.rule for repair in notes.repairs] == ["cut"]


def test_several_answers_become_one_text() -> None:
    """A multiple choice is joined by commas."""
    assert READERS["interest"](["solar", "heat pump"], Notes(), "interest") == "solar, heat pump"


@pytest.mark.parametrize(
    "raw",
    [
        {"a": [1, {"b": "\ud800"}]},
        pytest.param(10**5000, id="huge"),
        pytest.param([10**5000], id="huge inside"),
        {1: {2}},
        b"\xff",
        object,
        float("inf"),
    ],
)
def test_anything_can_be_kept_as_text(raw: object) -> None:
    """Raw values of any type are kept as text that can be encoded."""
    assert raw_text(raw).encode()


def test_a_deep_value_can_be_kept_as_text() -> None:
    """So are values nested deeper than the interpreter's stack."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert raw_text(deep).encode()
    while deep:  # unnested by hand: freeing it at once would recurse
        deep = deep[0]
