"""Errors of the final half: systems that cut, convert and mangle, clerks who abbreviate, dictate and translate."""

import html
import unicodedata

from tests.matching.holdout.drawing import Draw

_SOUNDS = (
    ("kei", "kie"),
    ("kai", "cai"),
    ("ae", "e"),
    ("ee", "ea"),
    ("ea", "ee"),
    ("ai", "ay"),
    ("ay", "ai"),
    ("sch", "sh"),
    ("sh", "sch"),
    ("v", "w"),
    ("w", "v"),
    ("b", "p"),
    ("d", "t"),
    ("g", "k"),
    ("j", "y"),
    ("er", "or"),
    ("or", "er"),
    ("en", "an"),
    ("on", "en"),
    ("ar", "er"),
    ("nn", "n"),
    ("n", "nn"),
    ("r", "rr"),
    ("m", "n"),
    ("z", "s"),
    ("ss", "z"),
    ("c", "s"),
    ("qu", "kw"),
    ("x", "cks"),
    ("ie", "i"),
    ("i", "ie"),
    ("oo", "u"),
)
_SHAPES = (
    ("a", "o"),
    ("u", "n"),
    ("t", "f"),
    ("l", "t"),
    ("g", "y"),
    ("c", "e"),
    ("nn", "m"),
    ("li", "h"),
    ("fi", "h"),
    ("v", "r"),
    ("w", "iv"),
    ("B", "8"),
    ("S", "8"),
    ("Z", "2"),
    ("G", "6"),
    ("D", "O"),
    ("I", "T"),
    ("7", "1"),
    ("6", "b"),
    ("3", "8"),
    ("4", "9"),
    ("ä", "a"),
    ("ö", "6"),
)
_DEAD = str.maketrans({"y": "z", "z": "y", "Y": "Z", "Z": "Y"})
_ROMAN = str.maketrans(
    {
        "ö": "oe",
        "ü": "ue",
        "ä": "ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "Ä": "Ae",
        "ß": "ss",
        "å": "aa",
        "Å": "Aa",
        "ø": "oe",
        "ñ": "n",
        "ç": "c",
        "ş": "sh",
        "ğ": "g",
        "ı": "i",
        "ł": "l",
        "Ł": "L",
        "Ş": "Sh",
        "İ": "I",
    }
)
_SHORT = {
    "Abigail": "Abby",
    "Alexander": "Sasha",
    "Alexandra": "Lexi",
    "Andrew": "Drew",
    "Anthony": "Tony",
    "Benjamin": "Benny",
    "Bernard": "Bernie",
    "Charles": "Chuck",
    "Christina": "Tina",
    "Christopher": "Kit",
    "Daniel": "Danny",
    "Deborah": "Debbie",
    "Dorota": "Dorotka",
    "Edward": "Ted",
    "Eleanor": "Nell",
    "Francis": "Frank",
    "Frederick": "Freddy",
    "Gabriel": "Gabe",
    "George": "Georgie",
    "Gerald": "Gerry",
    "Henry": "Hank",
    "Jacqueline": "Jackie",
    "Joseph": "Joey",
    "Judith": "Judy",
    "Kathleen": "Kathy",
    "Kenneth": "Kenny",
    "Lawrence": "Larry",
    "Leonard": "Len",
    "Louise": "Lou",
    "Natalie": "Nat",
    "Nicholas": "Nico",
    "Patrick": "Paddy",
    "Penelope": "Penny",
    "Philip": "Pip",
    "Raymond": "Ray",
    "Rebekah": "Becky",
    "Richard": "Dick",
    "Ronald": "Ronnie",
    "Samuel": "Sam",
    "Samantha": "Sam",
    "Stephen": "Steve",
    "Teresa": "Terry",
    "Theodore": "Ted",
    "Timothy": "Tim",
    "Veronica": "Ronnie",
    "Victoria": "Vicky",
    "Vincent": "Vinny",
    "Walter": "Walt",
    "Zachary": "Zac",
    "Elisabeth": "Lisbeth",
    "Friedrich": "Fritz",
    "Johannes": "Hannes",
    "Josef": "Sepp",
    "Maximilian": "Max",
    "Sebastian": "Basti",
    "Ulrich": "Uli",
    "Susanne": "Susi",
    "Wolfgang": "Wolfi",
    "Giuseppe": "Pino",
    "Francesco": "Ciccio",
    "Domenico": "Mimmo",
    "Salvatore": "Totò",
    "Giovanni": "Gianni",
    "Ignacio": "Nacho",
    "Enrique": "Quique",
    "Guadalupe": "Lupe",
    "Concepción": "Concha",
    "Dolores": "Lola",
    "Rosario": "Charo",
    "Jesús": "Chus",
    "Guillaume": "Guigui",
    "Véronique": "Véro",
    "Katarzyna": "Kasia",
    "Zuzanna": "Zuza",
    "Stanisława": "Stasia",
    "Władysław": "Władek",
    "Cornelis": "Kees",
    "Hendrik": "Henk",
    "Wilhelmina": "Willy",
    "Johan": "Hans",
    "Karl-Erik": "Kalle",
    "Margareta": "Greta",
    "Muhammet": "Memo",
}


def _one(draw: Draw, text: str, changes: tuple[tuple[str, str], ...]) -> str:
    fitting = [change for change in changes if change[0] in text[1:]]
    if not fitting:
        return text[:-1] if len(text) > 4 else text + text[-1:]
    old, new = draw.choice(fitting)
    at = draw.choice([at for at in range(1, len(text)) if text.startswith(old, at)])
    return text[:at] + new + text[at + len(old) :]


def dictated(draw: Draw, text: str) -> str:
    """As somebody writes it to whom it was spelt on a bad line."""
    return _one(draw, text, _SOUNDS)


def handwritten(draw: Draw, text: str) -> str:
    """As somebody reads it from a form filled in by hand."""
    return _one(draw, text, _SHAPES)


def mangled(draw: Draw, text: str) -> str:
    """After a system that took it for another encoding, or wrote marks of its own into it."""
    match draw.randrange(4):
        case 0:
            return text.encode("utf-8").decode("cp1252", errors="replace")
        case 1:
            return "".join(c if c.isascii() else "?" for c in text)
        case 2:
            return (
                html.escape(text) if "'" in text or "&" in text else "".join(c if c.isascii() else f"&#{ord(c)};" for c in text)
            )
        case _:
            return unicodedata.normalize("NFD", text)


def romanised(text: str) -> str:
    """In letters of English, by the habit of each language."""
    text = unicodedata.normalize("NFKD", text.translate(_ROMAN))
    return "".join(c for c in text if not unicodedata.combining(c))


def exchanged_keys(text: str) -> str:
    """y for z, as on a keyboard of the other layout."""
    return text.translate(_DEAD)


def familiar(name: str) -> str:
    """What friends call somebody."""
    return _SHORT.get(name, name[:3] if len(name) > 6 else name)


def run_on(draw: Draw, text: str) -> str:
    """Two slips of the finger that hit the wrong place: a letter moved by two, or a pair doubled."""
    if len(text) < 5:
        return text
    at = draw.randrange(1, len(text) - 2)
    if draw.chance(0.5):
        return text[:at] + text[at + 2] + text[at + 1] + text[at] + text[at + 3 :]
    return text[:at] + text[at : at + 2] + text[at:]


def worn(draw: Draw, text: str) -> str:
    """One error of any of these kinds."""
    if len(text) < 3:
        return text
    return draw.of(
        (4, lambda: dictated(draw, text)),
        (3, lambda: handwritten(draw, text)),
        (1.2, lambda: run_on(draw, text)),
        (0.8, lambda: text[: max(3, len(text) * 2 // 3)]),
        (0.5, lambda: exchanged_keys(text)),
    )
