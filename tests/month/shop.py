"""The shop that the month happens in: two organisations of the same size, one configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.inventory.load import load
from app.inventory.models import Condition, Inventory, Routing, Rule, Service, ServiceLevel, Team
from app.inventory.people import Hours, Member
from app.inventory.reviewing import Reviewing
from tests.month.assumptions import Assumptions
from tests.month.world import SOURCE

CONFIG: Final = Path(__file__).parents[2] / "deploy" / "config"
DACH, INSIDE, NURTURE, DESK = "dach-sales", "inside-sales", "nurture", "sales-desk"
HOURS: Final = Hours(time_zone="Europe/Berlin", week={"mon-fri": ("09:00-12:30", "13:15-17:30")})
_GERMAN_COUNTRIES: Final = ("DE", "AT", "CH")


def inventory(assumed: Assumptions, hot_from: float, warm_from: float) -> Inventory:
    """Teams, rules, service levels, the sample.

    Args:
        hot_from, warm_from: Scores from which a lead is hot or warm.
    """
    shipped = load(CONFIG)
    dach = round(assumed.people * 0.55)  # the German-speaking half of the demand, and a little more
    staffed = {DACH: dach, INSIDE: assumed.people - dach}
    teams = {name: Team(name=name, description="sales", hours=HOURS, members=_members(name, n)) for name, n in staffed.items()}
    teams |= {name: Team(name=name, description="a queue") for name in (NURTURE, DESK)}
    routing = Routing(
        version=1,
        rules=(
            Rule(name="dach", when=Condition(bands=("hot", "warm"), countries=_GERMAN_COUNTRIES), team=DACH),
            Rule(name="others", when=Condition(bands=("hot", "warm")), team=INSIDE),
            Rule(name="cold-with-email", when=Condition(bands=("cold",), has=("email",)), team=NURTURE),
        ),
        catch_all=DESK,
        hot_from=hot_from,
        warm_from=warm_from,
        service=Service(
            hot=ServiceLevel(contact_within_minutes=60, priority=1, reassign=2),
            warm=ServiceLevel(contact_within_minutes=480, priority=3, reassign=1),
        ),
    )
    source = shipped.sources[SOURCE]
    reviewing = Reviewing(sample=assumed.sample)
    return Inventory(sources={SOURCE: source}, teams=teams, routing=routing, reviewing=reviewing, measuring=shipped.measuring)


def _members(team: str, count: int) -> tuple[Member, ...]:
    return tuple(Member(name=f"{team.partition('-')[0]}-{n + 1}") for n in range(count))


def bad_rule(routing: Routing) -> Routing:
    """The planted rule: all of the German-speaking territory goes to the team that does not speak German."""
    wrong = Rule(name="dach-new", when=Condition(countries=_GERMAN_COUNTRIES), team=INSIDE)
    return routing.model_copy(update={"version": routing.version + 1, "rules": (wrong, *routing.rules[1:])})


def harmless_rule(routing: Routing) -> Routing:
    """Rules that say the same in other words, as most changes do."""
    extra = Rule(name="others-abroad", when=Condition(bands=("hot", "warm"), countries=("GB", "US")), team=INSIDE)
    rules = (routing.rules[0], extra, *routing.rules[1:])
    return routing.model_copy(update={"version": routing.version + 1, "rules": rules})
