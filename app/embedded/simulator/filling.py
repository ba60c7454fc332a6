"""How a person fills in what a source asks: the clean submission, before incidents and dirt."""

from __future__ import annotations

from random import Random

from app.embedded.simulator.campaigns import CAMPAIGNS, MESSAGES, PRODUCTS, Campaign
from app.embedded.simulator.people import Person
from app.embedded.simulator.shapes import Shape
from app.embedded.simulator.shapes.submission import Submission

_IN_CAMPAIGN = 0.7  # share of leads that some campaign brought; all of those that a burst brings
_TEST_LEADS = 0.002  # of the sources that can flag them
_FLAGS_TESTS = ("google-ads", "linkedin-lead-gen")


def fill(
    source: str, shape: Shape, person: Person, number: int, occurred_ms: int, push: Campaign | None, rng: Random
) -> Submission:
    """What this person enters, at `occurred_ms`, as the `number`-th event; `push` is the campaign of a burst."""
    asks, random, country = shape.asks, rng.random, person.country.code

    def answers(field: str) -> bool:
        share = asks.get(field, 0)
        return share == 100 or (share > 0 and random() * 100 < share)

    return Submission(
        source=source,
        number=number,
        token=rng.getrandbits(64),
        occurred_ms=occurred_ms,
        person=person,
        first=person.first,
        last=person.last,
        email=person.email,
        phone=person.phone if answers("phone") else None,
        company=person.company if answers("company") else None,
        title=person.title if answers("title") else None,
        street=person.street if answers("street") else None,
        city=person.city if answers("city") else None,
        region=person.region if answers("region") else None,
        postcode=person.postcode if answers("postcode") else None,
        country=country if answers("country") else None,
        message=MESSAGES[int(random() * len(MESSAGES))] if answers("message") else None,
        interest=PRODUCTS[int(random() * len(PRODUCTS))] if answers("interest") else None,
        budget=float(int(rng.lognormvariate(7.5, 1.0))) if answers("budget") else None,
        order_value=round(rng.lognormvariate(4.4, 0.9), 2) if answers("value") else None,
        orders_count=int(rng.expovariate(1.2)) if answers("orders") else None,
        campaign=push or (CAMPAIGNS[int(random() * len(CAMPAIGNS))] if random() < _IN_CAMPAIGN else None),
        consent=random() < 0.9 if answers("consent") else None,
        is_test=source in _FLAGS_TESTS and random() < _TEST_LEADS,
    )
