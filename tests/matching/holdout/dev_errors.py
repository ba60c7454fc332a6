"""Errors of the dev half: slips of the keyboard, of scanners and of ears, and values that land in the wrong field."""

import unicodedata

from tests.matching.holdout.drawing import Draw, Row

_KEYS = {
    "a": "qwsz",
    "b": "vghn",
    "c": "xdfv",
    "d": "serfcx",
    "e": "wsdr",
    "f": "drtgvc",
    "g": "ftyhbv",
    "h": "gyujnb",
    "i": "ujko",
    "j": "huikmn",
    "k": "jiolm",
    "l": "kop",
    "m": "njk",
    "n": "bhjm",
    "o": "iklp",
    "p": "ol",
    "q": "wa",
    "r": "edft",
    "s": "awedxz",
    "t": "rfgy",
    "u": "yhji",
    "v": "cfgb",
    "w": "qase",
    "x": "zsdc",
    "y": "tghu",
    "z": "asx",
    "0": "9",
    "1": "2",
    "2": "13",
    "3": "24",
    "4": "35",
    "5": "46",
    "6": "57",
    "7": "68",
    "8": "79",
    "9": "80",
}
_SCANNED = (
    ("rn", "m"),
    ("m", "rn"),
    ("l", "1"),
    ("o", "0"),
    ("s", "5"),
    ("cl", "d"),
    ("h", "b"),
    ("e", "c"),
    ("i", "l"),
    ("1", "l"),
    ("0", "o"),
    ("5", "s"),
    ("8", "b"),
    ("vv", "w"),
    ("q", "g"),
    ("u", "v"),
    ("n", "ri"),
)
_HEARD = (
    ("ph", "f"),
    ("ie", "ey"),
    ("ey", "y"),
    ("ck", "k"),
    ("c", "k"),
    ("th", "t"),
    ("mac", "mc"),
    ("tt", "t"),
    ("ll", "l"),
    ("y", "i"),
    ("gh", ""),
    ("x", "ks"),
    ("ei", "ie"),
    ("tz", "z"),
    ("dt", "t"),
    ("ough", "off"),
    ("kn", "n"),
    ("s", "z"),
    ("ou", "oo"),
    ("l", "ll"),
)


def slip(draw: Draw, text: str) -> str:
    """One letter left out, doubled, replaced by a neighbour on the keyboard, or exchanged with the next."""
    if len(text) < 2:
        return text
    at = draw.randrange(len(text))
    match draw.randrange(5):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case 2:
            letter = _KEYS.get(text[at].lower())
            return text[:at] + draw.choice(letter) + text[at + 1 :] if letter else text
        case 3:
            return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :] if at else text
        case _:
            return text[:at] + draw.choice("aeiourstln") + text[at:]


def _one(draw: Draw, text: str, changes: tuple[tuple[str, str], ...]) -> str:
    fitting = [change for change in changes if change[0] in text.lower()]
    if not fitting:
        return slip(draw, text)
    old, new = draw.choice(fitting)
    at = text.lower().index(old)
    return text[:at] + new + text[at + len(old) :]


def scanned(draw: Draw, text: str) -> str:
    """As a scanner misreads it."""
    return _one(draw, text, _SCANNED)


def heard(draw: Draw, text: str) -> str:
    """As somebody spells it who only heard it."""
    return _one(draw, text, _HEARD)


def plain(text: str) -> str:
    """Without accents, as a foreign clerk types it; German umlauts lose their dots too."""
    text = text.translate(str.maketrans("łŁıİøØ", "lLiIoO")).replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def spoilt(draw: Draw, text: str) -> str:
    """One error of any kind."""
    if not text:
        return text
    return draw.of(
        (5, lambda: slip(draw, text)),
        (1.2, lambda: scanned(draw, text)),
        (2, lambda: heard(draw, text)),
        (0.8, lambda: text.replace(" ", "", 1) if " " in text else slip(draw, slip(draw, text))),
        (0.4, lambda: text[: max(2, len(text) // 2)] + " " + text[max(2, len(text) // 2) :]),
    )


def misdated(draw: Draw, date: str) -> str:
    """A birth date YYYYMMDD partly wrong: a digit, day and month exchanged, the year one or ten off, the first of January."""
    year, month, day = date[:4], date[4:6], date[6:]
    match draw.randrange(5):
        case 0:
            at = draw.randrange(4, 8)
            return date[:at] + str(draw.randint(0, 9)) + date[at + 1 :]
        case 1:
            return year + day + month if int(day) <= 12 else year + month + day[::-1]
        case 2:
            return str(int(year) + draw.choice((-1, 1, 10, -10))) + month + day
        case 3:
            return year + "0101"
        case _:
            at = draw.randrange(2, 7)
            return date[:at] + date[at + 1] + date[at] + date[at + 2 :]


def exchanged(row: Row, one: str, other: str) -> None:
    """The values of two columns, each in the place of the other."""
    row[one], row[other] = row.get(other, ""), row.get(one, "")
