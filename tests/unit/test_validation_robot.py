"""Robots: typed by what they leave behind."""

from __future__ import annotations

import pytest

from app.pipeline.validation.robot import Honeypots, is_echo, is_gibberish, is_robot


@pytest.mark.parametrize(
    "path",
    [
        *("honeypot", "honeypot_field", "form.hp", "data[hp_email]", "_gotcha", "bot-field", "website_url2", "fax_number_hidden"),
        *("leave_this_blank", "do_not_fill", "ak_hp_textarea", "b_0123456789abcdef0123_abcdef01"),
    ],
)
def test_a_filled_bait_is_a_robots(path: str) -> None:
    """Names that form builders give to fields which people never see; empty or unchecked they say nothing."""
    assert Honeypots().filled({path: "http://x.example"}) == path
    assert Honeypots().filled({path: " "}) is None
    assert Honeypots().filled({path: "false"}) is None


@pytest.mark.parametrize("path", ["php", "shop", "fax", "website", "hp_printer_model", "url", "robot", "honey", "botany", "whp"])
def test_other_fields_are_no_bait(path: str) -> None:
    """A shop may sell printers by HP, and honey."""
    assert Honeypots().filled({path: "x"}) is None


def test_a_source_may_mark_its_bait() -> None:
    """A path that the inventory names counts, whatever it is called, and as often as it comes."""
    honeypots = Honeypots(("nickname",))
    assert [honeypots.filled({"nickname": text}) for text in ("x", "", "y")] == ["nickname", None, "nickname"]


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("python-requests/2.31", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0", True),
        ("curl/8.0", True),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", False),
    ],
)
def test_robots_say_their_name(agent: str, robot: bool) -> None:
    """Crawlers, browsers without a screen, libraries; a phone may be called Cubot."""
    assert is_robot(agent) is robot


def test_one_text_in_all_fields_is_an_echo() -> None:
    """Three fields alike, names among them; James James of Berlin is a person."""
    assert is_echo({"first_name": "win", "last_name": "win", "company": "win"})
    assert is_echo({"full_name": "win", "company": "win", "message": "win"})
    assert not is_echo({"first_name": "James", "last_name": "James", "city": "Berlin"})
    assert not is_echo({"first_name": "Anna", "last_name": "Berg", "company": "Berg"})
    assert not is_echo({"full_name": ["x"], "company": ["x"], "message": ["x"]})


@pytest.mark.parametrize(("name", "expected"), [("RsQbnLkzXwTd", True), ("Anna McDonald-DeVries", False), ("Krzysztof", False)])
def test_gibberish_is_judged_by_its_capitals_alone(name: str, expected: bool) -> None:
    """Capitals inside a word three times: no name of a person is written so. Rare spellings are left alone."""
    assert is_gibberish(name) is expected
