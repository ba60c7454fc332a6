"""Made-up routing rules and leads: for the bench, and for properties against the rules read one by one."""

from __future__ import annotations

import random
from typing import Any

from app.inventory.models import Condition, Routing, Rule, Team
from app.pipeline.fate import Score
from app.pipeline.lead import Lead

COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "BE", "IT", "ES", "PL", "SE", "GB", "US")
LANGUAGES = ("de", "fr", "nl", "it", "es", "pl", "sv", "en")
REGIONS, CITIES = ("Bayern", "Sachsen", "NSW", "CA", "Île-de-France"), ("Berlin", "Wien", "Zürich", "Paris", "Gent", "Roma")
PRODUCTS = ("wholesale", "enterprise", "repair", "rental", "spare parts", "training", "lighting", "garden", "kitchen", "office")
PAGES = ("/b2b/", "/shop/", "/service/", "/jobs/", "/contact")
SOURCES = ("web-form", "typeform", "partner-csv", "google-ads", "meta-leads", "call-back")
SIZES = ("small", "medium", "large")
POSTCODES = ("1", "10", "101", "2", "80", "81", "SW1", "75")
BANDS = ("hot", "warm", "cold")


def some(rng: random.Random, of: tuple[str, ...], most: int = 3) -> tuple[str, ...]:
    return tuple(rng.sample(of, rng.randint(1, most)))


def condition(rng: random.Random, teams: list[str], most: int = 3) -> Condition:
    """One to `most` conditions of any kinds."""
    choices: dict[str, Any] = {
        "countries": some(rng, COUNTRIES),
        "sources": some(rng, SOURCES),
        "bands": some(rng, BANDS, 2),
        "languages": some(rng, LANGUAGES),
        "regions": some(rng, REGIONS),
        "cities": some(rng, CITIES),
        "postcodes": some(rng, POSTCODES),
        "score_at_least": rng.choice((0.05, 0.2, 0.3, 0.6)),
        "has": some(rng, ("email", "phone", "company", "country", "interest"), 2),
        "interest_contains": some(rng, PRODUCTS),
        "page_contains": some(rng, PAGES, 2),
        "attributes": {"size": some(rng, SIZES, 2)},
        "order_value_at_least": rng.choice((100.0, 1000.0, 5000.0)),
        "budget_at_least": rng.choice((500.0, 20000.0)),
        "consent_for": rng.choice(("contact", "marketing")),
        "returning": rng.random() < 0.5,
        "account_of": some(rng, tuple(teams), 1),
    }
    return Condition(**{name: choices[name] for name in rng.sample(sorted(choices), rng.randint(1, most))})


def teams(count: int, rng: random.Random) -> dict[str, Team]:
    names = [f"team-{n}" for n in range(count)]
    owned = {name: tuple(f"company-{rng.randrange(200)}.com" for _ in range(3)) for name in names}
    return {name: Team(name=name, description="", accounts=owned[name]) for name in names}


def routing(rules: int, known: dict[str, Team], rng: random.Random, most: int = 3, **more: Any) -> Routing:
    names = list(known)
    made = [Rule(name=f"rule-{n}", when=condition(rng, names, most), team=rng.choice(names)) for n in range(rules)]
    return Routing(version=1, rules=tuple(made), catch_all=names[0], **more)


def lead(rng: random.Random) -> Lead:
    def maybe(value: Any, share: float = 0.8) -> Any:
        return value if rng.random() < share else None

    number = rng.randrange(10**6)
    return Lead(
        lead_id=f"ld_{number:020x}", source=rng.choice(SOURCES), event_id="e", received_at=1_800_000_000_000, occurred_at=0,
        country=maybe(rng.choice(COUNTRIES)), language=maybe(rng.choice(LANGUAGES) + rng.choice(("", "-DE", "-CH"))),
        region=maybe(rng.choice(REGIONS), 0.5), city=maybe(rng.choice(CITIES).upper(), 0.6),
        postcode=maybe(rng.choice(POSTCODES) + f" {rng.randrange(1000)}"), email=maybe("a@b.org"), phone=maybe("+49301", 0.5),
        company=maybe("Acme", 0.4), interest=maybe(f"{rng.choice(PRODUCTS).title()} for {rng.choice(CITIES)}", 0.7),
        page_url=maybe(f"https://shop.example{rng.choice(PAGES)}{number}?q={number}", 0.7),
        order_value=maybe(rng.choice((50.0, 100.0, 1500.0, 9000.0)), 0.4), budget=maybe(rng.choice((499.0, 500.0, 30000.0)), 0.3),
        company_domain=maybe(f"company-{rng.randrange(400)}.com", 0.4), consent=rng.choice((True, False, None)),
        consent_basis=rng.choice(("consent", "contract", "legitimate_interest", "unknown")),
        attributes={"size": rng.choice(SIZES).upper()} if rng.random() < 0.5 else {},
    )  # fmt: skip


def score(rng: random.Random, hot_from: float = 0.30, warm_from: float = 0.10) -> Score:
    probability = rng.random() ** 2
    band = "hot" if probability >= hot_from else "warm" if probability >= warm_from else "cold"
    return Score(probability, band, 1.0, "rules", {}, {}, {})  # type: ignore[arg-type]
