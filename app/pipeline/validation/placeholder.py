"""What forms, test tools and impatient people write where a value should be. Compared in small letters."""

from __future__ import annotations

_ANYWHERE = frozenset(
    """n/a|n.a.|n\\a|--|---|-|_|.|..|...|?|??|???|x|xx|xxx|xxxx|nil|undefined|(none)|(not set)|not set|(not provided)|
    not provided|[object object]|tbd|tba|asdf|asdfg|asdfgh|qwerty|qwertz|lorem ipsum|keine angabe|bitte wählen|
    bitte auswählen|please select|not applicable""".replace("\n    ", "").split("|")
)
_NOT_FREE = _ANYWHERE | {"select", "select...", "choose", "none", "null", "unknown", "test"}
NOT_NAMES = _ANYWHERE | frozenset(
    """test|test test|tester|testing|none|unknown|anonymous|name|first name|firstname|first last|last name|lastname|
    full name|firstname lastname|your name|vorname|nachname|foo|bar|foo bar""".replace("\n    ", "").split("|")
)
_TEST_TOOLS = ("<test lead:", "test lead: dummy data")  # Meta's test tool


def is_placeholder(text: str) -> bool:
    """For free fields: company, city, interest, …"""
    low = text.lower()
    return low in _NOT_FREE or low.startswith(_TEST_TOOLS)


def is_placeholder_name(text: str) -> bool:
    """For names of people. Na and Null are names; `null` and `NULL` are a serialiser's."""
    low = text.lower()
    return low in NOT_NAMES or text in ("null", "NULL") or low.startswith(_TEST_TOOLS)
