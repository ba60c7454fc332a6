"""The rung "synonym": a name that is one of the known names of a lead field, in any of the dictionary's languages."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.label import steps, words
from app.pipeline.ladder.leaf import Candidate
from app.pipeline.ladder.lexicon import LANGUAGES, Standing, lexicon, names_of
from app.pipeline.ladder.opaque import says_nothing, telling
from app.pipeline.ladder.phrase import SURE, Reading, read
from app.pipeline.ladder.surroundings import Around, around, judged, within_a_part
from app.pipeline.ladder.unfold.words import ANSWER_KINDS, plain

__all__ = ["LANGUAGES", "find", "names_of", "reading"]

_RUNG: Final = "synonym"
_NAMED: Final = 0.85  # a name above that sure of its field names what it holds
_DOUBTED: Final = 0.85
_OF_SYSTEMS: Final = frozenset({"interest", "company", "full_name", "campaign", "region", "job_title"})
_NUMBERS: Final = (("number",), ("no",), ("nr",), ("numero",), ("nummer",), ("num",))
_NEAREST: Final = 3  # names around a leaf among which the type of its question is


@lru_cache(maxsize=32_768)
def find(label: str, context: tuple[str, ...] = ()) -> Candidate | None:
    """What a leaf is by its name.

    Args:
        label: As `Leaf.label`.
        context: As `Leaf.context`, the nearest name first.

    Returns:
        The field and how sure that is; a candidate for None where the name is surely no lead field's; None where the dictionary
        knows nothing of it, or only something like it (see fuzzy).
    """
    found = reading(label, context)
    if found is None or found.unknown:
        return None
    own = label.startswith("_") and found.field in _OF_SYSTEMS  # `_model`: the system's
    if own or (found.field == "customer_id" and words(label) in _NUMBERS):  # or of the customer's house
        return Candidate(found.field, min(found.confidence, _DOUBTED), _RUNG, _DOUBTED)
    return Candidate(found.field, found.confidence, _RUNG, found.most)


def reading(label: str, context: tuple[str, ...]) -> Reading | None:
    """As `find`, with loose readings: `unknown` says how many words of the name nobody knows."""
    context = telling(context)
    parts = steps(label)
    whole = read(label)
    if len(parts) > 1 and (whole is None or whole.field is None or whole.unknown or whole.standing is not Standing.SURE):
        label, context = parts[-1], (*reversed(parts[:-1]), *context)
        whole = None
    found = words(label)
    if _says_nothing(found) or says_nothing(label):
        named = lexicon().forms.get("".join(found))
        sure = named is not None and named.field is not None and named.standing is Standing.SURE
        if not sure and (inner := _above(context)) is not None:
            return within_a_part(inner, context)
        if says_nothing(label) or (len(found) > 1 and (named is None or named.field is None)):
            return None  # `field_1`: it may be anything
    if whole is None:
        whole = read(label)
    if whole is not None and whole.standing is Standing.SURE and whole.field is not None:
        return judged(whole, found, context)
    joint = _joint(found, context[0]) if context else None
    if joint is not None and joint.field is None and _names_a_person(whole, context):
        joint = None
    if joint is not None and (whole is None or whole.field is None or whole.standing < joint.standing):
        if joint.field == "page_url" and around(context)[0] is Around.FORM:
            return None  # of the form, or of the page it stands on
        return within_a_part(judged(joint, found, context[1:]), context)
    return _by_kind(context) if whole is None else judged(whole, found, context)


def _above(context: tuple[str, ...]) -> Reading | None:
    """The name of what holds a value that has none of its own: `plain_text` in `rich_text` in a question."""
    for n, name in enumerate(context[:_NEAREST]):
        inner = reading(name, context[n + 1 :])
        if inner is not None and inner.field is not None and inner.confidence >= _NAMED and not inner.unknown:
            if inner.field == "event_id":  # the fields of an `entry` are not the entry
                return None
            return replace(inner, confidence=inner.confidence - 0.02 * (n + 1))
        if not (name == "title" or says_nothing(name) or _says_nothing(words(name))):
            return None
    return None


def _by_kind(context: tuple[str, ...]) -> Reading | None:
    """A question that tells nothing, of a type that does: `Worum geht es?` of type textarea."""
    kinds = (ANSWER_KINDS.get(plain(name)) for name in context[:_NEAREST])
    field = next((field for field in kinds if field is not None), None)
    return None if field is None else Reading(field, SURE[Standing.WEAK], Standing.WEAK)


def _names_a_person(whole: Reading | None, context: tuple[str, ...]) -> bool:
    """`user` and `name` make a person's name, no username."""
    return whole is not None and whole.field == "full_name" and around(context)[0] is Around.PERSON


def _says_nothing(found: tuple[str, ...]) -> bool:
    """`value`, `answer`, `string_value`, `input_3`: the name is above."""
    book = lexicon()
    if not all(word.isdigit() or word in book.words["filler"] or word in book.words["plumbing"] for word in found):
        return False
    form = book.forms.get("".join(found))
    return form is None or form.field is None or form.standing <= Standing.WEAK or found[0] in book.words["filler"]


def _joint(found: tuple[str, ...], above: str) -> Reading | None:
    """The name together with the one above it: `utm` and `source`, `company` and `name`, `companies` and `name`."""
    forms, containers = lexicon().forms, lexicon().words["container"]
    upper = words(above)
    while upper and upper[-1] in containers:
        upper = upper[:-1]
        if upper and upper[-1] in lexicon().words["form"]:
            return None  # a form's fields are the answers, not the form's own
    upper = upper[-4:]
    if not upper or not found:
        return None
    key = "".join(found)
    for start in range(len(upper)):
        head = "".join(upper[start:])
        for name in (head, head.removesuffix("s"), head.removesuffix("ies") + "y"):
            form = forms.get(name + key)
            if form is not None and form.standing >= Standing.ALONE:
                return Reading(form.field, SURE[form.standing] - 0.01, form.standing)
    return None
