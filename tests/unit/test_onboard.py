"""The proposed entry of a source: it can be loaded, and maps the same records to the same fields."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.audit.mask import LONGEST, masked
from app.cli import app
from app.inventory.load import load
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation

ROOT = Path(__file__).parents[2]
RECORDS = [
    {
        "Vorname": "Eva", "Nachname": "Müller", "E-Mail": f"eva{n}@example.com", "Telefon": f"+49 30 9012{n:04}",
        "Nachricht": "Bitte rufen Sie mich an.", "kennung": {"intern": n},
    }
    for n in range(30)
]  # fmt: skip


def fields(config: Path) -> list[dict[str, object]]:
    """What an installation makes of the records."""
    environment = Installation.from_environment()
    one = Installation(
        environment.app.model_copy(update={"config_dir": config}), environment.kafka, environment.redis, environment.registry
    )
    normaliser, found = one.normaliser(), []
    source = one.inventory.sources.get("callback-form") or one.undeclared(one.names.inbound("callback-form"))
    assert source is not None
    for n, record in enumerate(RECORDS):
        event = InboundEvent(Position(one.names.inbound("callback-form"), 0, n), None, orjson.dumps(record), (), 0)
        found.append(normaliser.mapped(event, source).fields)
    return found


def test_the_proposal_maps_as_the_ladder_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed as it is printed, it passes the checks, and every record has the fields that it had before."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "deploy" / "config", config)
    monkeypatch.setenv("LEADSTREAM_CONFIG_DIR", str(config))
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(record) for record in RECORDS))
    before = fields(config)
    assert before[0]["email"] == "eva0@example.com"
    shown = CliRunner().invoke(app, ["onboard", "callback-form", "--file", str(file)])
    assert shown.exit_code == 0
    assert "eva0@" not in shown.output, "examples are masked"
    (config / "sources" / "callback-form.yaml").write_text(shown.output)
    source = load(config).sources["callback-form"]
    assert (source.format, source.default_country, source.required) == ("json", "DE", ("email", "phone"))
    assert fields(config) == before


def test_as_data(tmp_path: Path) -> None:
    """--json says the same as data."""
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(record) for record in RECORDS))
    told = orjson.loads(CliRunner().invoke(app, ["onboard", "callback-form", "--file", str(file), "--json"]).output)
    assert (told["records"], told["format"]) == (30, "json")
    assert {one["field"] for one in told["paths"]} >= {"email", "phone", None}


def test_nothing_to_read(tmp_path: Path) -> None:
    """Without a readable record there is no proposal, and exit 1."""
    (tmp_path / "records").write_text("call me\n")
    assert CliRunner().invoke(app, ["onboard", "callback-form", "--file", str(tmp_path / "records")]).exit_code == 1


def test_masked() -> None:
    """An example shows the look of a value and none of its letters and digits."""
    assert masked("Eva.Müller2@example.com") == "Xxx.Xxxxxx9@xxxxxxx.xxx"
    assert masked("Иван") == "Xxxx"
    assert masked("王小明 हिन्दी ٣") == "XXX XXX 9"
    assert len(masked("x" * 1_000_000)) == LONGEST
