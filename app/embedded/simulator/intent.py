"""How likely a simulated lead is to be won: a logistic function of what can be seen of it, so that a scorer can learn it.

Two concepts: the world before and after the drift. Their coefficients were set so that in both about one lead in eight is won,
and that who knows the function ranks leads with an AUC of about .82 (tests/unit/test_simulator_intent.py measures both).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Literal

from app.embedded.simulator.shapes.submission import Submission

ConceptName = Literal["before", "after"]


USUAL_PAGES = 4


@dataclass(frozen=True, slots=True)
class Concept:
    """Coefficients, in log-odds."""

    bias: float
    sources: Mapping[str, float]
    countries: Mapping[str, float]
    campaigns: Mapping[str, float]
    company_mail: float
    phone: float
    message: float
    order_value: float  # per unit of log(1 + value / 50)
    office_hours: float  # 07:00 to 17:00 UTC by the vendor's time stamp
    pages: float  # of a visit before, per unit of log((1 + pages) / (1 + USUAL_PAGES))
    cart: float  # something lies in it


BEFORE = Concept(
    bias=-4.35,
    sources={
        **{"linkedin-lead-gen": 0.9, "shopify-checkout": 0.5, "partner-avro": 0.5, "google-ads": 0.4, "hubspot-form": 0.4},
        **{"typeform": 0.2, "meta-lead-ads": -0.8, "segment-identify": -1.0, "web-form": -0.3, "partner-csv": -0.1},
    },
    countries={"DE": 0.4, "AT": 0.4, "CH": 0.7, "US": -0.5, "CA": -0.5, "IT": -0.3, "ES": -0.3},
    campaigns={"demo-request": 0.8, "brand-search": 0.5, "retargeting": 0.2, "prize-draw": -1.0},
    company_mail=1.4,
    phone=0.9,
    message=0.7,
    order_value=0.5,
    office_hours=0.5,
    pages=0.9,
    cart=1.2,
)

AFTER = Concept(
    bias=-1.1,
    sources={
        **{"meta-lead-ads": 0.9, "segment-identify": 0.8, "web-form": 0.4, "woocommerce": 0.3},
        **{"linkedin-lead-gen": -1.0, "google-ads": -0.6, "hubspot-form": -0.6, "partner-avro": -0.5, "shopify-checkout": -0.3},
    },
    countries={"DE": -0.5, "AT": -0.3, "CH": -0.5, "US": 0.7, "CA": 0.6, "GB": 0.4},
    campaigns={"prize-draw": 0.8, "newsletter": 0.5, "demo-request": -0.7, "brand-search": -0.4},
    company_mail=-1.5,
    phone=-0.8,
    message=0.5,
    order_value=-0.2,
    office_hours=-0.5,
    pages=-0.7,
    cart=-1.0,
)

CONCEPTS: dict[ConceptName, Concept] = {"before": BEFORE, "after": AFTER}


def win_probability(lead: Submission, concept: Concept) -> float:
    """The probability that this lead will be won. Looks only at what the submission and the visits before it show."""
    log_odds = concept.bias + concept.sources.get(lead.source, 0.0) + concept.countries.get(lead.country or "", 0.0)
    if lead.campaign:
        log_odds += concept.campaigns.get(lead.campaign.name, 0.0)
    if lead.email == lead.person.email and lead.person.works:
        log_odds += concept.company_mail
    if lead.phone:
        log_odds += concept.phone
    if lead.message:
        log_odds += concept.message
    if lead.order_value:
        log_odds += concept.order_value * log1p(lead.order_value / 50)
    if 7 <= lead.occurred_ms // 3_600_000 % 24 < 17:
        log_odds += concept.office_hours
    if lead.trail:
        log_odds += concept.pages * log((1 + lead.trail.pages) / (1 + USUAL_PAGES))
        if lead.trail.cart > 0:
            log_odds += concept.cart
    return 1 / (1 + exp(-log_odds))
