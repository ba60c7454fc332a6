"""What the simulated company advertises, and what it sells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign: its name in UTM parameters, and the number from which each vendor's ids for it derive."""

    name: str
    number: int
    medium: str


CAMPAIGNS = (
    Campaign("brand-search", 1, "cpc"),
    Campaign("spring-sale", 2, "cpc"),
    Campaign("demo-request", 3, "cpc"),
    Campaign("retargeting", 4, "display"),
    Campaign("newsletter", 5, "email"),
    Campaign("prize-draw", 6, "social"),
)

PRODUCTS = ("espresso machines", "office chairs", "label printers", "packaging", "heat pumps", "team software", "work wear")

MESSAGES = (
    "Please send me an offer for 20 pieces.",
    "Bitte um Rückruf am Vormittag, danke!",
    "Pouvez-vous m'envoyer votre catalogue ?",
    "Do you deliver to islands?\nWe need it before the end of the month.",
    "¿Cuál es el plazo de entrega?",
    'We saw your "spring" leaflet; is the price still valid?',
    "Wir vergleichen gerade Anbieter; gibt es Mengenrabatt?",
    "Just looking.",
)
