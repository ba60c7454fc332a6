"""The ACL of Redis names every command that our scripts call, and no key but ours."""

from __future__ import annotations

import re
from pathlib import Path

from app.edges.redis.needs import COMMANDS, acl

FOLDER = Path(__file__).parents[2] / "app/edges/redis"
_CALL = re.compile(r"call\('([A-Z]+)'(?:, '([A-Z]+)')?")


def test_every_command_of_a_script_is_listed() -> None:
    """A script that calls something new fails here, before a user without it fails in production."""
    told = "".join(path.read_text() for path in (*FOLDER.rglob("*.lua"), *FOLDER.glob("*.py")))
    called = {f"{name}|{sub}" if name == "MEMORY" else name for name, sub in _CALL.findall(told)}
    assert {name.lower() for name in called} <= set(COMMANDS)
    assert len(called) > 20


def test_no_key_but_the_installations() -> None:
    """The braces are there to the letter: another installation's keys, and those without braces, are out of reach."""
    told = acl("shop").split()
    assert [word for word in told if word.startswith("~")] == ["~{shop}:*", "~{shop:review}:*", "~{shop:access}:*"]
    assert not [word for word in told if word.startswith("+@") or word in ("allcommands", "allkeys", "nopass")]
