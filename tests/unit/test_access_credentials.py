"""Tokens, passwords and the access file: what is kept cannot be used, and what is wrong is named without being repeated."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.access.credentials import (
    SALT_BYTES,
    Keys,
    is_password_hash,
    password_fits,
    password_hash,
    password_wrong,
    token_fits,
    token_hash,
    token_id,
    token_of,
)
from app.access.principals import Principal, Principals, over, parse
from app.access.table import ROLES
from app.edges.web.access_file import LOOK_S, FollowedFile, editing, load
from app.errors import ConfigurationError
from app.ops.health import Health
from tests.harness.doors import HASHED, KEYS, NOON, PASSWORD, PEOPLE, kept, token


def test_a_token_fits_its_hash_alone_and_under_its_key_alone() -> None:
    """Neither another token, nor another installation's key; the hash tells nothing of it."""
    one = token_of(b"12345", b"r" * 32)
    assert token_id(one) == b"12345".hex()
    hashed = token_hash(one, KEYS.tokens)
    assert token_fits(one, hashed, KEYS.tokens)
    assert not token_fits(one + "A", hashed, KEYS.tokens)
    assert not token_fits(one, hashed, Keys.of(b"another secret").tokens)
    assert len({KEYS.tokens, KEYS.sessions, KEYS.forms}) == 3
    assert [token_id(text) for text in ("", "lst_", one[:-1], one + "=", one.upper(), f"{one}\n", " " + one)] == [None] * 7


def test_a_password_fits_its_hash_alone() -> None:
    """However its letters are composed; the salt makes two of one password differ."""
    hashed = password_hash("schöne Aussicht", b"a" * SALT_BYTES)
    assert is_password_hash(hashed)
    assert password_fits("scho\u0308ne Aussicht", hashed)
    assert not password_fits("schone Aussicht", hashed)
    assert not password_fits("", None)
    assert hashed != password_hash("schöne Aussicht", b"b" * SALT_BYTES)


@pytest.mark.parametrize(
    "text", ["", "plain", "scrypt$1,8,1$", HASHED.replace("$14,", "$31,"), HASHED.replace("$14,", "$2,"), HASHED + "A"]
)
def test_a_hash_that_is_none_or_costs_too_much_or_too_little_is_refused(text: str) -> None:
    """Who can write the file cannot stop the API with it, nor leave passwords for anybody to guess."""
    assert not is_password_hash(text)


@pytest.mark.parametrize("text", ["short", "x" * 513, "aaaaaaaaaaaaaaaa", "Sales-3 Sales-3", "abababababababab"])
def test_passwords_that_will_not_do(text: str) -> None:
    """Too short, too long, of few characters, with the id in it; and no rule that makes people write them down."""
    assert password_wrong(text, "sales-3")
    assert password_wrong("three plain words", "sales-3") is None


def test_days_end_at_midnight_utc() -> None:
    """The day that is named still counts."""
    last = date(2026, 1, 1)
    assert [over(last, NOON), over(last, NOON + 12 * 3_600_000 - 1), over(last, NOON + 12 * 3_600_000)] == [False, False, True]
    assert not over(None, NOON)


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (None, "file"),
        ([], "file"),
        ({"version": 2}, "version"),
        ({"principals": [{"id": "Jo@example.com", "role": "viewer"}]}, "principals.0.id"),
        ({"principals": [{"id": "steward", "role": "viewer"}]}, "principals.0.id"),
        ({"principals": [{"id": "local", "role": "viewer"}]}, "principals.0.id"),
        ({"principals": [{"id": "a", "role": "root"}]}, "principals.0.role"),
        ({"principals": [{"id": "a", "role": "viewer", "password": "secret"}]}, "principals.0.password"),
        ({"principals": [{"id": "a", "role": "viewer", "admin": True}]}, "principals.0.admin"),
        (
            {"principals": [{"id": "a", "role": "viewer", "tokens": [{"id": "0" * 10, "hash": "secret"}]}]},
            "principals.0.tokens.0.hash",
        ),
        ({"principals": [{"id": "a", "role": "viewer"}] * 2}, "principal more than once: a"),
        ({"principals": [{"id": "a", "role": "viewer", "expires": "never"}]}, "principals.0.expires"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(told: Any, where: str) -> None:
    """Each place, and no value that stands there."""
    with pytest.raises(ConfigurationError) as wrong:
        parse(told, "access.yaml")
    assert str(wrong.value).startswith("access.yaml: ")
    assert where in str(wrong.value)
    assert not any(secret in str(wrong.value) for secret in ("secret", "Jo@", "never"))


def test_a_token_twice_is_refused() -> None:
    """Nobody could say whose it is."""
    with pytest.raises(ValueError, match="token more than once"):
        Principals(principals=tuple(Principal(id=name, role="viewer", tokens=(kept(1),)) for name in ("a", "b")))


def test_the_file_says_the_same_again_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    """What is written is read; mode 600; no token in it, and no password."""
    path = tmp_path / "deep" / "access.yaml"
    with editing(path) as put:
        put(PEOPLE)
    assert load(path) == PEOPLE
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert PASSWORD not in text
    assert not any(token(n) in text for n in range(1, 8))
    assert [one for one in path.parent.iterdir() if one.name.startswith(".access.yaml.") and one.suffix != ".lock"] == []


@pytest.mark.parametrize("text", ["{", "\tx", "a: &a [*a]", "!!python/object/apply:os.getcwd []", "[" * 1_200, "\x00"])
def test_a_file_that_is_no_yaml_of_ours(tmp_path: Path, text: str) -> None:
    """One error that names the file; nothing in it is carried out."""
    path = tmp_path / "access.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"access\.yaml"):
        load(path)


def test_a_file_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    """They could make themselves operators."""
    path = tmp_path / "access.yaml"
    path.write_text("version: 1\n")
    path.chmod(0o666)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load(path)


def test_the_running_api_follows_the_file_and_keeps_what_it_knew_where_it_is_broken(tmp_path: Path) -> None:
    """Who is disabled is out within a second; a broken file is told by health, and lets nobody in or out."""
    path, health, now = tmp_path / "access.yaml", Health(), [0.0]
    with editing(path) as put:
        put(PEOPLE)
    who = FollowedFile(path, health, lambda: now[0])
    gone = PEOPLE.by_id["viewer-1"].model_copy(update={"disabled": True})
    with editing(path) as put:
        put(PEOPLE.changed(gone))
    assert not who().by_id["viewer-1"].disabled
    now[0] += LOOK_S
    assert who().by_id["viewer-1"].disabled
    path.write_text("version: 1\nprincipals: [{id: a}]\n")
    now[0] += LOOK_S
    assert len(who().principals) == len(PEOPLE.principals)
    assert [(check.name, check.status) for check in health.checks] == [("access_file", "degraded")]
    path.unlink()
    now[0] += LOOK_S
    assert len(who().principals) == len(PEOPLE.principals)
    path.write_text(yaml.safe_dump({"version": 1}))
    now[0] += LOOK_S
    assert who().principals == ()
    assert health.ready


def test_roles_of_the_file_are_those_of_the_table() -> None:
    """Each can be given."""
    for role in ROLES:
        assert parse({"principals": [{"id": "a", "role": role}]}, "x").by_id["a"].role == role
