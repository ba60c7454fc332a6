"""Free text with lines of label and value."""

from __future__ import annotations

from typing import Any

import pytest

from app.pipeline.text_block import MAX_BLOCK, open_block


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("Name: Eva\nE-Mail: e@example.com", {"Name": "Eva", "E-Mail": "e@example.com"}),
        ("Name: Eva\r\nE-Mail :e@example.com\r\n", {"Name": "Eva", "E-Mail": "e@example.com"}),
        ("姓名：张伟\n电话： 138 0013 8000", {"姓名": "张伟", "电话": "138 0013 8000"}),
        ("Имя: Анна\nТелефон: +7 495 1", {"Имя": "Анна", "Телефон": "+7 495 1"}),
        ("name = Eva\nmail=e@example.com", {"name": "Eva", "mail": "e@example.com"}),
        ("* Name: Eva\n• Ort: Bern\n- Tel.: 030", {"Name": "Eva", "Ort": "Bern", "Tel.": "030"}),
        ("*Name:* Eva\n**Ort**: Bern", {"Name": "Eva", "Ort": "Bern"}),
        ("> Name: Eva\n> Ort: Bern", {"Name": "Eva", "Ort": "Bern"}),
        (
            "Name: Eva\n\nNachricht:\nHallo,\nbitte rufen Sie an\n\nGruss",
            {"Name": "Eva", "Nachricht": "Hallo,\nbitte rufen Sie an\n\nGruss"},
        ),
        ("Interest: a\nInterest: b\nName: Eva", {"Interest": ["a", "b"], "Name": "Eva"}),
        ("Name: Eva\nSeite: https://example.com/?a=b", {"Name": "Eva", "Seite": "https://example.com/?a=b"}),
        ("<p>Name: Eva</p><p>Ort: Bern</p>", {"Name": "Eva", "Ort": "Bern"}),
        ("Name: Eva<br/>Ort: Z&uuml;rich", {"Name": "Eva", "Ort": "Zürich"}),
        (
            "<table><tr><td>Name</td>\n<td>Eva</td></tr><tr><th>Ort:</th><td>Bern</td></tr></table>",
            {"Name": "Eva", "Ort": "Bern"},
        ),
        ("<style>a: b; c: d</style><b>Name:</b> Eva<br>Ort: Bern", {"Name": "Eva", "Ort": "Bern"}),
    ],
)
def test_blocks(text: str, members: dict[str, Any]) -> None:
    """Two lines of label and value or more are read, in any script, with bullets, quotation marks or as HTML."""
    assert open_block(text) == members


@pytest.mark.parametrize(
    "text",
    [
        "Name: Eva",
        "Hello,\nplease call me at 10:30\nor 11:45.",
        "See https://example.com\nand http://example.org",
        "A long sentence that goes on and on before it comes to: this\nand another one that is just as long as that: that",
        "Name:\nOrt:",
        "x < y\ny > z",
        "",
        "a: b\n" * (MAX_BLOCK // 5 + 1),
    ],
)
def test_no_blocks(text: str) -> None:
    """Prose with a colon, a time or an address is no block; nor is what is too long to be a message."""
    assert open_block(text) is None
