"""Two leads compared: which level, which weight, which verdict."""

from __future__ import annotations

import pytest

from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.compare import birth_level, city_level, compare, first_level, last_level, number_level, phone_level
from app.pipeline.matching.compare_company import company_level
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import judge
from app.pipeline.matching.levels import FIELDS, FIRST, LAST, LEVELS, MISSING
from app.pipeline.matching.local import LocalIndex, Matcher
from app.pipeline.matching.parts import company_words
from app.pipeline.matching.reading import evidence

ANNA = evidence(
    first="Anna", last="Keller", street="Lindenstraße 12", city="Köln", postcode="50667", phone="+4915121234567", birth="19900405"
)


def company(one: str, other: str, city: str = "", other_city: str = "") -> str:
    """The level of two companies' names, in words."""
    return LEVELS["company"][company_level(company_words(one), company_words(other), city, other_city)]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("anna", "anna", "same"),
        ("anna", "anne", "one letter off"),
        ("a", "anna", "initial"),
        ("william", "bill", "nickname"),
        ("sasha", "aleksandr", "nickname"),
        ("anna", "anna maria", "similar"),
        ("anna", "peter", "differs"),
        ("eallaa", "ella", "a little similar"),
        ("paul", "paula", "a little similar"),
        ("carlo", "carla", "a little similar"),
        ("5uresh t", "suresh", "similar"),
        ("harold jr", "harold sr", "differs"),
        ("harold jr", "harold", "similar"),
    ],
)
def test_given_names(one: str, other: str, level: str) -> None:
    """Typos, initials, short forms and second names are agreement, each of its own worth."""
    assert LEVELS["first"][first_level(one, other)] == LEVELS["first"][first_level(other, one)] == level


def test_family_names() -> None:
    """A double name shares a part; a typo is near; another name differs."""
    assert LEVELS["last"][last_level("keller brandt", "brandt")] == "one part the same"
    assert LEVELS["last"][last_level("keller", "kelller")] == "one letter off"
    assert LEVELS["last"][last_level("keller", "brandt")] == "differs"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Brenk Logistik GmbH", "BRENK LOGISTIK", "same"),
        ("Hotel Zanella", "Zanella Hotel", "same"),
        ("Brenk", "Brenk Logistik GmbH", "nearly the same"),
        ("Brenk Logistik Köln", "Brenk Logistik", "nearly the same"),
        ("Zanella Deli", "Zanella Delicatessen", "same"),
        ("Mc Zanella Ltd", "McZanella", "same"),
        ("St. Zanella Med. Ctr", "Saint Zanella Medical Center", "same"),
        ("Zanella Bar", "Zanella Hotel", "same name, another trade"),
        ("Brenk Köln", "Brenk Bonn", "same name, another trade"),
        ("Brenk Halden Systems", "Brenk Systems", "one contained in the other"),
        ("International Business Machines", "IBM", "one contained in the other"),
        ("Zanella Bar", "Quernmoor Bar", "a word the same"),
        ("Zanella", "Quernmoor", "another name, no other trade"),
        ("Zanella Bar", "Hotel Quernmoor", "differs"),
        ("Zanella Bau", "Zanella Bau Holding", "same name, another trade"),
        ("Zanella Klinik", "Zanella Klinik, Radiologie", "same name, another trade"),
        ("ZQ GmbH", "Zanella & Quernmoor", "one contained in the other"),
        ("Kerinedy School", "Kennedy Sch.", "same"),
        ("Optima Apteka sp.j.", "Optima Apteka spj", "same"),
    ],
)
def test_companies(one: str, other: str, level: str) -> None:
    """What is telling in a name decides; trades, towns and legal forms say little."""
    assert company(one, other, "koln", "bonn") == company(other, one, "bonn", "koln") == level


def test_phones_dates_and_cities() -> None:
    """One digit off, an extension, day and month exchanged, a part of a town's name."""
    assert LEVELS["phone"][phone_level("491512345678", "491512345778")] == "one digit off"
    assert LEVELS["phone"][phone_level("4922190100", "4922190142")] == "same but for the extension"
    assert LEVELS["phone"][phone_level("493012345678", "3012345678")] == "same"
    assert LEVELS["phone"][phone_level("13127174028", "7174028")] == "same"
    assert [number_level("1648", other) for other in ("1648", "1650", "1648a", "1658")] == [2, 1, 1, 1]
    assert number_level("1648", "1671") == number_level("7", "12") == 0
    assert LEVELS["birth"][birth_level("19900405", "19900504")] == "one digit off, or day and month exchanged"
    assert LEVELS["city"][city_level("new york", "new york city")] in ("similar", "a word the same")


def test_exchanged_names_are_seen() -> None:
    """First and last name in each other's place are the same name."""
    levels = compare(evidence(first="Anna", last="Keller"), evidence(first="Keller", last="Anna"))
    assert LEVELS["first"][levels[FIRST]] == "first and last name exchanged"
    assert LEVELS["last"][levels[LAST]] == "first and last name exchanged"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Keller", "Anna"), ("A.", "Keller")),
        (("", "Keller"), ("Keller", "Anna")),
        (("Keller", ""), ("Anna", "Keller")),
        (("Katrin", "Dreyer"), ("Katrin Dreyer", "Mohn")),
        (("", "欧阳晓梅"), ("Ouyang", "Xiaomei")),
        (("يوسف", "القحطاني"), ("Yousef", "Al-Qahtani")),
    ],
)
def test_names_cut_or_written_otherwise_are_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Exchanged with an initial, told alone, cut elsewhere, in a script without blanks or vowels: with one phone it is one."""
    a, b = (evidence(first=first, last=last, phone="+4915121234567") for first, last in (one, other))
    assert judge(a, b).kind == judge(b, a).kind == "merge"


def test_generations_are_told_by_their_suffix() -> None:
    """Harold Penrose Sr. and Jr. under one roof are two, wherever the suffix stands."""
    home = {"street": "7 Elm Ct", "city": "Milton", "postcode": "53227"}
    father, son = evidence(full="Harold Penrose Sr.", **home), evidence(first="Harold", last="Penrose Jr", **home)  # type: ignore[arg-type]
    assert (father.first, father.last, son.first, son.last) == ("harold sr", "penrose", "harold jr", "penrose")
    assert judge(father, son).kind != "merge"


def test_the_first_of_january_stands_for_a_year() -> None:
    """A date that only says the year is near; the same day of another year is somebody else's."""
    assert birth_level("19500101", "19500417") == 1
    assert birth_level("19540120", "19830120") == 0


def test_namesakes_with_other_contacts_are_no_question() -> None:
    """A name and a town in common ask people only as long as nothing disagrees."""
    name = {"first": "Anneliese", "last": "Roseneder", "city": "Görlitz", "country": "DE"}
    plain, mail = evidence(**name), evidence(**name, email="a.r@web.de")  # type: ignore[arg-type]
    assert judge(plain, mail).kind == "ask"
    assert judge(mail, evidence(**name, email="anneliese7@gmx.de")).kind == "new"  # type: ignore[arg-type]


def test_a_lead_is_itself() -> None:
    """Whoever is compared with themselves is merged, and every field says so or is missing."""
    verdict = judge(ANNA, ANNA)
    assert verdict.kind == "merge"
    assert {said.level for said in verdict.evidence} == {"same"}
    assert len(verdict.evidence) == sum(level != MISSING for level in verdict.levels)


def test_nothing_known_is_no_match() -> None:
    """Two leads that tell nothing are strangers."""
    assert judge(Evidence(), Evidence()).kind == "new"


@pytest.mark.parametrize(
    "change",
    [
        {"last": "Kellner"},
        {"first": "Ana"},
        {"first": "Keller", "last": "Anna"},
        {"birth": "19900504"},
        {"street": "Lindenstr. 12a"},
        {"city": "Koeln"},
        {"postcode": "50668"},
        {"phone": "+4915121234568"},
        {"phone": None},
        {"street": "Rosenweg 3", "postcode": "53111", "city": "Bonn"},
    ],
    ids=str,
)
def test_one_thing_wrong_is_still_the_same_person(change: dict[str, str | None]) -> None:
    """A typo, an exchange, something missing, another address: the same person."""
    told: dict[str, str | None] = {
        "first": "Anna",
        "last": "Keller",
        "street": "Lindenstraße 12",
        "city": "Köln",
        "postcode": "50667",
        "phone": "+4915121234567",
        "birth": "19900405",
    }
    assert judge(ANNA, evidence(**(told | change))).kind == "merge"  # type: ignore[arg-type]


FAMILY = {"last": "Quernmoor", "street": "Lindenstraße 12", "city": "Köln", "postcode": "50667", "phone": "+4922112345"}
OFFICE = {"company": "Brenk Logistik GmbH", "street": "Hafenstr. 1", "city": "Kiel", "postcode": "24103", "phone": "+4943112345"}
HOTEL = {"street": "3434 Peachtree Rd", "city": "Atlanta", "postcode": "30326", "phone": "+14042372700"}
CHAIN = {"company": "Zanella Kaffee GmbH"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**FAMILY, "first": "Anna"}, {**FAMILY, "first": "Peter"}),
        ({**FAMILY, "first": "Anna", "email": "familie@web.de"}, {**FAMILY, "first": "Jonas", "email": "familie@web.de"}),
        ({**OFFICE, "first": "Anna", "last": "Keller"}, {**OFFICE, "first": "Uwe", "last": "Brandt"}),
        ({**HOTEL, "company": "Zanella Steakhouse"}, {**HOTEL, "company": "Hotel Quernmoor"}),
        ({**HOTEL, "company": "Quernmoor Cafe"}, {**HOTEL, "company": "Quernmoor Dining Room"}),
        ({**HOTEL, "company": "Kestrel Shoes"}, {**HOTEL, "company": "Pallas Optics"}),
        (
            {**CHAIN, "street": "Ring 1", "city": "Köln", "postcode": "50667", "phone": "+4922199"},
            {**CHAIN, "street": "Am Markt 7", "city": "Kiel", "postcode": "24103", "phone": "+4943177"},
        ),
        (
            {**CHAIN, "street": "Ring 1", "city": "Köln", "email": "info@zanella.de"},
            {**CHAIN, "street": "Am Markt 7", "city": "Kiel", "email": "info@zanella.de"},
        ),
        ({"first": "Anna", "last": "Müller", "city": "Köln"}, {"first": "Anna", "last": "Müller", "city": "Köln"}),
        ({"first": "Li", "last": "Wang", "email": "li1@qq.com"}, {"first": "Li", "last": "Wang", "email": "li2@qq.com"}),
    ],
    ids=[
        *("family", "family-with-one-address-of-mail", "colleagues", "hotel-and-restaurant", "two-rooms-of-a-hotel"),
        *("mall", "branches", "branches-with-one-mailbox", "namesakes-in-one-city", "namesakes"),
    ],
)
def test_those_who_only_share_are_not_merged(one: dict[str, str], other: dict[str, str]) -> None:
    """An address, a phone, a mailbox, a company or a common name that several have does not make them one."""
    assert judge(evidence(**one), evidence(**other)).kind != "merge"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"company": "ООО Ромашка", "city": "Казань", "phone": "+78432000000"},
            {"company": "Ромашка", "city": "Kazan", "phone": "+78432000000"},
        ),
        ({**OFFICE}, {**OFFICE, "company": "Brenk Logistik", "phone": ""}),
        ({**OFFICE}, {**OFFICE, "company": "Brenk Logistik GmbH Einkauf"}),
        ({**OFFICE, "phone": ""}, {**OFFICE, "company": "Brenk Logistics", "phone": "", "postcode": ""}),
        ({"company": "北京华为技术有限公司", "phone": "+861012345678"}, {"company": "北京华为技术", "phone": "+861012345678"}),
        (
            {"first": "Iñigo", "last": "Ibáñez", "email": "i.ibanez@gmail.com"},
            {"first": "Inigo", "last": "Ibanez", "email": "iibanez@gmail.com"},
        ),
        (
            {"first": "Łukasz", "last": "Wójcik", "phone": "+48601234567"},
            {"first": "Lukasz", "last": "Wojcik", "phone": "+48601234567"},
        ),
    ],
    ids=["cyrillic", "legal-form", "department", "translated-trade", "chinese", "gmail-dots", "accents"],
)
def test_the_same_in_another_spelling_is_merged(one: dict[str, str], other: dict[str, str]) -> None:
    """Scripts, accents, legal forms, departments and providers' rules are no difference."""
    verdict = judge(evidence(**one), evidence(**other))  # type: ignore[arg-type]
    assert verdict.kind == "merge", verdict.evidence


def test_a_common_name_weighs_less_than_a_rare_one() -> None:
    """Two Müllers with one postcode are less likely one than two Quernmoors."""
    common, rare = ({"first": "Anna", "last": last, "postcode": "50667"} for last in ("Müller", "Quernmoor"))
    assert judge(evidence(**common), evidence(**common)).weight < judge(evidence(**rare), evidence(**rare)).weight - 2  # type: ignore[arg-type]


def test_a_unique_id_that_disagrees_blocks_the_merge() -> None:
    """Two customer ids of one shop are two customers, however alike: people decide. The same id speaks for one."""
    other, same = ("customer shop", "78"), ("customer shop", "77")
    one = {"first": "Anna", "last": "Quernmoor", "phone": "+4915121234567", "postcode": "50667", "birth": "19900405"}
    blocked = judge(evidence(**one, ids=[same]), evidence(**one, ids=[other]))
    assert (blocked.kind, blocked.blocked) == ("ask", True)
    assert judge(evidence(**one, ids=[same]), evidence(**one, ids=[same])).kind == "merge"


def test_each_lead_is_seen_once_and_joins_the_best() -> None:
    """The first stays, the next of the same person join it; a lead that comes again is no duplicate of itself."""
    matcher = Matcher(LocalIndex())
    assert matcher.match("a", ANNA).outcome == "new"
    assert matcher.match("a", ANNA).outcome == "new"
    again = matcher.match("b", ANNA)
    assert (again.outcome, again.first, again.known and again.known.lead) == ("merged", "a", "a")
    stranger = matcher.match("c", evidence(first="Uwe", last="Brandt", postcode="10115"))
    assert (stranger.outcome, stranger.first, stranger.verdict) == ("new", "c", None)


def test_a_key_that_too_many_share_is_none() -> None:
    """A call centre's phone stops bringing strangers together: nobody is compared on account of it."""
    index = LocalIndex(most_per_key=3)
    matcher = Matcher(index)
    phone = "+4922190100"
    for n, name in enumerate(("Abel", "Brandt", "Conrad", "Dorn", "Engel", "Falk")):
        matcher.match(str(n), evidence(first=f"{name}a", last=f"{name}er", phone=phone))
    assert index.dropped == 1
    assert index.known([f"p:{phone[-9:]}"]) == []


def test_a_chain_ends_at_its_limit() -> None:
    """A person with more leads than anybody makes is not believed: the next is not merged, and it is said."""
    matcher = Matcher(LocalIndex(), longest_chain=3)
    found = [matcher.match(str(n), ANNA) for n in range(5)]
    assert [one.outcome for one in found] == ["new", "merged", "merged", "asked", "asked"]
    assert [one.chained for one in found] == [False, False, False, True, True]


def test_a_lead_that_fits_two_persons_makes_them_one() -> None:
    """Two leads that have nothing in common, and a third that has all of both: one person, whose first lead is the earliest."""
    index = LocalIndex()
    matcher = Matcher(index)
    matcher.match("a", evidence(first="Anna", last="Quernmoor", email="anna.q@gmx.de", street="Ring 3", postcode="50667"))
    assert matcher.match("b", evidence(first="A", last="Brandt", phone="+4915121234567", birth="19900405")).outcome == "new"
    both = evidence(
        first="Anna",
        last="Brandt",
        email="anna.q@gmx.de",
        phone="+4915121234567",
        birth="19900405",
        street="Ring 3",
        postcode="50667",
    )
    third = matcher.match("c", both)
    assert third.outcome == "merged"
    assert third.also
    assert {index.first(lead) for lead in "abc"} == {"a"}
    assert {one.chain for one in index.known(blocking_keys(both))} == {3}


def test_keys_are_for_whoever_tells_something() -> None:
    """A lead that tells nothing has no keys, and meets nobody."""
    assert blocking_keys(Evidence()) == ()


def test_levels_name_every_field() -> None:
    """Every field that is compared has its levels in words."""
    assert len(compare(ANNA, ANNA)) == len(FIELDS) == len(LEVELS)


MAIL, PHONE = {"email": "anna.q@gmx.de"}, {"phone": "+4915121234567"}
ANNA_K, PETER_B, PETER_K = (
    dict(zip(("first", "last"), name.split(), strict=True)) for name in ("Anna Keller", "Peter Brandt", "Peter Keller")
)
FIRM = {"company": "Brenk GmbH", "city": "Kiel"}


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        (MAIL, MAIL, {"merge"}),
        (PHONE, PHONE, {"merge"}),
        (MAIL | ANNA_K, MAIL, {"merge"}),
        (PHONE | ANNA_K, PHONE | ANNA_K, {"merge"}),
        (MAIL | ANNA_K, MAIL | {"first": "Anna", "last": "Brandt"}, {"merge"}),
        (MAIL | ANNA_K, MAIL | PETER_B, {"ask", "new"}),
        (MAIL | ANNA_K, MAIL | PETER_K, {"ask", "new"}),
        (PHONE | ANNA_K, PHONE | PETER_K, {"ask", "new"}),
        (PHONE | ANNA_K, PHONE | PETER_B, {"new"}),
        ({"email": "info@brenk.de"}, {"email": "info@brenk.de"}, {"ask", "new"}),
        (FIRM | ANNA_K | {"email": "info@brenk.de"}, FIRM | PETER_B | {"email": "info@brenk.de"}, {"new"}),
        (FIRM | ANNA_K | {"email": "anna@brenk.de"}, FIRM | {"email": "info@brenk.de"}, {"ask", "new"}),
    ],
)
def test_what_a_mailbox_and_a_phone_are_worth(one: dict[str, str], other: dict[str, str], kinds: set[str]) -> None:
    """A mailbox or phone alone is somebody; with two names it is a family's or a firm's, and a shared mailbox is nobody's."""
    verdict = judge(evidence(**one), evidence(**other))  # type: ignore[arg-type]
    assert verdict.kind in kinds, verdict.evidence
