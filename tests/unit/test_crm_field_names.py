"""Names that real systems give their fields, labelled by hand: how many are told right, and how many wrong with certainty."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.pipeline.ladder.naming import by_name
from app.pipeline.validation.validator import FIELDS

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "crm_field_names.tsv"
DATA = ROOT / "tests" / "data"
CERTAIN, PLAUSIBLE = 0.90, 0.60
LEAST_RIGHT, MOST_WRONG = 0.95, 0.005


@dataclass(frozen=True, slots=True)
class Labelled:
    """A name and the fields that it may be taken for; None: no lead field."""

    where: str
    context: tuple[str, ...]
    name: str
    fields: tuple[str | None, ...]


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]


def fields(text: str) -> tuple[str | None, ...]:
    return tuple(None if one == "-" else one for one in text.split("|"))


def of_crms(label: str) -> str:
    """The object's name, as an enclosing member would have it: `sf_lead_data.csv` is lead."""
    name = label.partition(":")[0].removesuffix(".csv").removesuffix("_data").removesuffix("_describe")
    return name.removeprefix("marketo_").removeprefix("pardot_").removeprefix("sf_")


def measure(title: str, labelled: list[Labelled], context: bool = True) -> tuple[float, float]:
    """(share told right, share wrong among those told with certainty), printed with what went wrong."""
    right = certain = wrong = 0
    for one in labelled:
        around = one.context if context else ()
        found = by_name(one.name, around)
        told = found.field if found is not None and found.confidence >= PLAUSIBLE else None
        right += told in one.fields
        if found is not None and found.field is not None and found.confidence >= CERTAIN:
            certain += 1
            wrong += told not in one.fields
        if told not in one.fields:
            print(f"  {one.where} {around} {one.name}: {told or '-'} ({found.confidence if found else 0:.2f}), not {one.fields}")
    share = wrong / certain
    print(f"{title}: {right / len(labelled):.2%} of {len(labelled)} right; {wrong} of {certain} certain ones wrong ({share:.2%})")
    return right / len(labelled), share


@pytest.fixture(scope="module")
def crms() -> list[Labelled]:
    if not REAL.exists():
        pytest.skip("../shared/data/crm_field_names.tsv is absent")
    with REAL.open(encoding="utf-8") as lines:
        real = [
            (row["vendor"], row["object"], row["field"]) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
    labels = {(vendor, thing, name): fields(label) for vendor, thing, name, label in rows(DATA / "crm_field_labels.tsv")}
    return [Labelled(f"{key[0]} {key[1]}", (of_crms(key[1]),), key[2], labels[key]) for key in real]


@pytest.fixture(scope="module")
def others() -> list[Labelled]:
    return [
        Labelled(system, tuple(name for name in context.split(",") if name), name, fields(label))
        for system, context, name, label in rows(DATA / "names_of_other_systems.tsv")
    ]


def test_every_label_is_a_lead_field(others: list[Labelled]) -> None:
    """Those that a mapping can fill."""
    told = {field for one in others for field in one.fields}
    told |= {field for row in rows(DATA / "crm_field_labels.tsv") for field in fields(row[3])}
    assert told - {None} <= FIELDS


def test_names_of_crms_are_told_by_name_and_object(crms: list[Labelled]) -> None:
    """All of Salesforce's, Marketo's, Pardot's, HubSpot's and Zendesk's that were gathered."""
    right, wrong = measure("CRMs", crms)
    assert right >= LEAST_RIGHT
    assert wrong <= MOST_WRONG


def test_names_of_crms_are_told_by_name_alone(crms: list[Labelled]) -> None:
    """Without the object many are anybody's guess (`name`, `id`, `title`): they are never certain."""
    right, wrong = measure("CRMs, names alone", crms, context=False)
    assert right >= 0.94
    assert wrong <= 2 * MOST_WRONG


def test_names_of_other_systems_and_forms_are_told(others: list[Labelled]) -> None:
    """Two dozen CRMs, shops and form builders, and forms in seventeen languages."""
    assert len(others) >= 300
    right, wrong = measure("Others", others)
    assert right >= LEAST_RIGHT
    assert wrong <= MOST_WRONG
