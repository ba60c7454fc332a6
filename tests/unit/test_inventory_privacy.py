"""privacy.yaml, the consent of sources and the purposes of teams: what `leadstream check` finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.inventory.gaps import advice
from app.inventory.load import load
from app.inventory.privacy import Privacy
from app.inventory.problems import InventoryError
from tests.harness.config import CATCH_ALL, only


def found(config: Path) -> list[str]:
    with pytest.raises(InventoryError) as caught:
        load(config)
    return [f"{Path(one.file).name}:{one.field}: {one.what}" for one in caught.value.problems]


def config(folder: Path, source: str = "", team: str = "", privacy: str | None = None) -> Path:
    made = only(folder, "web-form", routing=CATCH_ALL, teams=f"teams:\n  - {{name: nurture, description: Letters{team}}}\n")
    (made / "fairness.yaml").unlink()  # names other teams
    path = made / "sources" / "web-form.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("consent")]
    path.write_text("\n".join([*kept, source, ""]))
    if privacy is None:
        (made / "privacy.yaml").unlink()
    else:
        (made / "privacy.yaml").write_text(privacy)
    return made


def test_without_the_file_the_defaults_hold(tmp_path: Path) -> None:
    """No file: what ships."""
    assert load(config(tmp_path / "a")).privacy == Privacy()


WRONG = """
keep_days: {contact: 12}
topics: {routed: 13, inboud: 3, suppressions: 30, dlq: 7, keys: 100}
compaction: {after_days: 5, within_days: 5}
purposes: {marketing: Newsletters}
"""


def test_what_cannot_be_kept_so(tmp_path: Path) -> None:
    """A topic longer than its class allows, unknown or without an age; one that ends before what refers to it; lags that
    overlap; no purpose for teams that name none."""
    assert set(found(config(tmp_path / "a", privacy=WRONG))) == {
        'privacy.yaml:purposes: does not name "contact", the purpose of every team that declares none',
        'privacy.yaml:topics.inboud: "inboud" is no topic',
        "privacy.yaml:topics.dlq: dlq keeps 7 days, less than inbound (30)",
        "privacy.yaml:topics.inbound: duplicates keeps 12 days, less than inbound (30)",
        "privacy.yaml:topics.inbound: review keeps 12 days, less than inbound (30)",
        "privacy.yaml:topics.keys: keys keeps 100 days, less than decisions (400)",
        "privacy.yaml:topics.routed: keeps contact data for 13 days, and keep_days allows 12",
        "privacy.yaml:topics.routed: routed keeps 13 days, less than inbound (30)",
        "privacy.yaml:topics.suppressions: keeps the newest record of each key for ever",
        "privacy.yaml:compaction.within_days: is not above after_days",
        'teams.yaml:teams[0].purpose: "contact" is no purpose of privacy.yaml',
    }


def test_a_source_that_says_too_little(tmp_path: Path) -> None:
    """Purposes that nobody declared, none at all, and consent without a ground."""
    told = found(config(tmp_path / "a", source="consent: {purposes: [adverts]}"))
    assert [one.rpartition("sources")[2] for one in told] == [
        "web-form.yaml:consent: says what people agree to, and consent_basis does not say on which ground their data are here",
        'web-form.yaml:consent.purposes[0]: "adverts" is no purpose of privacy.yaml',
    ]
    none = found(config(tmp_path / "b", source="consent: {purposes: []}\nconsent_basis: consent"))
    assert none == ["web-form.yaml:consent.purposes: names none"]


def test_a_team_for_an_unknown_purpose(tmp_path: Path) -> None:
    """A typo in a purpose would keep every lead from a team."""
    assert found(config(tmp_path / "a", team=", purpose: marketting")) == [
        'teams.yaml:teams[0].purpose: "marketting" is no purpose of privacy.yaml'
    ]


@pytest.mark.parametrize(
    ("source", "warned"),
    [
        ("consent: {purposes: [contact]}\nconsent_basis: consent", True),
        ("consent: {purposes: [contact, marketing]}\nconsent_basis: consent", False),
        ("consent_basis: contract", False),  # asks: the form has a box
    ],
)
def test_a_team_whose_purpose_nobody_can_agree_to(tmp_path: Path, source: str, warned: bool) -> None:
    """People are told that every lead would pass the team over."""
    made = config(tmp_path / "a", source=source, team=", purpose: marketing")
    told = [one.what for one in advice(made, load(made))]
    assert ('no source can give consent for "marketing": every lead passes nurture over' in told) is warned
