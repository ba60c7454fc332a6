"""What people do in the shop before they become leads: pages, products, the cart; as a tracker on the site would tell it.

Times are counted back from the lead's own time, and as far apart as visitors take, however compressed the story is: half an hour
without a step parts two visits. Who is more interested comes more often, looks at more pages and fills a cart; `intent` makes
more of them buy. Some tell who they are (they sign in, or follow a newsletter's link): from that step on the tracker sends the
SHA-256 of their address, as it would to advertising platforms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from math import exp
from random import Random
from typing import TYPE_CHECKING, Any, Final

from app.embedded.simulator.campaigns import PRODUCTS

if TYPE_CHECKING:
    from app.embedded.simulator.shapes.submission import Submission

SHOP: Final = "https://shop.example"
# Source → how many of a hundred people came by the shop before, and how many of a hundred of those told who they are. Only
# where the payload carries the visitor's id or the person told can a lead find its visit.
VISITING: Final = {
    "web-form": (70, 20),
    "segment-identify": (80, 30),
    "hubspot-form": (50, 30),
    "typeform": (40, 60),
    "shopify-customer": (80, 80),
    "shopify-checkout": (90, 70),
    "woocommerce": (90, 70),
    "google-ads": (15, 50),
}
_ELSEWHERE: Final = frozenset({"typeform", "google-ads"})  # the form stands on another site: the last step is hours old
_CAME_BY: Final = (  # referrers of those whom no campaign brought, by their share
    (0.40, "https://www.google.com/"),
    (0.15, "https://tests.example/best-of-2026"),
    (0.10, "https://www.facebook.com/"),
    (0.35, None),
)
_ALL: Final = f"{SHOP}/products"
_NEWSLETTER: Final = f"{SHOP}/news?utm_source=newsletter&utm_medium=email"
_SECOND, _HOUR, _DAY = 1_000, 3_600_000, 86_400_000
_MOST_SESSIONS, _MOST_PAGES = 5, 8


@dataclass(frozen=True, slots=True)
class Step:
    """One event, `before_ms` before the lead. `price` is of one piece; `told`: the tracker knows the address by now."""

    before_ms: int
    event: str
    session: int
    url: str
    referrer: str | None = None
    product: int | None = None
    price: float | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Trail:
    """The way of one visitor, in order of time.

    Attributes:
        visitor: The tracker's id of the browser.
        email_sha256: Of the person's address; sent with the steps that are `told`.
    """

    visitor: str
    email_sha256: str
    country: str
    device: str
    steps: tuple[Step, ...]

    @property
    def pages(self) -> int:
        return sum(step.event in ("page_view", "product_view") for step in self.steps)

    @property
    def cart(self) -> int:
        """Pieces in the cart."""
        return sum((step.event == "cart_add") - (step.event == "cart_remove") for step in self.steps)

    def records(self, lead_ms: int) -> Iterator[dict[str, Any]]:
        """As schemas/behaviour_event has them, for a lead of this time."""
        for number, step in enumerate(self.steps):
            moved = step.event in ("cart_add", "cart_remove")
            yield {
                "visitor_id": self.visitor,
                "event": step.event,
                "occurred_at": lead_ms - step.before_ms,
                "event_id": f"{self.visitor}-{number}",
                "session_id": f"{self.visitor[:12]}-{step.session}",
                "email_sha256": self.email_sha256 if step.told else None,
                "page_url": step.url,
                "referrer": step.referrer,
                "page_type": "product" if step.product is not None else "category" if step.url == _ALL else "home",
                "product_id": None if step.product is None else f"P-{step.product:03d}",
                "category": None if step.product is None else PRODUCTS[step.product],
                "quantity": 1 if moved else None,
                "value": step.price,
                "currency": None if step.price is None else "EUR",
                "country": self.country,
                "device": self.device,
            }


def trail_of(lead: Submission, share: float, rng: Random) -> Trail | None:
    """What this person did before, or None: they did not come by, or the source is one that nobody visits.

    Args:
        share: Of the source's usual share of visitors.
    """
    visiting, telling = VISITING.get(lead.source, (0, 0))
    if rng.random() * 100 >= visiting * share:
        return None
    steps = _steps(lead, rng)
    told = int(rng.random() * len(steps)) if rng.random() * 100 < telling else len(steps)
    waited = rng.uniform(_HOUR, 4 * _DAY) if lead.source in _ELSEWHERE else rng.uniform(5 * _SECOND, 60 * _SECOND)
    last = steps[-1].before_ms
    return Trail(
        visitor=lead.visitor_id,
        email_sha256=sha256(lead.person.email.encode()).hexdigest(),
        country=lead.person.country.code,
        device="mobile" if "Mobile" in lead.person.agent else "desktop",
        steps=tuple(replace(step, before_ms=int(last - step.before_ms + waited), told=n >= told) for n, step in enumerate(steps)),
    )


def _steps(lead: Submission, rng: Random) -> list[Step]:
    """The steps, with `before_ms` still counted from the first one on."""
    interest = rng.gauss(0, 1)
    product = PRODUCTS.index(lead.interest) if lead.interest else int(rng.random() * len(PRODUCTS))
    price, found, at = round(rng.lognormvariate(4.4, 0.9), 2), list[Step](), 0.0
    for session in range(1 + min(_MOST_SESSIONS - 1, int(rng.expovariate(1.0) * exp(0.5 * interest)))):
        url, referrer = _entrance(lead, session, rng)
        found.append(Step(int(at), "page_view", session, url, referrer))
        for _ in range(min(_MOST_PAGES - 1, int(rng.expovariate(0.7) * exp(0.6 * interest)))):
            at += rng.uniform(5, 90) * _SECOND
            event = "product_view" if rng.random() < 0.5 else "page_view"
            here = product if event == "product_view" else None
            page = _ALL if here is None else f"{_ALL}/{here}"
            found.append(Step(int(at), event, session, page, found[-1].url, here, None if here is None else price))
        if rng.random() < min(0.7, 0.15 * exp(0.8 * interest)):
            events = ("cart_add", "cart_remove") if rng.random() < 0.2 else ("cart_add",)
            for event in events:
                at += rng.uniform(5, 40) * _SECOND
                found.append(Step(int(at), event, session, f"{_ALL}/{product}", None, product, price))
        at += 2 * _HOUR + rng.expovariate(1 / (1.5 * _DAY))
    return found


def _entrance(lead: Submission, session: int, rng: Random) -> tuple[str, str | None]:
    """Where a visit begins, and what led there: first the campaign or another site, later a newsletter or nothing."""
    if session:
        return (_NEWSLETTER, None) if rng.random() < 0.25 else (f"{SHOP}/", None)
    if lead.campaign:
        return f"{SHOP}/?utm_source=ads&utm_medium={lead.campaign.medium}&utm_campaign={lead.campaign.name}", None
    draw = rng.random()
    for share, referrer in _CAME_BY:
        draw -= share
        if draw < 0:
            return f"{SHOP}/", referrer
    return f"{SHOP}/", None
