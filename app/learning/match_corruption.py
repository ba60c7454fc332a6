"""How one being looks as two leads: what people leave out, mistype, abbreviate, exchange and change."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.learning.match_dice import Dice
from app.learning.match_people import COUNTRY, Being, World
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.reading import evidence
from app.pipeline.matching.words import groups_of_nicknames

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LOOK_ALIKE: Final = {
    "o": "0",
    "l": "1",
    "m": "rn",
    "i": "1",
    "c": "e",
    "n": "ri",
    "u": "v",
    "s": "5",
    "5": "s",
    "0": "o",
    "8": "3",
}
_BOX: Final = {"de": "Postfach", "fr": "BP", "es": "Apdo.", "it": "Casella", "pl": "skr. poczt.", "nl": "Postbus"}
_SOUND_ALIKE: Final = (
    ("ph", "f"),
    ("ck", "k"),
    ("y", "i"),
    ("c", "k"),
    ("sch", "sh"),
    ("tt", "t"),
    ("ie", "i"),
    ("v", "w"),
    ("z", "s"),
)
_NICKNAMES: Final = {name: group for group in groups_of_nicknames() for name in group}
_DEPARTMENTS: Final = ("Einkauf", "Marketing", "Sales Department", "Vertrieb", "HR", "Service", "Downtown", "Verwaltung")


def typo(dice: Dice, text: str) -> str:
    """One mistake of fingers, ears or a scanner; a digit becomes a digit."""
    if len(text) < 2:
        return text
    at = dice.below(len(text))
    char = text[at]
    kind = dice.below(7)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1 and at:
        return text[: at - 1] + char + text[at - 1] + text[at + 1 :]
    if kind == 2:
        return text[:at] + _like(dice, char) + text[at:]
    if kind == 3 and char.lower() in _LOOK_ALIKE and not text.isdecimal():
        return text[:at] + _LOOK_ALIKE[char.lower()] + text[at + 1 :]
    if kind == 4:
        for one, other in _SOUND_ALIKE:
            if one in text:
                return text.replace(one, other, 1)
    return text[:at] + _like(dice, char) + text[at + 1 :]


def _like(dice: Dice, char: str) -> str:
    return dice.digits(1) if char.isdecimal() else dice.one(_LETTERS)


def lead(dice: Dice, world: World, being: Being, *, careless: bool = False) -> Evidence:
    """The being as one lead tells of it: mostly with few mistakes; `careless` is full of them, and wrong at times."""
    wrong = 0.3 if careless else 0.02 if dice.chance(0.7) else 0.10
    if careless:
        being = _mixed(dice, being, world.being())
    place = being.place
    first, last = _person(dice, world, being, wrong)
    street = _street(dice, world, replace(being, place=place), wrong if being.last else wrong + 0.05)
    city = place.suburb if dice.chance(0.05) else place.city
    postcode = place.postcode
    if dice.chance(0.02):
        postcode = postcode[:3] + dice.digits(2)
    phone = being.phone
    if dice.chance(0.08):
        phone = being.other_phone
    elif dice.chance(0.03 if being.company else 0.004):
        phone = phone[:-2] + dice.digits(2)
    email = being.other_email if dice.chance(0.12) else being.email
    birth = being.birth
    if birth and dice.chance(0.01):
        birth = birth[:4] + birth[6:] + birth[4:6]
    elif birth and dice.chance(0.012):
        birth = world.birth()[: 4 if dice.chance(0.5) else 8] + birth[4 if dice.chance(0.5) else 8 :]
    elif birth and dice.chance(0.01):
        birth = f"{birth[:4]}0101"  # only the year is known
    email = _kept(dice, _mail(dice, email, wrong), 0.3)
    site = ""
    if being.company and not being.last and dice.chance(0.4):
        email, site = "", _kept(dice, being.email.partition("@")[2], 0.2)
    return evidence(
        first=_wrong(dice, first, wrong),
        last=_wrong(dice, last, wrong),
        company=_company(dice, world, being, wrong),
        street=_kept(dice, _wrong(dice, street, wrong), 0.05),
        extra=_kept(dice, _wrong(dice, place.extra, wrong), 0.3),
        city=_kept(dice, _wrong(dice, city, wrong), 0.08),
        region=_kept(dice, place.region if not dice.chance(0.01) else "Xy", 0.4),
        postcode=_kept(dice, _wrong(dice, postcode, wrong / 2), 0.15),
        country=_kept(dice, "XX" if dice.chance(0.01) else COUNTRY[place.language], 0.4),
        phone=_kept(dice, _wrong(dice, phone, wrong / 4), 0.25),
        email=email,
        site=site,
        birth=_kept(dice, _wrong(dice, birth, wrong / 2), 0.1),
    )


def _mixed(dice: Dice, being: Being, other: Being) -> Being:
    """Some of what belongs to another: a form filled in for somebody, a line slipped, a guess."""
    mixed = being
    if being.last and other.last:
        mixed = replace(
            mixed, first=other.first if dice.chance(0.08) else being.first, last=other.last if dice.chance(0.08) else being.last
        )
    if being.birth and other.birth and dice.chance(0.12):
        mixed = replace(mixed, birth=other.birth)
    if dice.chance(0.1):
        mixed = replace(mixed, place=replace(other.place, city=being.place.city, region=being.place.region))
    elif dice.chance(0.1):
        mixed = replace(mixed, place=replace(being.place, city=other.place.city))
    elif dice.chance(0.08):
        mixed = replace(mixed, place=replace(being.place, postcode=other.place.postcode, region=other.place.region))
    return replace(mixed, phone=other.phone) if dice.chance(0.12) else mixed


def _kept(dice: Dice, text: str, lost: float) -> str:
    return "" if dice.chance(lost) else text


def _wrong(dice: Dice, text: str, share: float) -> str:
    if not dice.chance(share):
        return text
    text = typo(dice, text)
    return typo(dice, text) if dice.chance(0.35) else text


def _person(dice: Dice, world: World, being: Being, wrong: float) -> tuple[str, str]:
    first, last = being.first, being.last
    if not last:
        return "", ""
    if first and dice.chance(0.04):
        group = _NICKNAMES.get(first.lower())
        first = dice.one(group) if group else first[: max(3, len(first) - 2)]
    elif dice.chance(0.02):
        first = first[:1]
    elif dice.chance(0.03):
        first = f"{first} {world.given_name()}"
    elif dice.chance(0.03):
        first = f"{first} {world.given_name()[0]}"
    if dice.chance(0.015):
        last = f"{last}-{world.family_name()}"
    elif dice.chance(0.012):
        last = world.family_name()
    if dice.chance(0.03):  # the second name, or whose form it was
        first = world.given_name()
    if dice.chance(0.015 + wrong / 10):
        first, last = last, first
    return ("" if dice.chance(wrong / 2) else first), ("" if dice.chance(wrong / 4) else last)


def _street(dice: Dice, world: World, being: Being, wrong: float) -> str:
    """Street line and house number."""
    place = being.place
    if not being.last and dice.chance(0.03):
        return f"{_BOX.get(place.language, 'P.O. Box')} {dice.below(9999)}"
    if dice.chance(0.02):  # a corner building has two
        place = replace(place, street=world.place().street, number=world.number())
    if dice.chance(0.02 + wrong / 5):
        place = replace(place, number=world.number() if dice.chance(0.4) else typo(dice, place.number))
    if place.number.isdecimal() and dice.chance(0.005 if being.last else 0.015):  # another door of the same house
        place = replace(place, number=str(int(place.number) + 2))
    if dice.chance(0.05 + wrong / 5):
        place = replace(place, number="")
    line = place.line
    if dice.chance(0.4):
        for long, short in (("Street", "St."), ("straße", "str."), ("Avenue", "Ave"), ("Boulevard", "Blvd"), ("Calle", "C/")):
            line = line.replace(long, short)
    if place.language == "en" and dice.chance(0.06):
        line += f" near {world.word('street')}"
    return line


def _company(dice: Dice, world: World, being: Being, wrong: float) -> str:
    if not being.company or (being.last and dice.chance(0.25)):
        return ""
    name = being.company
    if dice.chance(0.12):
        name = being.brand
    elif being.trade and dice.chance(0.05):
        name = f"{being.trade} {being.brand}"
    elif " " in being.brand and dice.chance(0.05):
        name = being.brand.split()[0] + " " + being.trade
    elif dice.chance(0.05):
        name = f"{name} {being.place.city}"
    elif dice.chance(0.04):
        name = f"{name} {dice.one(_DEPARTMENTS)}"
    elif dice.chance(0.03):
        name = f"The {name}" if being.place.language == "en" else f"{name} Gruppe"
    elif being.trade and dice.chance(0.01):
        name = f"{being.brand} {dice.one(('Service', 'Group', 'Restaurant', 'Store', 'Center'))}"
    elif being.trade and dice.chance(0.02):
        name = being.trade  # the Grill, the pharmacy
    elif dice.chance(0.01):
        name = "".join([word[0] for word in name.split() if word[0].isalpha()])
    elif not being.last and dice.chance(0.015):
        name = f"{world.business().brand} {dice.one((being.trade, ''))}".strip()  # renamed, or the name above the door
    name = _wrong(dice, name, wrong)
    return f"{name} {being.legal}" if dice.chance(0.6) else name


def _mail(dice: Dice, email: str, wrong: float) -> str:
    if dice.chance(wrong / 4):
        local, _, domain = email.partition("@")
        return f"{typo(dice, local)}@{domain}" if dice.chance(0.7) else f"{local}@{typo(dice, domain)}"
    return email.replace("@", "+shop@") if dice.chance(0.03) else email
