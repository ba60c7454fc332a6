"""`leadstream map`, as a person at a terminal and a pipe use it."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from app.cli import app

PAYLOAD = {"Vorname": "Ada", "Nachname": "Berg", "E-Mail-Adresse": "ada@example.com", "Lieblingsfarbe": "blau"}


def ran(*args: str, given: str) -> str:
    result = CliRunner().invoke(app, ["map", *args], input=given)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_payload_is_mapped_and_masked() -> None:
    """Fields, rungs and paths are shown; what the person wrote only on demand."""
    told = ran(given=json.dumps(PAYLOAD))
    assert "email" in told
    assert "synonym" in told
    assert "ada@example.com" not in told
    assert "ada@example.com" in ran("--show", given=json.dumps(PAYLOAD))


def test_json_lines_give_an_object_each() -> None:
    """For pipes: values, paths, confidence, attributes; a record that cannot be read says why."""
    lines = ran("--json", given=f"{json.dumps(PAYLOAD)}\n{json.dumps({'name': 'x', 'tel': '+49 30 901820'})}\n").splitlines()
    first, second = map(json.loads, lines)
    assert {one["field"]: one["value"] for one in first["fields"]}["email"] == "ada@example.com"
    assert first["attributes"] == {"Lieblingsfarbe": "blau"}
    assert any(one["field"] == "phone" for one in second["fields"])
    assert json.loads(ran("--json", given="<html></html>"))["dead_letter"] == "unknown_format"


def test_names_alone() -> None:
    """One name a line gives its field, or none."""
    told = [json.loads(line) for line in ran("--names", "--json", given="Téléphone\ncsrf_token\n").splitlines()]
    assert [one["field"] for one in told] == ["phone", None]
