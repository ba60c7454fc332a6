"""Pairs of leads of every class: the labelled examples of matching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.learning.match_corruption import lead
from app.learning.match_dice import Dice
from app.learning.match_people import Being, Place, World
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.weights import CLASSES, Class

_SISTERS = ("Holding", "Holdings", "Verwaltungs", "Immobilien", "Foundation", "Stiftung", "Properties")
_DEPARTMENTS = ("Restaurant", "Bar", "Café", "Hotel", "Spa", "Clinic", "Dental", "Pharmacy", "Laboratory", "Shop", "School")
Maker = Callable[[Dice, World], tuple[Being, Being]]


def pair(dice: Dice, world: World, kind: Class) -> tuple[Evidence, Evidence]:
    """Two leads of this class."""
    one, other = _MAKERS[kind](dice, world)
    return lead(dice, world, one), lead(dice, world, other, careless=kind == "careless")


def _same(dice: Dice, world: World) -> tuple[Being, Being]:
    being = world.being()
    return being, being


def _moved(dice: Dice, world: World) -> tuple[Being, Being]:
    being = world.being()
    moved = replace(being, place=world.elsewhere(being.place, same_city=dice.chance(0.5)))
    return being, replace(moved, phone=being.other_phone) if dice.chance(0.25) else moved


def _changed(dice: Dice, world: World) -> tuple[Being, Being]:
    """Another job: another company there, at another address."""
    person, job = world.person(works=True), world.person(works=True)
    changed = replace(
        person, company=job.company, brand=job.brand, trade=job.trade, legal=job.legal, place=job.place, phone=job.phone
    )
    mail = changed.email if dice.chance(0.2) else world.address(person.first, person.last, job.email.partition("@")[2])
    return person, replace(changed, email=mail, phone=person.phone if dice.chance(0.4) else job.phone)


def _strangers(dice: Dice, world: World) -> tuple[Being, Being]:
    return world.being(), world.being()


def _neighbours(dice: Dice, world: World) -> tuple[Being, Being]:
    one, other = world.being(), world.being()
    same_house = dice.chance(0.15)
    return one, replace(other, place=world.neighbour(one.place, same_house=same_house))


def _household(dice: Dice, world: World) -> tuple[Being, Being]:
    one, other = world.person(), world.person()
    return one, replace(
        other,
        place=one.place,
        first=one.first if dice.chance(0.007) else other.first,  # fathers and sons
        last=one.last if dice.chance(0.85) else other.last,
        birth=one.birth if dice.chance(0.005) else other.birth,  # twins
        phone=one.phone if dice.chance(0.45) else other.phone,
        other_phone=one.phone,
        email=one.email if dice.chance(0.15) else other.email,
    )


def _colleagues(dice: Dice, world: World) -> tuple[Being, Being]:
    one, other = world.person(works=True), world.person(works=True)
    domain = one.email.partition("@")[2]
    phone = one.phone if dice.chance(0.35) else one.phone[:-2] + dice.digits(2) if dice.chance(0.4) else other.phone
    email = world.address(other.first, other.last, domain)
    return one, replace(
        other, company=one.company, brand=one.brand, trade=one.trade, legal=one.legal, place=one.place, phone=phone, email=email
    )


def _co_located(dice: Dice, world: World) -> tuple[Being, Being]:
    """Under one roof: a mall, an office tower, a business centre with one phone for all."""
    one, other = world.business(), world.business()
    other = replace(other, place=one.place, phone=one.phone if dice.chance(0.04) else other.phone)
    if dice.chance(0.15):
        other = replace(other, company=f"{other.company} {one.brand.split()[0]}")
    return one, other


def _sisters(dice: Dice, world: World) -> tuple[Being, Being]:
    """Of one owner under one roof: a hotel and its restaurant, a clinic's departments, a firm and its holding."""
    one, other = world.business(), world.business()
    phone = one.phone if dice.chance(0.6) else other.phone
    other = replace(other, place=one.place, phone=phone, email=one.email if dice.chance(0.6) else other.email)
    kind = dice.below(3)
    if kind == 0:
        name = f"{one.company} {dice.one(_SISTERS)}"
        return replace(one, brand=one.company), replace(other, brand=name, company=name, legal=one.legal)
    trade, others = (being.trade or dice.one(_DEPARTMENTS) for being in (one, other))
    if trade == others:
        others = dice.one(_DEPARTMENTS)
    if kind == 1:  # nobody leaves the trade out where it alone tells the two apart
        name, beside = f"{one.brand} {trade}", f"{one.brand} {others}"
    else:
        name, beside = f"{one.brand} {trade}", f"{other.brand} {others}"
    return replace(one, brand=name, company=name), replace(other, brand=beside, company=beside)


def _branches(dice: Dice, world: World) -> tuple[Being, Being]:
    """Of a chain, or of franchisees under one name, in two towns; some have one number for all."""
    one = world.business()
    place = world.elsewhere(one.place, same_city=False)
    if dice.chance(0.1):  # every town has its Main Street
        place = replace(place, street=one.place.street)
    return _branch(dice, world, one, place, hotline=0.15)


def _local_branches(dice: Dice, world: World) -> tuple[Being, Being]:
    """In one town, at times in one street; each with a number of its own."""
    one = world.business()
    beside = dice.chance(0.08)
    place = world.neighbour(one.place, same_house=False) if beside else world.elsewhere(one.place, same_city=True)
    return _branch(dice, world, one, place, hotline=0.03)


def _branch(dice: Dice, world: World, one: Being, place: Place, *, hotline: float) -> tuple[Being, Being]:
    phone = one.phone if dice.chance(hotline) else world.phone(place)
    email = one.email if dice.chance(0.4) else world.business().email
    other = replace(one, place=place, phone=phone, other_phone=phone, email=email)
    if dice.chance(0.2):
        other = replace(other, company=f"{one.company} {place.city}")
    return one, other


_MAKERS: dict[Class, Maker] = dict(
    zip(
        CLASSES,
        (
            _same,
            _same,
            _moved,
            _changed,
            _strangers,
            _neighbours,
            _household,
            _colleagues,
            _co_located,
            _sisters,
            _branches,
            _local_branches,
        ),
        strict=True,
    )
)
