"""Text that was written in one encoding and read in another: "MÃ¼ller" was "Müller", "Èâàíîâ" was "Иванов".

Only sequences that hardly occur in honest text are taken back: UTF-8 read as Latin-1 or Windows-1252 begins with Ã or Â (Latin
letters and signs), â€ and its kin (quotes, dashes), Ä and Å before a sign that is no punctuation (Latin Extended-A), or is a
run of Ð or Ñ (Cyrillic), or of å to é with two signs each (Chinese, Japanese, Korean); read as Windows-1251 it is a run of
Р or С with a sign each, read as Mac Roman it begins with √. Windows-1251 and GB 2312 read as Latin-1 are words of nothing but
accented letters, which no language has. A general solver (ftfy) costs a hundred times as much and knows no more of these.
"""

from __future__ import annotations

import re

_CP1252 = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")  # the 27 that Windows-1252 shows for 0x80 to 0x9f
_TAIL = f"[\x80-\xbf{_CP1252}]"  # a continuation byte, in either reading
_NO_MARK = f"(?![«»'\"–—…‘’“”„·]){_TAIL}"
_WESTERN = re.compile(
    f"[ÃÂ]{_TAIL}|[âã]{_TAIL}{{2}}|[äåæçèé]{_TAIL}{{2}}(?:[ãäåæçèéï]{_TAIL}{{2}})+|ð{_TAIL}{{3}}"
    f"|[êëì]{_TAIL}{{2}}(?:[êëì]{_TAIL}{{2}})+|[ÄÅ]{_NO_MARK}|Å“(?=\\w)|(?:[ÐÑ]{_TAIL}){{2,}}"
)
_MARKS = frozenset("«»'\"–—…‘’“”„·€")
_EASTERN = frozenset("äåæçèéêëì")
_CYRILLIC_TAIL = "[" + re.escape(bytes(b for b in range(0x80, 0xC0) if b != 0x98).decode("cp1251")) + "]"
_CYRILLIC = re.compile(f"(?:[РС]{_CYRILLIC_TAIL}){{2,}}|(?<=[A-Za-z])Г{_CYRILLIC_TAIL}")
_MAC = re.compile("√[\u0080-\uffff]")
_ACCENTED = re.compile("[À-ÿ¨¸]+")
_BYTES = re.compile("[\xa1-\xfe]{4,}")
_LEADS = re.compile(
    "[ÃÂâãäåæçèéêëìðÄÅÐÑ](?=[^A-Za-zÀ-ÿ \\d]|[ÂÃ])|[РСГ](?=[\x80-\xbfЂ-Џђ-џёҐґ–—‘’“”„†‡•…‰‹›€№™])|√|[À-ÿ]{3}|[¡-þ]{4}"
)
_CYRILLIC_WORD = re.compile("[А-яЁё]+")
_SHORTEST_WORD = 4
_FEWEST_VOWELS, _MOST_VOWELS = 0.25, 0.65


def suspicious(text: str) -> bool:
    """Whether mojibake is possible at all; cheap."""
    return not text.isascii() and _LEADS.search(text) is not None


def repair_mojibake(text: str) -> str:
    """The text with such sequences decoded; unchanged where they are none."""
    if not suspicious(text):
        return text
    mended = _WESTERN.sub(_decode, text)
    if mended == text:
        mended = _MAC.sub(_decode_mac, _CYRILLIC.sub(_decode_cyrillic, text))
    return _accented_words(mended) if mended == text else mended


def _decode(match: re.Match[str]) -> str:
    if match.group()[0] in _EASTERN and all(char.isalpha() or char in _MARKS for char in match.group()):
        return match.group()  # letters and quotation marks may be a word, however odd
    return _read_again(match, b"".join(_byte(char) for char in match.group()))


def _decode_cyrillic(match: re.Match[str]) -> str:
    return _read_again(match, match.group().encode("cp1251", "replace"))


def _decode_mac(match: re.Match[str]) -> str:
    return _read_again(match, match.group().encode("mac_roman", "replace"))


def _read_again(match: re.Match[str], data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
    return text if text.replace("\xa0", " ").isprintable() else match.group()


def _accented_words(text: str) -> str:
    """Words of accented letters alone: Russian where the result reads as Russian, else Chinese where it is common characters of
    GB 2312. Nothing, where one plain letter is among them."""
    if any(char.isalpha() and not "À" <= char <= "ÿ" for char in text):
        return text
    if any(len(word) >= _SHORTEST_WORD for word in _ACCENTED.findall(text)):
        russian = _ACCENTED.sub(lambda match: match.group().encode("latin-1").decode("cp1251"), text)
        if _reads_as_russian(russian):
            return russian
    return _BYTES.sub(_decode_gb2312, text)


def _reads_as_russian(text: str) -> bool:
    """Cased as words are, vowels in a Russian share, no sign where none can stand."""
    words = [word for word in _CYRILLIC_WORD.findall(text) if word]
    letters = "".join(words).lower()
    return (
        all(word.islower() or word.istitle() or word.isupper() for word in words)
        and _FEWEST_VOWELS <= sum(map(letters.count, "аеёиоуыэюя")) / len(letters) <= _MOST_VOWELS
        and not any(word[0] in "ъьЪЬыЫ" or word[-1] in "ъЪ" for word in words)
    )


def _decode_gb2312(match: re.Match[str]) -> str:
    data = match.group().encode("latin-1")
    common = len(data) % 2 == 0 and all(0xB0 <= byte <= 0xD7 for byte in data[::2])  # the first level: 3,755 characters
    try:
        return data.decode("gb2312") if common else match.group()
    except UnicodeDecodeError:
        return match.group()


def _byte(char: str) -> bytes:
    return char.encode("cp1252") if char in _CP1252 else char.encode("latin-1")
