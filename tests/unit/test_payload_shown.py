"""Payloads for people to look at: the form stays, the person does not."""

from __future__ import annotations

import pytest

from app.ops.payload import MOST, header_shown, shown

CANARY = ("canary", "Canary", "46701234567", "2011-02-03")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b'{"e-mail": "mara@canary.org", "tel": 46701234567, "all": [{"name": "Mara Canary"}], "ok": true}', ["e-mail", "all"]),
        (b"email=mara%40canary.org&name=Mara+Canary&born=2011-02-03", ["email", "name", "born"]),
        (b"Mara Canary;mara@canary.org;+46701234567", []),
        (b'{"email": "mara@canary.org", "broken', []),
        (b"mara@canary.org=1&46701234567=2", []),
        (b'{"mara@canary.org": 1, "46701234567": 2}', []),
        (b"\xff\xfeMara Canary", []),
        (b"\0\0\0\0\x07Mara Canary", ["schema id 7"]),
        (b"\0", []),
        (b'"' + b"canary" * 5_000 + b'"', []),
        (b"canary " * 5_000, []),
        (b"[" * 100_000, []),
        (None, ["tombstone"]),
        (b"", ["0 bytes"]),
    ],
)  # fmt: skip
def test_no_value_is_shown(value: bytes | None, names: list[str]) -> None:
    """Whatever the bytes are, no value stands in what is shown; names of fields do; and it is never long."""
    text = shown(value)
    assert not [word for word in CANARY if word in text]
    assert not [name for name in names if name not in text]
    assert len(text) < 2 * MOST


def test_the_form_stays() -> None:
    """Whoever mends a mapping sees what kind of value is where."""
    assert '"born": "99.99.9999"' in shown(b'{"born": "03.02.2011"}')
    assert "budget=9.999+XXX" in shown(b"budget=5.000+EUR")
    assert header_shown(b"Mara") == "Xxxx"
    assert header_shown(None) == "(none)"
