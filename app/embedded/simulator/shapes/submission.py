"""What somebody enters into a source's form or shop, before a shape renders it into the vendor's bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.embedded.simulator.campaigns import Campaign
from app.embedded.simulator.people import Person
from app.embedded.simulator.visits import Trail


@dataclass(slots=True)
class Submission:
    """One filled-in form or one order. None: the source does not ask, or the person did not answer.

    Not frozen: incidents take fields away and dirt soils them before it is rendered; after that nobody holds it.

    Attributes:
        number: The running number of events; the vendors' ids derive from it, so no two events share one.
        token: 64 random bits, for the vendors' opaque ids.
        occurred_ms: The vendor's time, milliseconds since the epoch, UTC.
        country: ISO 3166-1 alpha-2 as entered.
        form: Which of the source's forms: 0 or 1, where it tells.
        trail: What the person did in the shop before; None: they did not come by.
    """

    source: str
    number: int
    token: int
    occurred_ms: int
    person: Person
    first: str | None
    last: str | None
    email: str | None
    phone: str | None = None
    company: str | None = None
    title: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    message: str | None = None
    interest: str | None = None
    budget: float | None = None
    order_value: float | None = None
    orders_count: int | None = None
    campaign: Campaign | None = None
    consent: bool | None = None
    is_test: bool = False
    form: int = 0
    trail: Trail | None = None

    @property
    def full_name(self) -> str | None:
        """Both names, as a form with one name field gets them."""
        return " ".join(part for part in (self.first, self.last) if part) or None

    @property
    def visitor_id(self) -> str:
        """What a tracker calls the browser."""
        return f"{self.token:016x}{self.token ^ 0x9E3779B97F4A7C15:016x}"

    @property
    def click_id(self) -> str:
        """A click id of the advertiser's."""
        return f"EAIaIQob{self.token:020d}_BwE"


Render = Callable[[Submission], bytes]
Encode = Callable[[str, dict[str, Any]], bytes]  # (record name, value) → Avro in the Confluent wire format
