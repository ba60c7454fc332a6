"""The vendors' shapes: each parses as its declared format and holds what the vendor's own payloads hold."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.simulator.shapes import SHAPES
from app.embedded.simulator.traffic import Mix, Traffic
from app.inventory.load import load

ROOT = Path(__file__).parents[2]
START_MS = 1_772_438_400_000
SAMPLES = ROOT / "../shared/data/payloads"

INVENTORY = load(ROOT / "deploy/config")
CODEC = AvroCodec(Schemas.load(ROOT / "schemas"))
CLEAN = Mix(exact=0, fuzzy=0, intent=0, garbage=0, late=0, dirty=0)


@pytest.fixture(scope="module")
def values() -> dict[str, list[bytes]]:
    """A few clean values of each source."""
    found: dict[str, list[bytes]] = {}
    for planned in islice(Traffic(INVENTORY, 21, START_MS, encode=CODEC.encode, mix=CLEAN).events(), 3000):
        found.setdefault(planned.source, []).append(planned.value or b"")
    return found


def paths(value: Any, above: str = "") -> Iterator[str]:
    """All paths of a JSON document; the elements of a list share theirs."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, f"{above}.{name}" if above else name)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, above + "[]")
    else:
        yield above


def test_every_source_of_the_inventory_has_a_shape() -> None:
    """What ships in deploy/config can be simulated."""
    assert set(INVENTORY.sources) == set(SHAPES)


def test_each_value_parses_as_its_declared_format(values: dict[str, list[bytes]]) -> None:
    """JSON is an object, a form has pairs, a CSV line the declared columns, Avro the declared record."""
    for name, source in INVENTORY.sources.items():
        for value in values[name]:
            match source.format:
                case "json":
                    assert isinstance(json.loads(value), dict)
                case "form":
                    assert parse_qs(value.decode(), strict_parsing=True)["email"]
                case "csv":
                    assert source.csv
                    [row] = csv.reader([value.decode()], delimiter=source.csv.delimiter)
                    assert len(row) == len(source.csv.columns)
                case "avro":
                    assert CODEC.decode(value, source.record or "")["contact_email"]


def test_shopify_ids_are_above_two_to_the_53(values: dict[str, list[bytes]]) -> None:
    """Ids are of a size that floating point cannot hold, and still differ by one."""
    ids = [(body.get("customer") or body)["id"] for body in map(json.loads, values["shopify-customer"])]
    assert min(ids) > 2**53
    assert len(set(ids)) == len(ids)


def test_woocommerce_times_come_in_pairs(values: dict[str, list[bytes]]) -> None:
    """Shop time and its gmt twin differ by the shop's offset, and neither names a zone."""
    for order in map(json.loads, values["woocommerce"]):
        local, gmt = order["date_created"], order["date_created_gmt"]
        assert len(local) == len(gmt) == len("2026-03-02T09:00:00")
        assert local > gmt


@pytest.mark.parametrize(
    ("source", "sample", "ours_only"),
    [
        ("google-ads", "google_ads_lead_form_webhook_test.json", set()),
        ("linkedin-lead-gen", "linkedin_lead_form_response_template.json", set()),
        ("meta-lead-ads", "facebook_lead_graph_api.json", {"adset_id", "campaign_id", "is_organic", "platform"}),
        ("woocommerce", "woocommerce_order.json", set()),
        (
            "segment-identify",
            "segment_identify.json",
            {"locale", "campaign", "phone", "company", "title", "interest", "marketing_consent"},
        ),
    ],
)
def test_names_are_the_vendors(values: dict[str, list[bytes]], source: str, sample: str, ours_only: set[str]) -> None:
    """Every path of a simulated payload is one of the vendor's sample, but for those that forms and sites add themselves."""
    if not SAMPLES.exists():
        pytest.skip("the vendors' sample payloads (../shared/data/payloads) are absent")
    known = set(paths(json.loads((SAMPLES / sample).read_text("utf-8"))))
    for value in values[source]:
        for path in paths(json.loads(value)):
            assert path in known or ours_only & set(path.replace("[]", "").split(".")), path


def test_campaign_ids_differ_by_campaign(values: dict[str, list[bytes]]) -> None:
    """A vendor's campaign id stands for one campaign."""
    assert len({json.loads(value)["campaign_id"] for value in values["google-ads"]}) > 4
