"""What names alone tell, on the field names of five CRMs that ../shared/data holds, labelled by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pipeline.ladder import fuzzy, synonyms

LABELS = Path(__file__).parents[1] / "data" / "crm_field_labels.tsv"
NAMES = Path(__file__).parents[3] / "shared" / "data" / "crm_field_names.tsv"
CERTAIN = 0.90


def labelled() -> list[tuple[str, str, str, list[str]]]:
    """Vendor, object, field, and the lead fields that are right (`-`: none)."""
    lines = [line.split("\t") for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(vendor, thing, field, right.split("|")) for vendor, thing, field, right in lines]


def test_every_name_is_labelled() -> None:
    """The labels cover the list, name by name."""
    if not NAMES.exists():
        pytest.skip("../shared/data/crm_field_names.tsv is not beside the repository")
    listed = [tuple(line.split("\t")[:3]) for line in NAMES.read_text("utf-8").splitlines()[1:]]
    assert [one[:3] for one in labelled()] == listed


def test_names_of_crms_are_told_right() -> None:
    """Of the labelled names at least 95 % are told right, and at most 0.5 % are wrong above the limit."""
    rows = labelled()
    right, wrong, above = 0, [], []
    for vendor, thing, field, accepted in rows:
        around = (thing.removesuffix(".csv"),)  # what the name stands in, as a payload would have it
        found = synonyms.find(field, around) or fuzzy.near(field, around)
        told = found.field if found is not None and found.field is not None else "-"
        if told in accepted:
            right += 1
        else:
            wrong.append(f"{vendor} {thing} {field}: {told}, wanted {'|'.join(accepted)}")
            if told != "-" and found is not None and found.confidence >= CERTAIN:
                above.append(wrong[-1])
    print(f"\n{len(rows)} names: {right / len(rows):.1%} right, {len(above) / len(rows):.2%} wrong above {CERTAIN}")
    assert right / len(rows) >= 0.95, "\n".join(wrong)
    assert len(above) / len(rows) <= 0.005, "\n".join(above)
