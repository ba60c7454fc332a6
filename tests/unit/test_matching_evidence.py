"""Evidence: how texts are folded, read, packed, and under which keys they are found."""

from __future__ import annotations

import pytest

from app.pipeline.lead import Lead, Violation
from app.pipeline.matching.blocking import MOST_KEYS, blocking_keys, sound
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.fold import fold
from app.pipeline.matching.packing import packed, unpacked
from app.pipeline.matching.parts import birth_of, company_words, digits_of, mailbox, postcode_of, street_parts
from app.pipeline.matching.reading import evidence, evidence_of
from app.pipeline.matching.whole import parted


def lead(**fields: object) -> Lead:
    """A lead of a source called shop."""
    made = Lead("ld_0", "shop", "e", 0, 0)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Jürgen O'Neill-Weiß ", "jurgen oneill weiss"),
        ("Juergen", "jurgen"),
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("Щербаков", "shcherbakov"),
        ("S.A.R.L. Dupont", "sarl dupont"),
        ("北京", "beijing"),
        ("🙂", ""),
        ("Enrique", "enrique"),
    ],
)
def test_texts_fold_to_small_latin_letters(text: str, folded: str) -> None:
    """Case, accents, German digraphs, scripts and signs are no difference."""
    assert fold(text) == (folded or fold(text))
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller & Söhne GmbH", ("muller", "sohne")),
        ("ООО «Ромашка»", ("romashka",)),
        ("北京华为技术有限公司", ("beijinghuaweijishu",)),
        ("The Grill, Inc.", ("grill",)),
        ("B B Q House", ("bbq", "house")),
        ("GmbH", ("gmbh",)),
    ],
)
def test_companies_lose_their_legal_form(text: str, words: tuple[str, ...]) -> None:
    """Legal forms and articles are no part of a company's name, unless there is nothing else."""
    assert company_words(text) == words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("435 S. La Cienega Blvd., Suite 12", ("435", ("cienega",), "12")),
        ("Lindenstraße 12 a", ("12a", ("lindenstr",), "")),
        ("ul. Długa 5 m. 3", ("5", ("dluga",), "3")),
        ("Calle Mayor 5, 2ºB", ("5", ("mayor",), "2ob")),
        ("103 W. 77th St. between Columbus and Amsterdam", ("103", ("77",), "")),
        ("Fifth Avenue 7", ("7", ("5",), "")),
        ("P.O. Box 5687", ("", (), "box 5687")),
        ("Postfach 2082", ("", (), "box 2082")),
    ],
)
def test_streets_come_apart(text: str, parts: tuple[str, tuple[str, ...], str]) -> None:
    """House number, the street's own words, and the flat, whichever way the country writes them."""
    assert street_parts(text) == parts


def test_mailboxes_are_as_their_provider_delivers_them() -> None:
    """Gmail's dots and every provider's tags are no difference; another provider's dots are."""
    assert mailbox("A.Keller+shop@Googlemail.com") == mailbox("akeller@gmail.com")
    assert mailbox("a.keller@gmx.de") != mailbox("akeller@gmx.de")
    assert mailbox("anna-lists@yahoo.com") == ("anna", "yahoo.com")
    assert mailbox("nothing") == ("", "")


def test_a_companys_site_stands_in_for_its_mailbox() -> None:
    """Without e-mail the domain of the site is known; a page at a provider is nobody's domain."""
    told = evidence_of(lead(company="Brenk", attributes={"website": "https://www.brenk.de/kontakt"}))
    assert (told.local, told.domain) == ("", "brenk.de")
    assert evidence(site="facebook.com/brenk").domain == evidence(site="brenk").domain == ""
    assert evidence(site="brenk.com", email="a@b.de").domain == "b.de"


def test_names_that_stand_for_none_tell_nobody() -> None:
    """John Doe, Mickey Mouse and two letters are nobody's name."""
    assert evidence(first="Mickey", last="Mouse") == evidence(full="Test Test") == evidence(first="x", last="y") == Evidence()


def test_small_parts() -> None:
    """Phones, postcodes and dates lose what writing added."""
    assert digits_of("+49 151 2345") == "491512345"
    assert digits_of("0049 30 901820") == "4930901820"
    assert digits_of("123") == ""
    assert postcode_of("SW1A 1AA") == "sw1a1aa"
    assert postcode_of("60622-1234") == "60622"
    assert birth_of("1990-04-05T00:00:00Z") == birth_of("5.4.1990") == birth_of("19900405")
    assert birth_of("spring") == birth_of("1990") == ""
    assert birth_of("1990045") == "1990045"


def test_a_lead_tells_birth_number_and_ids_among_its_attributes() -> None:
    """What no field took still tells who it is; a customer id counts within its own source."""
    made = lead(
        first_name="Anna",
        last_name="Keller",
        street="Lindenstraße",
        customer_id="77",
        attributes={"person.geburtsdatum": "1990-04-05", "Hausnummer": "12", "vat_id": "DE 123", "soc_sec_id": "9"},
    )
    found = evidence_of(made)
    assert (found.birth, found.number) == ("19900405", "12")
    assert found.ids == ("customer shop:77", "vatid:de123")


def test_long_ids_differ_by_their_end() -> None:
    """Ids with one long beginning are not taken for the same."""
    one, other = (evidence(ids=[("customer shop", f"gid://commerce/Customer/{n}")]).ids for n in (12345678901, 12345678902))
    assert one != other


def test_a_test_lead_tells_nobody() -> None:
    """A vendor's test leads are not taken for each other's person."""
    assert evidence_of(lead(email="a@b.de", first_name="Test", is_test=True)) == Evidence()


def test_what_validation_refused_tells_nobody() -> None:
    """A placeholder is not evidence, or strangers who typed it would be one."""
    made = lead(
        email="test@test.com", phone="+490000", violations=[Violation("email", "placeholder"), Violation("phone", "invalid")]
    )
    assert evidence_of(made) == Evidence()


def test_a_phone_without_its_area_still_tells() -> None:
    """What cannot be dialled as it stands is compared all the same; too few digits are not."""
    refused = [Violation("phone", "invalid")]
    assert evidence_of(lead(attributes={"raw.phone": "717-4028"}, violations=refused)).phone == "7174028"
    assert evidence_of(lead(attributes={"raw.phone": "12345"}, violations=refused)) == Evidence()
    assert evidence_of(lead(attributes={"raw.phone": "123-4567"}, violations=[Violation("phone", "placeholder")])) == Evidence()


def test_a_usual_lead_packs_into_ninety_bytes() -> None:
    """The budget of the index: at most 90 bytes, and it comes back whole."""
    told = evidence(
        first="Agnieszka",
        last="Kowalczyk",
        company="Brenk Logistik GmbH",
        street="ul. Niepodległości 12a",
        city="Kraków",
        region="Małopolskie",
        postcode="30-012",
        country="PL",
        phone="+48601234567",
        email="agnieszka.kowalczyk77@brenk-logistik.pl",
    )
    assert len(packed(told)) <= 90
    assert unpacked(packed(told)) == told


def test_bytes_of_an_unknown_version_are_refused() -> None:
    """Bytes that were packed by a later version are not read as if they were ours."""
    with pytest.raises(ValueError, match="unknown version"):
        unpacked(b"\xff\x00")
    with pytest.raises(ValueError, match="unknown version"):
        unpacked(b"")


def test_names_that_sound_alike_share_a_key() -> None:
    """Meyer and Maier, Kowalski and Covalsky sound alike; Meyer and Weber do not."""
    assert sound("meyer") == sound("maier")
    assert sound("kowalski") == sound("covalsky")
    assert sound("meyer") != sound("weber")


def test_a_mistake_in_any_one_field_leaves_a_key() -> None:
    """Two leads that differ in one field, whichever, still meet under a key; and there are at most eight."""
    whole = {
        "first": "Anna",
        "last": "Keller",
        "street": "Lindenstraße 12",
        "city": "Köln",
        "postcode": "50667",
        "phone": "+4915121234567",
        "email": "anna.keller@gmx.de",
        "birth": "19900405",
    }
    keys = set(blocking_keys(evidence(**whole)))  # type: ignore[arg-type]
    assert 0 < len(keys) <= MOST_KEYS
    for left_out in (("email", "phone"), ("birth", "email", "phone"), ("street", "email", "phone"), ("last", "email", "phone")):
        other = {**whole, **dict.fromkeys(left_out, "")}
        assert keys & set(blocking_keys(evidence(**other))) or left_out[0] == "email"  # type: ignore[arg-type]
    bare = {name: value for name, value in whole.items() if name not in ("email", "phone")}
    keys = set(blocking_keys(evidence(**bare)))  # type: ignore[arg-type]
    wrong = {"first": "Bnna", "last": "Xeller", "street": "Rosenweg 3", "city": "Bonn", "postcode": "99999", "birth": "19700101"}
    for field, value in wrong.items():
        assert keys & set(blocking_keys(evidence(**{**bare, field: value}))), field  # type: ignore[arg-type]


def test_words_that_everybody_has_are_no_keys() -> None:
    """A business's trade and an article do not bring strangers together."""
    keys = blocking_keys(evidence(company="The Grill Restaurant Zanella", city="Köln"))
    assert keys
    assert all("grill" not in key.split(":") and "resta" not in key.split(":") for key in keys)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("DELLKAMP,LORRAINE", ("lorraine", "dellkamp")),
        ("MOTTMAN SR,DOUGLAS R", ("douglas sr", "mottman")),
        ("HOSTETLER, Chester, Jr.", ("chester jr", "hostetler")),
        ("Dr. Sterling Wynmore, III", ("sterling iii", "wynmore")),
        ("John Fox, MD", ("john", "fox")),
        ("AL-HARBI/YUSUF MR", ("yusuf", "al harbi")),
        ("HALL, BB of PHYLLIS", ("", "hall")),
        ("HALL, TWIN B GIRL", ("baby b", "hall")),
        ("Frau Prof. Quernmoor", ("", "quernmoor")),
    ],
)
def test_whole_names_come_apart(text: str, names: tuple[str, str]) -> None:
    """What stands before a comma is the family's name; titles are no names; the generation stays with the given name."""
    assert parted(text) == names


def test_a_whole_name_with_a_comma_decides() -> None:
    """Where the stages took a generation for a name, or left it out, the whole name says it; else their parts stand."""
    told = evidence_of(lead(full_name="Booker Jr, Gerald", first_name="Gerald", last_name="Booker"))
    assert (told.first, told.last) == ("gerald jr", "booker")
    told = evidence_of(lead(full_name="Sterling Wynmore III", first_name="Sterling", last_name="Wynmore"))
    assert (told.first, told.last) == ("sterling iii", "wynmore")
    told = evidence_of(lead(full_name="Anna Maria Keller", first_name="Anna", last_name="Keller"))
    assert (told.first, told.last) == ("anna", "keller")


@pytest.mark.parametrize(
    ("text", "country", "born"),
    [
        ("24-Feb-2025", "", "20250224"),
        ("9 Jul 1981", "", "19810709"),
        ("May 12, 1955", "", "19550512"),
        ("3. März 1970", "de", "19700303"),
        ("08/15/1988", "", "19880815"),
        ("12/01/2013", "us", "20131201"),
        ("12/01/2013", "gb", "20130112"),
        ("15.08.1988", "us", "19880815"),
        ("1900-01-01", "", ""),
        ("soon", "", ""),
    ],
)
def test_dates_of_birth_are_read_as_they_are_written(text: str, country: str, born: str) -> None:
    """With the month in words, month first where it cannot be otherwise or in the US; a day that stands for none says nothing."""
    assert birth_of(text, country) == born


def test_a_business_that_gave_its_name_for_a_persons_is_one() -> None:
    """A legal form at the end of the whole name tells it, where no company is told; a company's contact stays a person."""
    told = evidence_of(lead(full_name="Brandt Ladenbau GmbH", first_name="Brandt", last_name="GmbH"))
    assert (told.first, told.last, told.company) == ("", "", ("brandt", "ladenbau"))
    told = evidence_of(lead(full_name="Anna Keller", first_name="Anna", last_name="Keller", company="Brandt GmbH"))
    assert (told.first, told.last, told.company) == ("anna", "keller", ("brandt",))
