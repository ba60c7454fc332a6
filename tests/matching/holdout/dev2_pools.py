"""The pools of names of the dev2 sets, and how hands and machines spoil what they hold."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.matching.holdout.drawing import Draw, words

_NEXT = dict(zip("abcdefghijklmnoprstuvwyz", "svxserfgujkonmipteydiqgtx", strict=False))
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "’": "'"}
)
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "å": "aa", "ø": "oe"})


@cache
def pools(of: str) -> dict[str, tuple[str, ...]]:
    """The pools of one set by their names; one of a mapping of pools is called by both names, as in "towns DE"."""
    text = (Path(__file__).parent / "dev2_pools.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)[of]
    made: dict[str, tuple[str, ...]] = {}
    for name, pool in loaded.items():
        parts = {f"{name} {key}": part for key, part in pool.items()} if isinstance(pool, dict) else {name: pool}
        made |= {key: words(str(part)) for key, part in parts.items()}
    return made


def paired(pool: Iterable[str]) -> dict[str, str]:
    """A pool of ONE:OTHER words as a mapping."""
    return dict(word.split(":", 1) for word in pool)


def bare(text: str) -> str:
    """The text without diacritics: Müller as Muller."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.translate(_PLAIN)) if not unicodedata.combining(c))


def spelt(text: str) -> str:
    """The text with umlauts written out, other diacritics lost: Müller as Mueller."""
    return bare(text.translate(_SPELT))


def slipped(draw: Draw, text: str) -> str:
    """The text with one slip of the fingers after its first letter; short texts stay."""
    spots = [at for at, c in enumerate(text) if at and c.isalpha()]
    if len(spots) < 3:
        return text
    at = draw.choice(spots)
    near = _NEXT.get(text[at].lower(), "e")
    swap = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :] if at > 1 else text
    return draw.choice([text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], text[:at] + near + text[at + 1 :], swap])


def missed(draw: Draw, digits: str) -> str:
    """The text with one of its last digits wrong."""
    at = draw.choice([at for at, c in enumerate(digits) if c.isdigit()][-6:])
    return digits[:at] + str((int(digits[at]) + draw.randint(1, 9)) % 10) + digits[at + 1 :]
