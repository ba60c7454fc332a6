"""`leadstream access`, and how the API and `leadstream review` find out who asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.access.credentials import Keys, password_fits, token_id
from app.access.principals import LOCAL
from app.cli import app
from app.commands.review_login import SESSION_FILE, shown_at
from app.edges.web.access_file import load
from app.edges.web.admission import TOKEN_FILE, door_of
from app.edges.web.door import Door, Unknown
from app.edges.web.standing import MemoryStanding
from app.errors import ConfigurationError
from app.ops.health import Health
from app.settings import AccessSettings, ApiSettings
from tests.harness.doors import PASSWORD, House, token

PEPPER = "0123456789 of the tests"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    there = {"LEADSTREAM_ACCESS_FILE": "access.yaml", "LEADSTREAM_PEPPER": PEPPER, "COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, ["access", *arguments], input=stdin, env=there)


def door(**settings: Any) -> Door:
    file = Path("access.yaml") if Path("access.yaml").exists() else None
    return door_of(PEPPER.encode(), ApiSettings(**settings), AccessSettings(file=file), MemoryStanding(lambda: 0), Health())


def asks(one: Door, shown: str) -> str:
    from starlette.datastructures import Headers

    return one.caller(Headers({"authorization": f"Bearer {shown}"})).id


def test_from_an_empty_folder_to_a_token_that_works() -> None:
    """The token is printed once, alone on standard output; the file has a hash; the API knows it until it is taken away."""
    assert run("add", "crm", "--role", "reviewer", "--relays").exit_code == 0
    made = run("token", "crm", "--for", "the CRM's bridge", "--days", "30")
    text = made.stdout.strip()
    assert token_id(text)
    assert text not in Path("access.yaml").read_text()
    assert asks(door(), text) == "crm"
    listed = json.loads(run("list", "--json").stdout)
    assert [(one["id"], one["role"], one["relays"], len(one["tokens"])) for one in listed] == [("crm", "reviewer", True, 1)]
    assert "hash" not in str(listed)
    assert "the CRM's bridge" in run("list").stdout
    assert run("revoke", text).exit_code == 0
    with pytest.raises(Unknown, match="bad"):
        asks(door(), text)


def test_people_get_passwords_roles_and_are_shut_out() -> None:
    """Each change stands in the file at once; a password that is easily guessed is not taken."""
    run("add", "sales-3", "--role", "reviewer", "--expires", "2099-12-31")
    assert "easily guessed" in run("password", "sales-3", "--stdin", stdin="sales-3 sales-3\n").output
    assert run("password", "sales-3", "--stdin", stdin=f"{PASSWORD}\n").exit_code == 0
    run("role", "sales-3", "viewer")
    one = load(Path("access.yaml")).by_id["sales-3"]
    assert (one.role, str(one.expires), password_fits(PASSWORD, one.password)) == ("viewer", "2099-12-31", True)
    assert "no problems" in run("check").output
    run("disable", "sales-3")
    assert load(Path("access.yaml")).by_id["sales-3"].disabled
    assert "disabled" in run("check").output
    run("disable", "sales-3", "--undo")
    run("password", "sales-3", "--remove")
    assert load(Path("access.yaml")).by_id["sales-3"].password is None
    assert "neither a password nor a token" in run("check").output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "Jo@example.com", "--role", "viewer"], 1, "an id is"),
        (["add", "steward", "--role", "viewer"], 1, "leadstream's own"),
        (["add", "a", "--role", "root"], 2, "root"),
        (["add", "there", "--role", "viewer"], 1, "there already"),
        (["add", "b", "--role", "viewer", "--expires", "soon"], 2, "2027-01-31"),
        (["token", "nobody"], 1, "no such principal"),
        (["revoke", "0123456789"], 1, "no such token"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], code: int, said: str) -> None:
    """And nothing is changed."""
    run("add", "there", "--role", "viewer")
    before = Path("access.yaml").read_text()
    done = run(*arguments)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert Path("access.yaml").read_text() == before


def test_without_an_access_file_only_this_machines_user_may_ask(capsys: pytest.CaptureFixture[str]) -> None:
    """A new token at each start, in a file for its owner alone, and not in the log; beyond loopback the API does not listen."""
    first, second = door(), door()
    text = TOKEN_FILE.read_text().strip()
    assert TOKEN_FILE.stat().st_mode & 0o777 == 0o600
    assert asks(second, text) == LOCAL
    with pytest.raises(Unknown, match="bad"):
        asks(first, text)
    shown = capsys.readouterr()
    assert text not in shown.out + shown.err
    for settings in ({"host": "0.0.0.0"}, {"host": "192.0.2.1"}, {"hosts": "review.example"}, {"proxies": "10.0.0.1"}):
        with pytest.raises(ConfigurationError, match="LEADSTREAM_ACCESS_FILE"):
            door(**settings)


def test_a_proxy_needs_both_its_header_and_a_secret_worth_the_name() -> None:
    """Half of it would let everybody in, or nobody."""
    for settings in (
        {"proxy_header": "X-User"},
        {"proxy_secret": "long enough for it"},
        {"proxy_header": "X", "proxy_secret": "short"},
    ):
        with pytest.raises(ConfigurationError, match="LEADSTREAM_API_PROXY_SECRET"):
            door(**settings)


def test_a_file_that_is_not_there_stops_the_start() -> None:
    """Rather than letting this machine's user in where others were meant."""
    with pytest.raises(ConfigurationError, match="leadstream access add"):
        door_of(PEPPER.encode(), ApiSettings(), AccessSettings(file=Path("none")), MemoryStanding(lambda: 0), Health())


def test_who_asks_is_found_in_order_and_shown_to_nobody_else() -> None:
    """Variable, named file, session of this URL, the local token; the last two never leave for another address."""
    here, there = "http://127.0.0.1:8085", "https://review.example"
    assert shown_at(here, ApiSettings()) == {}
    TOKEN_FILE.parent.mkdir()
    TOKEN_FILE.write_text("local\n")
    assert shown_at(here, ApiSettings()) == {"Authorization": "Bearer local"}
    assert shown_at(there, ApiSettings()) == {}
    SESSION_FILE.write_text(json.dumps({"url": there, "headers": {"Cookie": "c"}}))
    assert shown_at(there, ApiSettings()) == {"Cookie": "c"}
    assert shown_at(here, ApiSettings()) == {"Authorization": "Bearer local"}
    Path("named").write_text("named\n")
    assert shown_at(there, ApiSettings(token_file=Path("named"))) == {"Authorization": "Bearer named"}
    assert shown_at(there, ApiSettings.model_validate({"token": "shown", "token_file": "named"})) == {
        "Authorization": "Bearer shown"
    }


def test_keys_are_the_installations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another pepper knows none of its tokens."""
    run("add", "crm", "--role", "viewer")
    text = run("token", "crm").stdout.strip()
    monkeypatch.setattr("tests.unit.test_access_command.PEPPER", "9876543210 of the tests")
    with pytest.raises(Unknown, match="bad"):
        asks(door(), text)
    assert Keys.of(b"a") != Keys.of(b"b")
    assert House().asks(1).get("/v1/session").status_code == 200
    assert token(1) != text
