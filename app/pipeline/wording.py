"""What scoring takes of a text that a person wrote: hashes of its words, and its language. Never the text, or a word of it.

A word becomes one of 1,024 numbers, as some thousand other words of every language do: a name cannot be read back.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import normalize
from zlib import crc32

MAX_WORDS: Final = 24
BUCKETS: Final = 1_024
_LOOKED_AT: Final = 600  # characters
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_TEXT_OF: Final = tuple(map(str, range(BUCKETS)))

# Words of three letters and more that stand in most texts of a language, and in none of the others.
# fmt: off
_COMMON: Final = {
    "en": "the and for you your with are have this that would like please our need from can will what how could thanks about",
    "de": "und der das ist ich wir nicht ein eine mit für bitte sie auf von den zum zur sind haben ihre ihr uns möchte hätte"
          " gerne danke wie auch einen einer",
    "fr": "les des est pour vous nous avec une dans pas sur bonjour votre vos notre merci avez sont voudrais souhaite être cette",
    "es": "los las una para por con del está nos hola gracias quiero sobre más usted como necesito quisiera pero tengo muy favor",
    "it": "il che per gli della sono una di questo vorrei grazie anche nostro vostra buongiorno avete abbiamo delle dei più",
    "nl": "het een van voor wij zijn graag ook met niet onze jullie deze heeft kunnen wil kunt dank naar over hebben goedemiddag",
    "pt": "uma para não com você dos das obrigado gostaria preciso nosso mais sobre olá quero tenho são pelo pela está",
    "pl": "nie jest się dla proszę czy oraz jak dziękuję mam chciałbym nasz jestem dzień dobry są przez",
    "sv": "och att det som för jag inte med till den har vill gärna tack hej era ett kan våra",
    "da": "jeg ikke har gerne tak hej vores det der til med vil kan",
    "cs": "jsme jsem prosím děkuji pro jak nebo dobrý není máme chtěl",
    "tr": "bir ve için bu çok merhaba teşekkürler olarak istiyorum ile daha",
}
# fmt: on
_BEYOND_LATIN: Final = re.compile(r"[^\x00-\u036f\W\d_]+")
_KANA: Final = re.compile("[\u3040-\u30ff]")  # among Chinese characters, too
_SCRIPTS: Final = (  # the first letter of a block, its last, and what is written with it
    ("\uac00", "\ud7af", "ko"),
    ("\u4e00", "\u9fff", "zh"),
    ("\u0370", "\u03ff", "el"),
    ("\u0590", "\u05ff", "he"),
    ("\u0e00", "\u0e7f", "th"),
    ("\u0400", "\u04ff", "cyrillic"),
    ("\u0600", "\u06ff", "arabic"),
)
_ENOUGH: Final = 2  # words of a language that tell it


def _common() -> dict[str, str]:
    """Word → the one language that has it; a word of several tells none."""
    found: dict[str, str] = {}
    for language, words in _COMMON.items():
        for word in words.split():
            found[word] = "" if word in found else language
    return found


_LANGUAGE_OF: Final = _common()


def words_and_language(text: str) -> tuple[str, str]:
    """The distinct words of a text as numbers below BUCKETS, in their order, separated by blanks; and its language.

    Words of three letters and more count, MAX_WORDS at most; those that stand in every text of a language do not. The language
    is an ISO 639-1 code, the name of a script that several languages use, or `none`.
    """
    text = text[:_LOOKED_AT]
    plain = text.isascii()
    text = text.lower() if plain else normalize("NFKC", text).casefold()
    told: list[str] = []
    numbers: dict[str, None] = {}
    for word in _WORD.findall(text):
        language = _LANGUAGE_OF.get(word)
        if language is not None:
            told.append(language)
        elif len(numbers) < MAX_WORDS:
            numbers[number_of(word)] = None
    return " ".join(numbers), _most(told) if plain or told else _by_script(text)


@lru_cache(maxsize=16_384)
def number_of(word: str) -> str:
    """The number of a word, as text."""
    return _TEXT_OF[crc32(word.encode("utf-8", "replace")) % BUCKETS]


def _most(told: list[str]) -> str:
    best, most, second = "none", _ENOUGH - 1, 0
    for language in dict.fromkeys(told):
        times = told.count(language)
        if language and times > most:
            best, most, second = language, times, most
        elif language and times > second:
            second = times
    return best if most > second or best == "none" else "none"


def _by_script(text: str) -> str:
    letters = "".join(_BEYOND_LATIN.findall(text))
    if len(letters) * 4 < len(text):
        return "none"
    if _KANA.search(letters):
        return "ja"
    return next((language for first, last, language in _SCRIPTS if first <= letters[0] <= last), "none")
