"""Names that no person gave: keys and references that form builders make up (`question_3EKz4n`, `01HX7…`, a UUID).

They say nothing, neither for a field nor against one, though letters in them may look like words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.label import fold
from app.pipeline.ladder.lexicon import lexicon

_CHUNK: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MIXED: Final = re.compile(r"\d+[A-Za-z]|[A-Za-z]+\d+[A-Za-z]")  # a digit that a letter follows: no numbered word
_HEX: Final = re.compile(r"[0-9a-f]{4,}|[0-9A-F]{4,}")
_TAIL: Final = re.compile(r"[_-]([0-9A-Za-z]{4,})$")
_SHORTEST: Final = 4  # characters of a made-up chunk
_WORD: Final = 3  # letters that may be a word of the dictionary


def is_made_up(chunk: str) -> bool:
    """Whether a run of letters and digits is no word, no number and no numbered word (`3EKz4n`, `d97c`, not `line2`)."""
    if len(chunk) < _SHORTEST or chunk.isdecimal() or not chunk.isascii():
        return False
    if not _MIXED.match(chunk):
        return False
    known = lexicon().vocabulary
    return not any(len(run) >= _WORD and fold(run) in known for run in _LETTERS.findall(chunk))


@lru_cache(maxsize=16_384)
def says_nothing(name: str) -> bool:
    """Whether a name is made up, but for words that every form gives to everything (`question_`, `field-`, `input_`)."""
    chunks = _CHUNK.findall(name[:100])
    if not any(map(is_made_up, chunks)):
        return False
    words = lexicon().words
    idle = words["plumbing"] | words["filler"] | words["container"]
    return all(chunk.isdecimal() or fold(chunk) in idle or is_made_up(chunk) for chunk in chunks)


def without_tail(name: str) -> str:
    """A machine's name without the made-up part behind it: `first_name_d97c` is first_name. The name itself where it has none."""
    found = _TAIL.search(name)
    if found is None or " " in name or found.start() < _SHORTEST:
        return name
    tail = found[1]
    if is_made_up(tail) or (_HEX.fullmatch(tail) and not tail.isdecimal() and fold(tail) not in lexicon().vocabulary):
        return name[: found.start()]
    return name


@lru_cache(maxsize=16_384)
def telling(context: tuple[str, ...]) -> tuple[str, ...]:
    """The names around a leaf that say something."""
    if any(says_nothing(name) for name in context):
        return tuple(name for name in context if not says_nothing(name))
    return context
