"""What a whole name says: the longest known form in it, and what the words around that make of it.

"work e-mail of the applicant" is an e-mail, "e-mail of the agent" is none of the lead's, "e-mail template" is no e-mail at all.
The same grammar reads labels of people and machine names; words of all languages are in one set of classes (lexicon).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from app.pipeline.ladder.label import CJK, core, words
from app.pipeline.ladder.lexicon import Form, Lexicon, Standing, lexicon
from app.pipeline.ladder.opaque import without_tail
from app.pipeline.ladder.segments import segmented

SURE: Final = {Standing.SURE: 0.97, Standing.ALONE: 0.93, Standing.WEAK: 0.72, Standing.FAINT: 0.50}
MOST_WORDS: Final = 16  # of a name that are read; a form is not looked for inside a longer one
_SHORTEST_INSIDE: Final = 4  # letters of a form that may stand inside a longer name; 2 where each is a word
_BONUS: Final[dict[str | None, int]] = {None: -3, "street": -14}  # letters: the city of an address is a city, none of all of it
_HAPPENINGS: Final = frozenset({"event", "events", "venue", "session", "webinar", "meeting", "pickup", "dropoff", "birth"})
_FROM: Final = frozenset({"von", "from", "de", "par", "da", "от", "van", "od", "fra"})  # behind a message: its sender comes
_QUESTION: Final = 4  # words of a name that is a sentence
_FEW_UNKNOWN: Final = 3  # of them
OFFERED: Final = 0.50  # read so loosely, a name makes nothing certain, whatever its value
_GENITIVE: Final = frozenset({"des", "der", "du", "de", "del", "do", "da", "dos", "das", "of", "della", "dell", "dello", "van"})
_CYRILLIC: Final = re.compile("[а-яіїєґ]{4}")
_PARTS: Final = 4  # of a name with strokes
_ONE_OF_THEM: Final = 0.80
_AGREED: Final = 6  # `I agree` to a call by phone is no phone
_SECOND: Final = ("2", "3", "4", "5")  # a second phone, not the field of that number
_IS_CJK: Final = re.compile(f"[{CJK}]")
_PEOPLE: Final = frozenset({"email", "phone", "full_name", "first_name", "last_name", "job_title"})
_REFERENCES: Final = frozenset({"event_id", "customer_id", "visitor_id", "form_id", "ad_id", "click_id"})  # of which system?
_SEVERAL: Final = frozenset({"email", "phone", "street", "ip", "page_url"})  # that one lead may have
_NAMED_OR_REACHED: Final = _PEOPLE - {"job_title"}
_PLACES: Final = frozenset({"street", "city", "region", "postcode", "country"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a name says.

    Attributes:
        field: Lead field, or None: none of them.
        confidence: In [0, 1].
        standing: WEAK and ALONE readings depend on what is around the name.
        unknown: Words beside the form that nobody knows; 0 in all but loose readings.
        most: What no other evidence may raise the confidence above: the surroundings' doubt is no matter of the value's shape.
    """

    field: str | None
    confidence: float
    standing: Standing
    unknown: int = 0
    most: float = 1.0


def read(name: str) -> Reading | None:
    """The reading of a name on its own; None where nothing in it is known. `unknown` is above 0 where the reading is loose."""
    found = words(name)
    if not found:
        return None
    reading = read_words(found, name)
    vague = reading is None or reading.unknown or (reading.field is None and not _is_exact(found))
    if vague and (inner := core(name)) != found:
        other = read_words(inner, name)
        if other is not None and (
            reading is None or other.unknown < reading.unknown or (_is_plain(other) and _is_remark(found, inner))
        ):
            return Reading(other.field, other.confidence - 0.02, other.standing, other.unknown)
    if (reading is None or reading.field is None) and "/" in name and (either := _either(name)) is not None:
        return either
    if len(found) > 1 and found[-1] in _FROM and reading is not None and reading.field == "message":
        return Reading("full_name", 0.70, Standing.WEAK)  # `Nachricht von`
    if (reading is None or reading.unknown or reading.field is None) and (shorter := without_tail(name)) != name:
        other = read(shorter)
        if other is not None and not other.unknown:
            return Reading(other.field, other.confidence - 0.02, other.standing)
    return reading


def _is_exact(found: tuple[str, ...]) -> bool:
    """All of the name is known, the remark in it, too: お名前(カナ)."""
    return "".join(found) in lexicon().forms


def _either(name: str) -> Reading | None:
    """`Firma / Verein / Schule`: what the one part is, if no other part is another field. Never certain."""
    parts = [words(part) for part in name.split("/")[:_PARTS]]
    readings = [read_words(part, " ".join(part)) for part in parts if part]
    told = [one for one in readings if one is not None and one.field is not None and not one.unknown]
    if len({one.field for one in told}) != 1 or told[0].standing is not Standing.SURE:
        return None
    return Reading(told[0].field, min(told[0].confidence, _ONE_OF_THEM), told[0].standing)


def _is_plain(reading: Reading) -> bool:
    return reading.field is not None and not reading.unknown and reading.standing >= Standing.ALONE


def _is_remark(found: tuple[str, ...], core_: tuple[str, ...]) -> bool:
    """Whether what stands in brackets speaks of nobody else: `E-Mail (wird nicht veröffentlicht)`, and not `E-Mail (Berater)`."""
    book = lexicon().words
    beside = set(segmented(found, lexicon())) - set(core_)
    return beside.isdisjoint(book["foreign"] | book["others"] | book["company"])


def read_words(found: tuple[str, ...], name: str) -> Reading | None:
    """As `read`, of words."""
    book = lexicon()
    if (form := book.forms.get("".join(found))) is not None:
        return _exact(form)
    if len(found) > MOST_WORDS:
        return None
    tokens = segmented(found, book)
    human = " " in name or "?" in name or bool(_IS_CJK.search(name))
    starts = tokens[0] in book.words["start"] and (len(tokens) <= 4 or not human) and "?" not in name
    for shorter, cost in _shortened(tokens, book, human and not starts, name):
        form = book.forms.get("".join(shorter))
        if form is not None and not (form.field == "occurred_at" and form.standing <= Standing.WEAK and len(tokens) >= _QUESTION):
            return _exact(form, cost)  # but for `when should we call you?`
    if (form := _singular(tokens, book)) is not None:
        several = _exact(form, 0.01)  # companies are a list or a number of them; addresses of one person are his
        return several if form.field in _SEVERAL else replace(several, confidence=_ONE_OF_THEM, most=_ONE_OF_THEM)
    if (form := book.bare.get("".join(token for token in tokens if token not in book.words["noise"]))) is not None:
        return _exact(form, 0.02)
    if starts:
        return Reading(None, 0.93, Standing.SURE)
    if len(tokens) == 1 and tokens[0] in book.words["strong"]:
        return Reading("full_name", 0.66, Standing.WEAK)  # `Interesado`, `Kunde`: who it is
    whole = _without_suffix(tokens, name)
    return _composed(whole[_plumbing(whole, book) :] if not human else whole, book, human)


def _singular(tokens: tuple[str, ...], book: Lexicon) -> Form | None:
    """`emails`, `ipAddresses`: the form of one of them, where it is sure."""
    key = "".join(tokens)
    for ending in ("s", "es"):
        form = book.forms.get(key.removesuffix(ending)) if len(key) > 5 and key.endswith(ending) else None
        if form is not None and form.standing is Standing.SURE:
            return form
    return None


def _exact(form: Form, cost: float = 0.0) -> Reading:
    sure = SURE[form.standing]
    return Reading(form.field, sure - cost if form.field is not None or cost == 0.0 else sure - 2 * cost, form.standing)


def _shortened(tokens: tuple[str, ...], book: Lexicon, human: bool, name: str) -> list[tuple[tuple[str, ...], float]]:
    """The same name with less around it: a number behind it, polite words, what form builders put before and behind it."""
    out: list[tuple[tuple[str, ...], float]] = []
    whole = _without_suffix(tokens, name)
    if whole != tokens:
        out.append((whole, 0.01))
    if whole[-1].isdigit() and len(whole) > 1:
        out.append((whole[:-1], 0.12 if whole[-1] in _SECOND else 0.02))
    if human:
        noise = book.words["noise"]
        out.append((tuple(token for token in whole if token not in noise), 0.01))
    for first in range(1, _plumbing(whole, book) + 1):
        out.append((whole[first:], 0.02))
        if whole[-1].isdigit():
            out.append((whole[first:-1], 0.05))
    return [(shorter, cost) for shorter, cost in out if shorter]


def _without_suffix(tokens: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Without Salesforce's `__c` behind it, which some tools make `_c`."""
    return tokens[:-1] if len(tokens) > 1 and tokens[-1] == "c" and name[-2:].casefold() == "_c" else tokens


def _plumbing(tokens: tuple[str, ...], book: Lexicon) -> int:
    """How many words of `input_`, `q5_`, `your-`, `wpforms[fields]`, `hs_` stand before the name itself."""
    first = 0
    while first < len(tokens) - 1 and (tokens[first] in book.words["plumbing"] or tokens[first].isdigit()):
        first += 1
    return first


def _composed(tokens: tuple[str, ...], book: Lexicon, human: bool) -> Reading | None:
    """A known form inside the name, judged by the words around it."""
    best = _longest_form(tokens, book)
    if best is None:
        return _without_form(tokens, book)
    start, end, form = _of_them(tokens, best, book)
    if form.field == "consent" and human and (end - start > 1 or _IS_CJK.match(tokens[start])):
        return Reading("consent", 0.92, Standing.SURE)  # what is agreed to may name anything: a phone, products, partners
    rest = tokens[:start] + tokens[end:]
    classes = [_class(token, book, form.field) for token in rest]
    kinds = set(classes)
    if end < len(tokens) and not book.words["event"].isdisjoint(tokens[end:]) and book.words["person"].isdisjoint(tokens[end:]):
        return Reading(None, 0.80, Standing.ALONE)  # "email events" are events
    unknown = classes.count("unknown")
    if form.field is None:
        return Reading(None, 0.92 if not unknown else 0.80, Standing.SURE, unknown)
    if form.field == "occurred_at" and "foreign" in kinds and book.words["form"].issuperset(_of_class(rest, classes, "foreign")):
        kinds.discard("foreign")  # when a form was sent
    if form.field in _PLACES and not _HAPPENINGS.isdisjoint(rest):
        return Reading(None, 0.88, Standing.ALONE)  # where an event takes place
    if "flag" in kinds:
        return Reading(None, 0.92 if len(tokens) <= 5 else 0.75, Standing.SURE)
    if "foreign" in kinds:
        return Reading(None, 0.92, Standing.SURE)
    if "other" in kinds:  # "phone or e-mail", "country code of the phone"
        return Reading(None, 0.85, Standing.ALONE) if form.field in _PLACES else Reading(form.field, 0.45, Standing.WEAK, 1)
    if form.standing <= Standing.WEAK and form.field in ("occurred_at", "event_id"):
        return None
    if form.field == "full_name" and form.standing is Standing.SURE and "company" in kinds and not unknown:
        return Reading("full_name", 0.85, Standing.ALONE)  # the contact within a company
    if form.field == "full_name" and "company" in kinds:
        return Reading("company", 0.94 if not unknown else 0.75, Standing.SURE)
    if form.standing is not Standing.SURE and (
        unknown or form.standing is Standing.FAINT or not kinds <= {"noise", "person", "digit", "own"}
    ):
        return Reading(None, 0.5, Standing.WEAK) if "company" in kinds else None
    if "company" in kinds:
        return _of_company(form)
    if unknown and human and form.field in _NAMED_OR_REACHED and _is_of_another(tokens, start, end, book):
        if form.field in ("email", "phone"):  # where the lead can be reached after all, if nowhere else
            return Reading(form.field, OFFERED, form.standing, unknown)
        return Reading(None, 0.80, Standing.SURE, unknown)
    if unknown:
        share = sum(map(len, tokens[start:end])) / max(1, sum(map(len, tokens)))
        trust = _loose(unknown, share, end == len(tokens), human)
        if human and len(tokens) >= _QUESTION and unknown <= _FEW_UNKNOWN and form.standing is Standing.SURE:
            trust = max(trust, 0.66)  # a sentence that speaks of one thing
        return Reading(form.field, min(trust, 0.55) if form.field in _REFERENCES else trust, form.standing, unknown)
    sure = SURE[form.standing] - (0.10 if form.standing is Standing.ALONE and "person" not in kinds else 0.02)
    if form.standing is Standing.WEAK and "person" in kinds and form.field in _PEOPLE:
        sure = 0.92
    elif form.standing is Standing.WEAK:
        sure -= 0.05
    if "second" in kinds or any(token in _SECOND for token in rest):
        sure -= 0.11
    return Reading(form.field, sure, form.standing)


def _is_of_another(tokens: tuple[str, ...], start: int, end: int, book: Lexicon) -> bool:
    """`Name des Notars`, `телефон нотариуса`, 律师电话: somebody nobody knows. Few words mean the lead, many mean others."""
    if _IS_CJK.match(tokens[start]):
        return start > 0 and _class(tokens[start - 1], book) == "unknown"
    behind = tokens[end : end + 4]
    first = next((n for n, token in enumerate(behind) if token not in book.words["noise"]), None)
    if first is None or _class(behind[first], book) != "unknown":
        return False
    return not _GENITIVE.isdisjoint(behind[:first]) or (first == 0 and _CYRILLIC.match(behind[0]) is not None)


def _of_them(tokens: tuple[str, ...], best: tuple[int, int, Form], book: Lexicon) -> tuple[int, int, Form]:
    """`contact person` means a name, `contact person phone` a phone; `company` a company, `address of the company` an address."""
    start, end, form = best
    match form.field:
        case "full_name":
            fields, least = _PEOPLE - {"full_name"}, Standing.ALONE
        case "company" if not book.words["company"].isdisjoint(tokens[start:end]):
            fields, least = _PLACES, Standing.SURE
        case _:
            return best
    for offset, part in ((end, tokens[end:]), (0, tokens[:start])):
        other = _longest_form(part, book)
        if other is not None and other[2].field in fields and other[2].standing >= least:
            return other[0] + offset, other[1] + offset, other[2]
    return best


def _of_class(tokens: tuple[str, ...], classes: list[str], name: str) -> set[str]:
    return {token for token, one in zip(tokens, classes, strict=True) if one == name}


def _loose(unknown: int, share: float, last: bool, human: bool) -> float:
    """How far to trust a form beside words that nobody knows. In machine names the head stands last: `email_xyz` is no e-mail."""
    if not human and not last:
        return 0.45
    return max(0.40, min(0.86, 0.62 + 0.26 * share - 0.08 * (unknown - 1)))


def _of_company(form: Form) -> Reading:
    """The company's own: its name is a lead's field, its address nearly, nothing else of it."""
    if form.field in ("full_name", "company"):
        return Reading("company", 0.94, Standing.SURE)
    if form.field in _PEOPLE or form.field in _PLACES:
        return Reading(form.field, 0.80, Standing.ALONE)
    return Reading(None, 0.88, Standing.SURE)


def _without_form(tokens: tuple[str, ...], book: Lexicon) -> Reading | None:
    """Nothing known in it but that it counts, dates, flags or refers to something."""
    last, first = _class(tokens[-1], book), _class(tokens[0], book)
    if "flag" in (last, first) and len(tokens) > 1:
        strange = sum(_class(token, book) == "unknown" and len(token) >= _SHORTEST_INSIDE for token in tokens)
        return Reading(None, 0.80 if strange else 0.91, Standing.SURE, strange)
    if last == "foreign" and tokens[-1] not in book.words["noise"]:
        return Reading(None, 0.85 if _GENITIVE.isdisjoint(tokens) else 0.92, Standing.ALONE)
    return None


def _class(token: str, book: Lexicon, field: str | None = None) -> str:
    """What a word beside a form of the field is. "other": it names another field by itself."""
    if token.isdigit():
        return "digit"
    form = book.forms.get(token)
    if field is not None and form is not None:
        if form.field == field:
            return "own"
        if field in _PLACES and form.field in ("phone", "email") and form.standing >= Standing.ALONE:
            return "other"
    for name in ("flag", "foreign", "company", "second", "person", "event", "own", "noise"):
        if token in book.words[name]:
            return "person" if name == "event" else name
    if token in book.words["others"]:
        return "foreign"
    if token in book.words["strong"]:
        return "person"
    if field is not None and field != "full_name" and form is not None and form.field == "full_name":
        return "person"  # `Ansprechpartner Telefon`
    if field is not None and form is not None and form.field in _PEOPLE and form.standing >= Standing.ALONE:
        return "other"
    if form is not None and form.field is None:
        return "flag"
    return "noise" if len(token) == 1 and token.isascii() else "unknown"


def _longest_form(tokens: tuple[str, ...], book: Lexicon) -> tuple[int, int, Form] | None:
    """(start, end, form) of the form with most letters; of equal ones the last. Weak ones only where no sure one is."""
    best: tuple[tuple[int, int], int, int, Form] | None = None
    for start in range(len(tokens)):
        key = ""
        for end in range(start + 1, len(tokens) + 1):
            key += tokens[end - 1]
            form = book.forms.get(key)
            if form is None or not _may_stand_inside(key, form, end - start, book):
                continue
            bonus = _AGREED if form.field == "consent" and end - start > 1 else _BONUS.get(form.field, 0)
            rank = (len(key) + bonus + (4 if form.standing is Standing.SURE else 0), end)
            if best is None or rank >= best[0]:
                best = (rank, start, end, form)
    return None if best is None else best[1:]


def _may_stand_inside(key: str, form: Form, tokens: int, book: Lexicon) -> bool:
    if form.field is None:
        return tokens > 1 or len(key) >= 7 or not key.isascii()
    if form.standing is not Standing.SURE and (key in book.words["person"] or key in book.words["foreign"]):
        return False  # "contact" by itself is a person; beside other words it says whose they are
    if key.isascii():
        return len(key) >= _SHORTEST_INSIDE or (len(key) == 3 and form.standing is Standing.SURE)
    return len(key) >= 2 or form.standing is Standing.SURE
