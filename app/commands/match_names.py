"""Whose names a column holds, people's or organisations': by its words, and by what other columns there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from app.pipeline.matching.fold import fold
from app.pipeline.matching.words import COMMON_GIVEN, GENERIC, LEGAL

_SURE: Final = 0.25  # share of names with a business's word from which on a column names organisations
_SOME: Final = 0.06  # the same where fewer have a given name
_GIVEN: Final = 0.2  # share of names with a frequent given name from which on a column names people
_ABOUT_PLACES: Final = frozenset(
    {
        *(
            "category",
            "categories",
            "kategorie",
            "cuisine",
            "kind",
            "sector",
            "industry",
            "branche",
            "trade",
            "brand",
            "operator",
        ),
        *(
            "website",
            "web",
            "site",
            "url",
            "homepage",
            "opening",
            "hours",
            "rating",
            "stars",
            "beds",
            "rooms",
            "capacity",
            "grades",
        ),
        *("vat", "tax", "ein", "registration", "facility", "establishment", "amenity", "employees", "siret", "nip", "krs", "hrb"),
    }
)
_ABOUT_PEOPLE: Final = frozenset(
    {
        *("birth", "dob", "birthday", "born", "geburtsdatum", "sex", "gender", "age", "salutation", "anrede", "ssn", "passport"),
        *("patient", "guest", "student", "member", "employee", "voter", "surname", "firstname", "lastname", "nickname", "maiden"),
    }
)


def organisations(names: Sequence[str], headers: Iterable[str]) -> bool:
    """Whether the names are organisations'.

    Args:
        names: Some of the column.
        headers: What all columns are called.
    """
    words = [fold(name).split() for name in names]
    count = max(1, len(words))
    business = sum(any(len(word) > 3 and (word in GENERIC or word in LEGAL) for word in name) for name in words) / count
    given = sum(any(word in COMMON_GIVEN for word in name) for name in words) / count
    if business >= _SURE:
        return True
    told = {word for header in headers for word in fold(header.replace("_", " ")).split()}
    if told & _ABOUT_PEOPLE or given >= _GIVEN:
        return False
    return bool(told & _ABOUT_PLACES) or (business >= _SOME and business > given)
