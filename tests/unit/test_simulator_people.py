"""Simulated people: valid, as various as people are, and nobody shares an address or a number by accident."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

import phonenumbers
import pytest

from app.embedded.simulator.dirt import BAD_PHONES, recased, spelled
from app.embedded.simulator.draws import scattered
from app.embedded.simulator.people import MOST, Person, World, phone_of
from app.embedded.simulator.places import COUNTRIES, Country, ascii_of

PEOPLE = 20_000


@pytest.fixture(scope="module")
def people() -> list[Person]:
    world = World(1)
    return [world.person(index) for index in range(PEOPLE)]


def test_nobody_shares_an_address_or_a_number_but_with_kin(people: list[Person]) -> None:
    """Among 20,000 people every mailbox (dots ignored) and phone is one person's, but where a company writes from info@, and
    where a relation says that it is shared."""
    alone = [one for one in people if one.alone]
    shared = {one.email for one in people if not one.alone} | {one.phone for one in people if not one.alone}
    mails = [mail.replace(".", "") for one in people for mail in (one.email, one.other_email) if mail not in shared]
    assert len(set(mails)) == len(mails)
    phones = [one.phone for one in alone if one.phone not in shared]
    assert len(set(phones)) == len(phones)
    assert len(alone) > PEOPLE * 0.95


def test_the_nth_person_is_always_the_same(people: list[Person]) -> None:
    """Asked for alone, in another order, of another world of the same seed; and of another seed it is somebody else."""
    order = list(range(0, PEOPLE, 97))
    Random(2).shuffle(order)
    world = World(1)
    assert [world.person(index) for index in order] == [people[index] for index in order]
    others = World(2)
    assert sum(others.person(index).last == people[index].last for index in order) < len(order) / 10


def test_kin_share_what_they_share_in_life(people: list[Person]) -> None:
    """A family its name, and its home where no one told the company's address; colleagues their company's name and domain;
    namesakes the name alone; and shared phones and mailboxes are the relation's."""
    met = Counter[tuple[str, str | None]]()
    for one in people:
        if (kin := one.kin) is None:
            continue
        other = people[kin.of]
        met[kin.relation, kin.shares] += 1
        match kin.relation:
            case "family":
                assert one.last == other.last
                assert one.first != other.first
                assert one.at_work or (one.street, one.postcode) == (other.street, other.postcode)
            case "colleague":
                assert one.company == other.company
                assert one.email.rpartition("@")[2] == (other.firm.domain if other.firm else "")
            case "namesake":
                assert (one.first, one.last) == (other.first, other.last)
        assert (one.phone == other.phone) is (kin.shares == "phone")
        assert (one.email == other.email) is (kin.shares == "email" or (one.role and other.role))
    shares = Counter[str]()
    for (relation, _), count in met.items():
        shares[relation] += count
    assert all(0.005 < count / PEOPLE < 0.03 for count in shares.values())
    assert {("family", "phone"), ("family", "email"), ("colleague", "phone")} < set(met)


def test_people_before_the_first_are_nobodys_kin() -> None:
    """Runs with other ranges of people share nobody: no relation reaches back beyond a run's first person."""
    world = World(1, first=1_000)
    kin = [one.kin for one in map(world.person, range(1_000, 1_400)) if one.kin]
    assert kin
    assert all(one.of >= 1_000 for one in kin)


def test_names_are_as_various_as_names_are(people: list[Person]) -> None:
    """Few strangers of one country share a full name; the commonest family name is a few in a hundred; there are thousands of
    towns, streets and companies."""
    german = [one for one in people if one.country.code == "DE" and not one.kin]
    full = Counter((one.first, one.last) for one in german)
    pairs = sum(count * (count - 1) / 2 for count in full.values())
    assert pairs / (len(german) * (len(german) - 1) / 2) < 5e-5
    family = Counter(one.last for one in german)
    assert 0.004 < family.most_common(1)[0][1] / len(german) < 0.03
    assert len(family) > 1_500
    assert len({one.city for one in people}) > 4_000
    assert len({one.street.strip("0123456789 ") for one in people}) > 2_000
    assert len({one.company for one in people}) > 9_000


def test_a_town_has_one_region_and_a_company_one_domain(people: list[Person]) -> None:
    """What belongs together is always told together."""
    small = {(one.country.code, one.city, one.region) for one in people}
    cities = {(one.country.code, one.city) for one in people}
    assert len(small) == len(cities)
    firms = {one.firm.domain: one.firm for one in people if one.firm}
    assert all(firms[one.firm.domain] == one.firm for one in people if one.firm)
    assert len({firm.name for firm in firms.values()}) > len(firms) * 0.999


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_phone_numbers_are_valid_and_of_their_country(country: Country) -> None:
    """phonenumbers takes every number for a valid one of the person's own country."""
    for index in [*range(300), *range(1_000_000, 1_000_300)]:
        number = phonenumbers.parse(phone_of(country, index))
        assert phonenumbers.is_valid_number(number), phone_of(country, index)
        assert phonenumbers.region_code_for_number(number) == country.code


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_numbers_never_repeat_within_a_country(country: Country) -> None:
    """There are more numbers than people, and the permutation of the indexes has no collision."""
    assert 10**country.digits * len(country.mobile) >= 2 * MOST
    assert len({phone_of(country, index) for index in range(50_000)}) == 50_000


@pytest.mark.parametrize("size", [7, 1_000, 4_096, 99_991])
def test_what_is_scattered_meets_every_number_once(size: int) -> None:
    """The indexes below a size are permuted, whatever the size."""
    assert sorted(scattered(index, size) for index in range(size)) == list(range(size))


def test_neighbours_in_the_plan_have_nothing_alike(people: list[Person]) -> None:
    """Numbers in mailboxes and phones of people who come one after the other differ in more than a digit."""
    for one, other in combinations(people[:60], 2):
        if one.alone and other.alone:
            assert sum(a != b for a, b in zip(one.phone[-7:], other.phone[-7:], strict=True)) > 1


def test_a_number_spelled_in_another_way_is_the_same_number(people: list[Person]) -> None:
    """Every spelling, the local ones at home included, reads back as the person's E.164 number."""
    for someone in people[:400]:
        for style in range(6):
            home = someone.country.code
            number = phonenumbers.parse(spelled(someone, style, home), home)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == someone.phone
            abroad = "DE" if home != "DE" else "FR"
            number = phonenumbers.parse(spelled(someone, style, abroad), abroad)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == someone.phone


def test_bad_phones_are_valid_nowhere() -> None:
    """A placeholder number must not make strangers each other's duplicates."""
    for text in BAD_PHONES:
        for country in COUNTRIES:
            try:
                number = phonenumbers.parse(text, country.code)
            except phonenumbers.NumberParseException:
                continue
            assert not phonenumbers.is_valid_number(number), (text, country.code)


def test_recased_mail_is_the_same_mailbox() -> None:
    """Only the case changes."""
    assert recased("anna.keller7@gmx.de") == "Anna.Keller7@GMX.DE"


def test_names_in_addresses_are_ascii() -> None:
    """Umlauts and strokes are written out."""
    assert [ascii_of(name) for name in ("Jürgen", "Weiß", "Łukasz", "O'Neill", "Åsa")] == [
        "juergen",
        "weiss",
        "lukasz",
        "oneill",
        "asa",
    ]
