"""The proposed entry of a source: it can be loaded, and maps the same records to the same fields."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
import yaml
from typer.testing import CliRunner

from app.audit.mask import LONGEST, masked
from app.audit.profile import Profile, uncertain
from app.audit.proposal import proposal
from app.auditing import profiled
from app.cli import app
from app.inventory.load import load
from app.inventory.models import Ladder, Source
from app.pipeline.ladder.classifier import shipped
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation

ROOT = Path(__file__).parents[2]
ARRIVED = 1_795_392_000_000
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


def profile_of(
    records: Sequence[Mapping[str, Any] | bytes], limits: Ladder | None = None, name: str = "callback-form"
) -> tuple[Source, str, Profile]:
    """What records have in common that arrived one every ten minutes, a minute after what they tell."""
    one = Installation.from_environment()
    inventory = one.inventory.model_copy(update={"ladder": limits or one.inventory.ladder})
    normaliser = Normaliser(inventory, {}, codec=one.codec, classifier=shipped())
    events = (
        InboundEvent(
            Position(one.names.inbound(name), 0, n),
            None,
            record if isinstance(record, bytes) else orjson.dumps(record),
            (),
            ARRIVED + n * 600_000,
        )
        for n, record in enumerate(records)
    )
    return profiled(one, name, events, normaliser)


def sent(n: int, pattern: str = "%d.%m.%Y %H:%M") -> str:
    """A minute before record n arrived, in Berlin."""
    return datetime.fromtimestamp(ARRIVED / 1000 + n * 600 - 60, ZoneInfo("Europe/Berlin")).strftime(pattern)


def test_zone_and_order_are_proposed_with_their_evidence() -> None:
    """Times without zone against arrivals, days above 12: each line says what was seen, and can be loaded."""
    records = [record | {"created_at": sent(n)} for n, record in enumerate(RECORDS)]
    told = proposal("callback-form", "json", profile_of(records)[2], 0.9)
    entry = yaml.safe_load(told)
    assert (entry["time_zone"], entry["date_order"], entry["expected_per_hour"]) == ("Europe/Berlin", "DMY", 6.2)
    assert "100% of 30 times without zone" in told
    assert "30 have a day above 12" in told


def test_what_is_not_sure_is_not_proposed() -> None:
    """Times that fit no zone, and dates written both ways: the defaults stay, and the line says why."""
    records = [
        record | {"created_at": sent(n * 17, "%m/%d/%Y %H:%M" if n % 2 else "%d/%m/%Y %H:%M")} for n, record in enumerate(RECORDS)
    ]
    told = proposal("callback-form", "json", profile_of(records)[2], 0.9)
    entry = yaml.safe_load(told)
    assert (entry["time_zone"], entry["date_order"]) == ("UTC", "YMD")
    assert "not sure, ask the sender" in told
    assert "written both ways" in told


def test_a_declared_source_keeps_what_no_record_tells() -> None:
    """Its own time zone, order and format stay where there is no evidence against them."""
    source, format_, profile = profile_of([b"submission_id=f1&email=jo%40example.com&name=Jo+Miller"] * 3, name="web-form")
    entry = yaml.safe_load(proposal("web-form", format_, profile, 0.9, source))
    assert (entry["time_zone"], entry["date_order"], entry["format"]) == (source.time_zone, source.date_order, "form")


@pytest.mark.parametrize(
    ("records", "format_"),
    [
        ([{"email": "eva@example.com"}], "json"),
        ([b"email=eva%40example.com&name=Eva"], "form"),
        ([b"Name: Eva\nE-Mail: eva@example.com"], "auto"),
        ([{"email": "eva@example.com"}, b"email=eva%40example.com&name=Eva"], "auto"),
        ([{"email": "eva@example.com"}, b"call me"], "json"),
    ],
)
def test_the_format_that_reads_all(records: list[Mapping[str, Any] | bytes], format_: str) -> None:
    """json or form where it reads every record that can be read, else auto."""
    assert profile_of(records)[1] == format_


class TestOpen:
    UNSURE = Ladder(certain_from=0.999, plausible_from=0.99)

    def test_what_is_mapped_below_the_limit_and_what_is_not_mapped(self) -> None:
        """Both wait for a person: those mapped, then those that only could be a field, each with its confidence and example."""
        found = uncertain(profile_of(RECORDS, Ladder(certain_from=0.999, plausible_from=0.9))[2], 0.999)
        assert [one for one in found if one.path == "E-Mail" and one.field == "email" and one.mapped]
        found = uncertain(profile_of(RECORDS, self.UNSURE)[2], 0.999)
        (email,) = [one for one in found if one.path == "E-Mail"]
        assert (email.field, email.mapped, email.share, email.example) == ("email", False, 1.0, "xxx9@xxxxxxx.xxx")
        assert 0.495 <= email.confidence < 0.99

    def test_a_field_that_is_filled_is_not_asked_for_again(self) -> None:
        """A second e-mail address beside a certain one is no question."""
        _, _, profile = profile_of([record | {"mail2": "x@example.org"} for record in RECORDS])
        assert "email" not in {one.field for one in uncertain(profile, 0.9)}

    def test_what_is_rare_is_not_asked_for(self) -> None:
        """One record in a hundred that has something more does not make a question."""
        records = [*RECORDS * 4, RECORDS[0] | {"Firma": "Muster GmbH"}]
        assert "company" not in {one.field for one in profile_of(records, self.UNSURE)[2].suggested()}

    def test_the_proposal_names_them(self) -> None:
        """As comments, beside the attribute that each is until somebody says so."""
        told = proposal("callback-form", "json", profile_of(RECORDS, self.UNSURE)[2], 0.999)
        assert '# perhaps: email: "E-Mail"  # ' in told
        assert "eva0" not in told

    def test_nothing_was_read(self) -> None:
        """Without a record nothing waits."""
        assert uncertain(Profile(), 0.9) == []


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["onboard", "Not_A_Slug"], "no slug"),
        (["mapping", "correct", "callback-form", "a[b", "email", "--by", "x"], "character"),
        (["mapping", "correct", "callback-form", "a", "emial", "--by", "x"], "email"),
        (["mapping", "confirm", "callback-form", "a"], "--by"),
    ],
)
def test_wrong_usage(argv: list[str], told: str) -> None:
    """Told before any cluster is asked, with what to write instead; exit 2."""
    done = CliRunner().invoke(app, argv)
    assert done.exit_code == 2
    assert told in done.output


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
