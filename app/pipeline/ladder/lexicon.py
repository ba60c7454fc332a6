"""The dictionary of names: what people and systems call each lead field, in many languages. Read once from names/*.yaml.

A file holds the forms of one language, by how sure they are: `fields` sure, also inside a longer name; `alone` sure as the whole
name only; `weak` likely and `faint` perhaps, as the whole name; `none` no lead field. `words` are the classes that the rest of a
name is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from app.pipeline.ladder.label import split_lines

LANGUAGES: Final = (
    "en",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "pl",
    "sv",
    "da",
    "nb",
    "cs",
    "tr",
    "ru",
    "uk",
    "zh",
    "ja",
    "ko",
    "ar",
    "fi",
    "hu",
    "ro",
    "el",
    "vi",
    "id",
)
"""ISO 639-1. The order settles what is one field in one language and another in the next."""

CLASSES: Final = (
    *("noise", "own", "second", "person", "foreign", "company", "event", "flag", "start", "filler", "plumbing"),
    *("product", "form", "page", "campaign", "order", "machine", "place", "container"),  # what encloses a leaf (surroundings)
    *("others", "strong", "shipping"),  # whose it is: people and companies beside the lead; the lead; who gets the parcel
    "participant",  # for whom somebody else may write: a pupil, a guest, a patient
)
_NONE: Final = ""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Standing(IntEnum):
    """How much a form says by itself."""

    FAINT = 0
    WEAK = 1
    ALONE = 2
    SURE = 3


@dataclass(frozen=True, slots=True)
class Form:
    """One name of a field (None: of no lead field)."""

    field: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it.

    Attributes:
        forms: A name's words run together → what it says.
        bare: The same of sure forms without their small words, as machines write them: `ville_residence`. Where they agree.
        words: Class → the words that are of it, folded. See CLASSES.
        vocabulary: Every word that occurs in a form or a class: what a typing error is measured against.
        written: Field ("" for none) → its forms as written, each with its language.
    """

    forms: Mapping[str, Form]
    bare: Mapping[str, Form]
    words: Mapping[str, frozenset[str]]
    vocabulary: frozenset[str]
    written: Mapping[str, tuple[tuple[str, str], ...]]


@cache
def lexicon() -> Lexicon:
    """The dictionary that ships with the package."""
    forms: dict[str, Form] = {}
    owners: dict[str, str] = {}
    words: dict[str, set[str]] = {name: set() for name in CLASSES}
    vocabulary: set[str] = set()
    spelled: set[tuple[str, ...]] = set()
    written: dict[str, list[tuple[str, str]]] = {}
    for language in LANGUAGES:
        entries = _read(language)
        listed = list(_forms(entries))
        for (field, standing, text), found in zip(listed, split_lines(text for _, _, text in listed), strict=True):
            if not found:
                continue
            vocabulary.update(found)
            spelled.add(found)
            written.setdefault(field, []).append((text, language))
            key = "".join(found)
            forms[key] = _settled(forms.get(key), Form(field or None, standing), owners.get(key) == language)
            owners.setdefault(key, language)
        for name, text in entries.get("words", {}).items():
            words[name].update(*split_lines(str(text).split()))
    vocabulary.update(*words.values())
    return Lexicon(
        forms,
        _bare(spelled, forms, words["noise"]),
        {name: frozenset(found) for name, found in words.items()},
        frozenset(vocabulary),
        {field: tuple(dict.fromkeys(found)) for field, found in written.items()},
    )


def names_of(field: str | None, language: str | None = None) -> tuple[str, ...]:
    """How a lead field is called, as people write it (None: names that are surely no lead field), in one language or in all."""
    found = lexicon().written.get(field or _NONE, ())
    return tuple(dict.fromkeys(text for text, spoken in found if language in (None, spoken)))


def _read(language: str) -> dict[str, Any]:
    text = files(__package__).joinpath("names", f"{language}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 (a safe loader either way)
    return loaded


def _forms(entries: Mapping[str, Any]) -> Iterator[tuple[str, Standing, str]]:
    """(field or "", standing, form as written) of one file."""
    for section, standing in (
        ("fields", Standing.SURE),
        ("alone", Standing.ALONE),
        ("weak", Standing.WEAK),
        ("none", Standing.SURE),
    ):
        for field, listed in entries.get(section, {}).items():
            yield from ((field, standing, text.strip()) for text in str(listed).split(",") if text and not text.isspace())


def _bare(spelled: set[tuple[str, ...]], forms: Mapping[str, Form], noise: set[str]) -> dict[str, Form]:
    """Sure forms of several words without the small ones; what would then mean two fields is left out."""
    found: dict[str, Form] = {}
    shared: set[str] = set()
    for tokens in spelled:
        form, short = forms["".join(tokens)], tuple(token for token in tokens if token not in noise)
        key = "".join(short)
        if form.standing is not Standing.SURE or len(short) < 2 or short == tokens or key in forms:
            continue
        if found.setdefault(key, form).field != form.field:
            shared.add(key)
    return {key: form for key, form in found.items() if key not in shared}


def _settled(known: Form | None, new: Form, same_language: bool) -> Form:
    """One form said twice. The same field: the surer. Different fields: the first stays, and is no longer sure."""
    if known is None:
        return new
    if known.field == new.field:
        return known if known.standing >= new.standing else new
    if same_language or known.field is None or new.standing <= Standing.WEAK:
        return known
    if new.field is None:
        return Form(known.field, min(known.standing, Standing.ALONE))
    if known.standing <= Standing.WEAK:
        return Form(new.field, min(new.standing, Standing.ALONE))
    return Form(known.field, Standing.WEAK)
