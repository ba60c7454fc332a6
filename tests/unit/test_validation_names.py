"""Names, example by example."""

from __future__ import annotations

import pytest

from app.pipeline.validation.name import read_names
from app.pipeline.validation.name_case import proper_case
from app.pipeline.validation.notes import Notes


def codes(notes: Notes) -> list[str]:
    return [violation.code for violation in notes.violations]


@pytest.mark.parametrize(
    ("full", "first", "last", "expected"),
    [
        ("Anna Berg", None, None, ("Anna Berg", "Anna", "Berg")),
        ("Anna Maria Berg", None, None, ("Anna Maria Berg", "Anna", "Berg")),
        ("BERG, ANNA", None, None, ("Anna Berg", "Anna", "Berg")),
        ("Dr. Anna Berg", None, None, ("Anna Berg", "Anna", "Berg")),
        ("juan de la cruz", None, None, ("Juan de la Cruz", "Juan", "de la Cruz")),
        ("Madonna", None, None, ("Madonna", "Madonna", None)),
        (None, "anna", "O'NEILL", ("Anna O'Neill", "Anna", "O'Neill")),
        (None, "Anna", None, (None, "Anna", None)),
        ("Anna Berg", "Anna", None, ("Anna Berg", "Anna", "Berg")),
        ("J&ouml;rg M&uuml;ller", None, None, ("Jörg Müller", "Jörg", "Müller")),
        ("JÃ¼rgen MÃ¼ller", None, None, ("Jürgen Müller", "Jürgen", "Müller")),
        (None, "Na", "Null", ("Na Null", "Na", "Null")),
    ],
)
def test_names(full: str | None, first: str | None, last: str | None, expected: tuple[str | None, ...]) -> None:
    """Full, first and last name are filled from each other, in reading order and proper case."""
    notes = Notes()
    assert read_names(full, first, last, notes) == expected
    assert codes(notes) == []


@pytest.mark.parametrize(
    "raw", ["FirstName LastName", "test", "null", "n/a", "<test lead: dummy data for full_name>", "12345", "."]
)
def test_names_of_nobody(raw: str) -> None:
    """What test tools and serialisers write is no name."""
    notes = Notes()
    assert read_names(raw, None, None, notes) == (None, None, None)
    assert codes(notes)[0] == "placeholder"


@pytest.mark.parametrize(
    "parts", [("test test", None, None), (None, "Test", "Test"), ("Max Mustermann", None, None), ("тест", None, None)]
)
def test_names_of_people_who_try_the_form(parts: tuple[str | None, str | None, str | None]) -> None:
    """A trial is typed as one, once, however often it says so."""
    notes = Notes()
    read_names(*parts, notes)
    assert codes(notes).count("test_lead") == 1


@pytest.mark.parametrize(
    ("full", "first", "last", "expected"),
    [
        ("Müller,Anna", None, None, ("Anna Müller", "Anna", "Müller")),
        ("Anna MÜLLER", None, None, ("Anna Müller", "Anna", "Müller")),
        ("URSULA VON DER LEYEN", None, None, ("Ursula von der Leyen", "Ursula", "von der Leyen")),
        (None, "URSULA", "VON DER LEYEN", ("Ursula von der Leyen", "Ursula", "von der Leyen")),
        (None, "juan", "de la cruz", ("Juan de la Cruz", "Juan", "de la Cruz")),
        ("JOHN SMITH III", None, None, ("John Smith III", "John", "Smith")),
        ("Herr Dr. Hans Meier", None, None, ("Hans Meier", "Hans", "Meier")),
        ("Mme Dupont", None, None, ("Dupont", None, "Dupont")),
        (None, "Herr", "Meier", (None, None, "Meier")),
        (None, "Dr. Anna", "Meier", ("Anna Meier", "Anna", "Meier")),
        (None, "Müller, Anna", None, ("Anna Müller", "Anna", "Müller")),
        (None, "Anna Berg", "Anna Berg", ("Anna Berg", "Anna", "Berg")),
        (None, "Anna", "Anna Berg", ("Anna Berg", "Anna", "Berg")),
        (None, "Anna Berg", "Berg", ("Anna Berg", "Anna", "Berg")),
        ("Name: Anna Berg", None, None, ("Anna Berg", "Anna", "Berg")),
        ("😀 *Anna Berg* 🎉", None, None, ("Anna Berg", "Anna", "Berg")),
        ("<b>Anna</b> Berg", None, None, ("Anna Berg", "Anna", "Berg")),
        ("王小明", None, None, ("王小明", "小明", "王")),
        ("欧阳锋", None, None, ("欧阳锋", "锋", "欧阳")),
        ("王 小明", None, None, ("王 小明", "小明", "王")),
        ("王先生", None, None, ("王", None, "王")),
        (None, "小明", "王", ("王小明", "小明", "王")),
        (None, "王", "小明", ("王小明", "小明", "王")),
        ("김민수", None, None, ("김민수", "민수", "김")),
        ("山田 太郎", None, None, ("山田 太郎", "太郎", "山田")),
        ("ジョン・スミス", None, None, ("ジョン・スミス", "ジョン", "スミス")),
        ("山田太郎", None, None, ("山田太郎", None, None)),
        ("ИВАНОВ ИВАН ИВАНОВИЧ", None, None, ("Иван Иванович Иванов", "Иван", "Иванов")),
        ("Иван Иванович Иванов", None, None, ("Иван Иванович Иванов", "Иван", "Иванов")),
        ("Иванов Иван", None, None, ("Иван Иванов", "Иван", "Иванов")),
        ("Иван Иванов", None, None, ("Иван Иванов", "Иван", "Иванов")),
        ("Анна Ивановна", None, None, ("Анна Ивановна", "Анна", None)),
        (None, "Иванов", "Иван", ("Иван Иванов", "Иван", "Иванов")),
    ],
)
def test_names_as_they_are_written(
    full: str | None, first: str | None, last: str | None, expected: tuple[str | None, ...]
) -> None:
    """One field or two, reversed, in capitals, with titles, in scripts that put the surname first: each part finds its place, and
    what was found stays found."""
    notes = Notes()
    assert read_names(full, first, last, notes) == expected
    assert codes(notes) == []
    again = Notes()
    assert read_names(*expected, again) == expected
    assert again.repairs == []


def test_a_chinese_name_is_not_cut_in_japan() -> None:
    """金子誠 is 金 子誠 in China and 金子 誠 in Japan: without a blank it stays whole there."""
    assert read_names("金子誠", None, None, Notes(), "JP") == ("金子誠", None, None)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("anna@gmail.com", "invalid"),
        ("<a href='http://x.example'>Anna</a>", "bot"),
        ("&lt;a href=x&gt;Anna", "bot"),
        ("Anna https://x.example/win", "bot"),
    ],
)
def test_what_stands_in_a_name_and_is_none(raw: str, code: str) -> None:
    """An address is no name; links are a robot's. Both are kept as they came."""
    notes = Notes()
    assert read_names(raw, None, None, notes) == (None, None, None)
    assert codes(notes) == [code]
    assert notes.attributes == {"raw.full_name": raw}


def test_capitals_before_a_name_have_two_readings() -> None:
    """DUPONT Jean: a surname first, or a first name in capitals. It is not guessed."""
    notes = Notes()
    assert read_names("DUPONT Jean", None, None, notes) == ("DUPONT Jean", None, None)
    assert codes(notes) == ["ambiguous"]


def test_a_title_is_kept_beside_the_name() -> None:
    """An honorific leaves the name, and is not lost."""
    notes = Notes()
    read_names("Frau Dr. Eva Berg", None, None, notes)
    assert notes.attributes == {"honorific": "Frau Dr."}


@pytest.mark.parametrize(
    ("typed", "cased"),
    [
        ("ANNA", "Anna"),
        ("mcdonald", "McDonald"),
        ("van der berg", "Van der Berg"),
        ("AJ", "AJ"),
        ("DeShawn", "DeShawn"),
        ("李", "李"),
    ],
)
def test_proper_case(typed: str, cased: str) -> None:
    """Capitals and small letters alone become proper case; mixed case is its owner's."""
    assert proper_case(typed) == cased
