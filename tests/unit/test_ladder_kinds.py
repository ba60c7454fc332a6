"""What values look like by themselves."""

# ruff: noqa: E501 - lists read best as lines; wide characters count twice

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.kinds.words import BOOLEANS
from app.pipeline.ladder.leaf import Kind
from app.pipeline.validation.placeholder import NOT_NAMES, is_placeholder

KINDS: dict[Kind, str] = {
    Kind.EMAIL: "anna.schmidt+shop@example.co.uk|Anna <anna@x.de>|mailto:a@b.co|иван@почта.рф|ANNA@EXAMPLE.DE|anna@firma,de|ａｎｎａ＠ｘ．ｄｅ",
    Kind.PHONE: "+49 30 1234567|(555) 555-5555|8 (495) 123-45-67|06 12 34 56 78|+86 138-1234-5678|555-625-1199|01761234567|069/123456|"
    "06.12.34.56.78|+55 (11) 98765-4321|tel:+49301234567|0041 44 668 18 00|+44 20 7946 0958 ext. 12|Tel. 030 / 12 34 56 - 0|98765 43210|+491711234567 (mobil)|12 34 56 78|600 123 456",
    Kind.MOMENT: "2024-03-05|2024-03-05T10:00:00Z|05.03.2024|3/5/24|2024/03/05 10:12|Mon, 05 Mar 2024 10:00:00 +0100|2024年3月5日|5 марта 2024|"
    "12. März 2024 14:30|March 5, 2024|5 de marzo de 2024|5-Mar-2024|14:30|20240305|2015-05-27T18:11:24-04:00|2009-03-26 21:35:57|"
    "05.03.2024 um 14:30 Uhr|1er janvier 2025|2024년 3월 5일|5 мар. 2024|2024-03-05T10:00:00.000+0100[Europe/Berlin]|/Date(1709632800000)/|05/Mar/2024:10:00:00 +0000|令和6年3月5日|2024/3/5 下午2:30|mardi 5 mars 2024|5 de março de 2024 às 14:30",
    Kind.EPOCH: "1588890044|1719252562899|1719252562899123",
    Kind.MONEY: "€ 1.200,50|US$5k|1200 EUR|10.000 €|5 000 руб.|R$ 1.500,00|5万元|€10,000 - €50,000|unter 5.000 €|< 1000 €|£5k|CHF 500.-|¥8000|mehr als 10.000 Euro|10 mil reais|ca. 5000 €|50 USD/month|10-20 тысяч рублей|entre 5.000 et 10.000 €|10万-20万元",
    Kind.NUMBER: "29.35|1,234.56|12%|1.200,50|-3.5",
    Kind.INTEGER: "10115|101000|13812345678|42|0|2024|-7",
    Kind.POSTCODE: "02134|94103-1234|01310-100|00-950|SW1A 1AA|K2P 2L8|1012 AB|D-10115|114 55|〒100-0001|EC1A1BB|SE-114 55|H-1051|560 001|C1425DKN|k1a 0b1",
    Kind.IP: "10.20.10.30|2001:db8::1|8.8.8.8|203.0.113.7, 10.0.0.1|fe80::1",
    Kind.URL: "https://x.de/a?utm_source=b|www.example.com|example.com/path|/contact?x=1|http://münchen.de/ä|android-app://com.google.android.gm",
    Kind.USER_AGENT: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0|curl/8.0|okhttp/4.9.3",
    Kind.IDENTIFIER: "8f9ef493-c5f9-4817-895d-874c3704ea49|5c96b122177026171b401e20|gid://shopify/Customer/706405506930370084|urn:li:x:1|#1001|"
    "wc_order_58d2d042d1d|qcy0wyokfyuo3h6ek3za7qcy0wyoj7wc|706405506930370084|123.456.789-09|4111 1111 1111 1111|DE123456789|{8F9EF493-C5F9-4817-895D-874C3704EA49}",
    Kind.BOOLEAN: "true|Yes|ja|да|是|non|нет|FALSE|on|sí",
    Kind.COUNTRY: "DE|USA|Germany|Deutschland|Германия|中国|United States|Brasil|CA|UK|Côte d'Ivoire|Österreich|الإمارات العربية المتحدة",
    Kind.LANGUAGE: "de|de-DE|pt_BR|en-us|Deutsch|中文|zh-Hans-CN|de-DE,de;q=0.9,en;q=0.8",
    Kind.COMPANY: "Muster GmbH|Acme Inc.|Foo Bar S.A.|ООО Ромашка|ООО «Ромашка»|北京字节有限公司|株式会社トヨタ|Kowalski Sp. z o.o.|Müller & Co. KG|"
    "Acme B.V.|Silva Ltda|Dupont SARL|Nordlicht UG|ИП Иванов|Bianchi S.p.A.|Grupo Sol S.L.|Ola Nordmann AS|Weber AG|Smith & Sons Ltd|主な株式会社|Figurine & Fils|Johnson and Sons|Örnek Tekstil A.Ş.|PT Maju Jaya|Volkswagen Aktiengesellschaft|Virtanen Oy|SARL Martin",
    Kind.NAME: "Anna Schmidt|ANNA SCHMIDT|Müller|O'Neill|Jean-Pierre Dupont|Ludwig van Beethoven|Иван Петров|Иванов Иван Иванович|王伟|张伟明|"
    "欧阳娜娜|김민수|田中 太郎|محمد علي|J. R. Smith|Nguyễn Văn An|McDonald|de la Cruz|李小龙先生|見本 花子|ミホン ハナコ|Dr. med. Hans Müller|d'Artagnan|राहुल शर्मा|สมชาย ใจดี|Müller, Hans|Иванова И.И.",
    Kind.PLACEHOLDER: "n/a|Select|<string>|<LEAD_ID>|{{lead.email}}|xxx|test|-|REPLACE_WITH_TEST_KEY|[object Object]|Bitte wählen|请选择|   |__|%email%",
    Kind.WORDS: "premium|processing|notification_event|Marketing Manager|CEO|Geschäftsführer|San Francisco|Musterstraße 12|151 O'Connor Street|"
    "10-20 employees|500-1000|1001-5000|上海|苏州|YouTube|3.0.0|Group1,Group2|USD|DHsCKv|上海市浦东新区世纪大道100号|Herr|Mrs.",
    Kind.TEXT: "I agree to allow Example Company to store it.|您好，我想了解一下你们的产品价格，谢谢。|first line\nsecond line",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts.split("|")])
def test_a_text_is_known_by_its_looks(kind: Kind, text: str) -> None:
    """Phones, dates, names, companies and the rest are told in the ways and scripts that people write them."""
    assert kind_of(text) is kind


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.BOOLEAN, True),
        (Kind.INTEGER, 5),
        (Kind.INTEGER, 13812345678),
        (Kind.EPOCH, 1588890044),
        (Kind.EPOCH, 1719252562899),
        (Kind.EPOCH, 1588890044.5),
        (Kind.IDENTIFIER, 706405506930370084),
        (Kind.IDENTIFIER, 10**400),
        (Kind.NUMBER, 41.94),
        (Kind.NUMBER, Decimal("41.94")),
        (Kind.PLACEHOLDER, float("nan")),
        (Kind.PLACEHOLDER, None),
        (Kind.MOMENT, date(2024, 3, 5)),
        (Kind.MOMENT, datetime(2024, 3, 5, tzinfo=UTC)),
        (Kind.IDENTIFIER, UUID(int=1)),
        (Kind.EMAIL, b"a@b.de"),
        (Kind.TEXT, ["a"]),
    ],
)
def test_a_value_of_another_type_has_a_kind_too(kind: Kind, value: Any) -> None:
    """Numbers, booleans, times and what decoders of Avro hand over are told by type and size."""
    assert kind_of(value) is kind


def test_what_validation_calls_a_placeholder_is_one() -> None:
    """The ladder maps nothing that validation would throw away again."""
    texts = [*NOT_NAMES, "Choose", "-- Please select --", "k. A.", "<test lead: dummy data for email>", "unbekannt", "NULL"]
    assert all(is_placeholder(text) or text in NOT_NAMES for text in texts)
    assert {text for text in texts if kind_of(text) is not Kind.PLACEHOLDER} <= BOOLEANS  # `нет` is no before it is nothing


def test_blanks_and_invisible_characters_change_nothing() -> None:
    """What people paste with blanks, zero-width and full-width characters is the same thing."""
    for text in ("anna@example.de", "+49 30 1234567", "Anna Schmidt", "2024-03-05"):
        assert kind_of(f"  {text}\u200b\n") is kind_of(text)
    assert kind_of("１３８１２３４５６７８") is kind_of("13812345678")


@pytest.mark.parametrize(
    "text", ["a " * 500_000, "x" * 1_000_000, " " * 1_000_000, "\u200b" * 1_000_000, "1" * 1_000_000, "@" * 1_000_000]
)
def test_a_megabyte_costs_no_more_than_a_line(text: str) -> None:
    """A value's size does not decide the time that is spent on it."""
    assert min(timeit.repeat(lambda: kind_of(text), number=1, repeat=5)) < 0.005


def test_an_ordinary_value_takes_microseconds() -> None:
    """Bounded at ten times what was measured, for machines that do other things, too."""
    values = ["anna@example.de", "Anna Schmidt", "10115", "2024-03-05T10:00:00Z", "Muster GmbH", 5, True, "premium"]
    assert min(timeit.repeat(lambda: [kind_of(value) for value in values], number=200, repeat=5)) / 200 / len(values) < 15e-6
