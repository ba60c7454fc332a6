"""What people may be contacted for, from the source's declaration to the team that passes them over."""

from __future__ import annotations

import pytest

from app.inventory.models import Mapping, Routing, Rule, Source, Team
from app.pipeline.consent import DAY_MS, Agreement, lacks, why_not
from app.pipeline.fate import Score
from app.pipeline.lead import Lead
from app.pipeline.routing import Router
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import compile_validator

NOW = 1_800_000_000_000
SCORE = Score(0.2, "warm", 1.0, "rules", {}, {}, {})


def source(basis: str = "consent", **consent: object) -> Source:
    declared = {"consent": {"purposes": ["contact", "marketing"]} | consent} if consent else {}
    its = {"name": "web-form", "description": "", "owner": "growth", "format": "json", "expected_per_hour": 1}
    return Source.model_validate(its | {"mapping": Mapping(fields={}), "consent_basis": basis} | declared)


def noted(one: Source, **told: object) -> Lead:
    lead = Lead("ld_1", one.name, "e", NOW, NOW - 5, consent_basis=one.consent_basis, **told)  # type: ignore[arg-type]
    Agreement(one).note(lead)
    return lead


@pytest.mark.parametrize(
    ("basis", "said", "purposes"),
    [
        ("consent", True, "contact marketing"),
        ("consent", None, "contact marketing"),  # they would not be here without
        ("consent", False, ""),
        ("contract", True, "contact marketing"),
        ("contract", None, ""),  # nobody asked them: a contract is no consent
        ("contract", False, ""),
    ],
)
def test_a_yes_is_for_what_the_source_says(basis: str, said: bool | None, purposes: str) -> None:
    """The box stands for the purposes that the source declares; without one, only consent as the ground gives them."""
    assert noted(source(basis, expires_days=None), consent=said).consent_purposes == purposes


def test_consent_ends_when_the_source_says() -> None:
    """Counted from when the person said it; what agrees to nothing ends at no time."""
    lead = noted(source(expires_days=10), consent=True)
    assert lead.consent_until == NOW - 5 + 10 * DAY_MS
    assert noted(source(expires_days=10), consent=False).consent_until is None
    assert noted(source(expires_days=None), consent=True).consent_until is None


def test_what_a_record_itself_says_holds() -> None:
    """A source that sends purposes and an end is believed; a name that is none is refused, not guessed."""
    validator = compile_validator(source(expires_days=10))
    event = InboundEvent(Position("leads.inbound.web-form", 0, 0), None, b"{}", (), NOW)
    fields = {"consent_purposes": ["Marketing", "profiling"], "consent_until": "2031-01-01T00:00:00Z", "consent": "yes"}
    lead = validator.validate(fields, {}, [], event)
    assert (lead.consent_purposes, lead.consent_until) == ("marketing profiling", 1_924_992_000_000)
    lead = validator.validate({"consent_purposes": "what you like!"}, {}, [], event)
    assert "consent_purposes:invalid" in [f"{one.field}:{one.code}" for one in lead.violations]


@pytest.mark.parametrize(
    ("purpose", "basis", "said", "purposes", "expired", "why"),
    [
        ("contact", "contract", False, "", True, None),  # a contract is ground enough to answer
        ("marketing", "contract", None, "", False, "no_consent"),
        ("marketing", "contract", True, "marketing", True, "consent_expired"),
        ("contact", "consent", True, "marketing", False, "no_consent"),
        ("contact", "consent", True, "contact marketing", False, None),
        ("contact", "unknown", None, None, False, None),  # nobody declared anything: people look at such sources
        ("contact", "unknown", False, None, False, "no_consent"),
        ("marketing", "consent", None, None, False, None),
        ("marketing", "legitimate_interest", None, None, False, "no_consent"),
        ("profiling", "consent", None, None, False, "no_consent"),  # only a yes can mean any purpose
        ("profiling", "unknown", True, None, False, None),
    ],
)
def test_what_a_purpose_needs(
    purpose: str, basis: str, said: bool | None, purposes: str | None, expired: bool, why: str | None
) -> None:
    """Who may be contacted for what, and why not."""
    assert why_not(purpose, basis, said, purposes, expired=expired) == why


TEAMS = {
    "letters": Team(name="letters", description="", purpose="marketing"),
    "desk": Team(name="desk", description=""),
}
ROUTER = Router(Routing(version=1, rules=(Rule(name="all", team="letters"),), catch_all="desk"), TEAMS)


def lead(**told: object) -> Lead:
    return Lead("ld_1", "web-form", "e", NOW, NOW, consent_basis="consent", **told)  # type: ignore[arg-type]


def test_a_team_whose_purpose_is_lacking_is_passed_over() -> None:
    """The next team gets the lead, and the decision says in words why the first did not."""
    to = ROUTER.assign(lead(consent=True, consent_purposes="contact"), SCORE)
    assert (to.team, to.lacks) == ("desk", None)
    assert to.considered[0].why == "there is no consent for marketing, which is what letters is for"


def test_expired_consent_says_so() -> None:
    """That it is over is another reason than that it never was: the person can be asked again."""
    to = ROUTER.assign(lead(consent_purposes="contact marketing", consent_until=NOW), SCORE)
    assert to.lacks == "consent_expired"
    assert to.considered[0].why == "the consent for marketing, which is what letters is for, has expired"
    assert ROUTER.assign(lead(consent_purposes="contact marketing", consent_until=NOW + 1), SCORE).team == "letters"


def test_who_agreed_to_nothing_goes_to_nobody() -> None:
    """No team may have it, not even the one that takes what no rule takes: people decide."""
    assert ROUTER.assign(lead(consent=False, consent_purposes=""), SCORE).lacks == "no_consent"


def test_a_record_is_read_the_same() -> None:
    """What the reviser asks of a record is what the worker asked of the lead, at the time of asking."""
    value = {"consent_basis": "consent", "consent": True, "consent_purposes": "contact", "consent_until": NOW}
    assert lacks(value, "contact", NOW - 1) is None
    assert lacks(value, "contact", NOW) == "consent_expired"
    assert lacks(value, "marketing", NOW - 1) == "no_consent"
