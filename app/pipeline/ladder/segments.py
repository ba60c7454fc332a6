"""Words that run together, apart: Chinese by the longest known words, `dealname` and Diensttelefon where all parts are known."""

from __future__ import annotations

import re
from typing import Final

from app.pipeline.ladder.label import CJK
from app.pipeline.ladder.lexicon import Lexicon, Standing

_IS_CJK: Final = re.compile(f"[{CJK}]")


def segmented(found: tuple[str, ...], book: Lexicon) -> tuple[str, ...]:
    """Words that run together, apart: Chinese by the longest known words; `dealname`, Diensttelefon where all parts are known."""
    out: list[str] = []
    for token in found:
        if _IS_CJK.match(token):
            out.extend(_apart(token, book))
        elif len(token) >= 7 and token not in book.vocabulary and (parts := _parts(token, book, 3)):
            out.extend(parts)
        else:
            out.append(token)
    return tuple(out)


def _apart(run: str, book: Lexicon) -> list[str]:
    out: list[str] = []
    start = 0
    unknown = ""
    while start < len(run):
        for length in range(min(12, len(run) - start), 0, -1):
            part = run[start : start + length]
            if part in book.vocabulary and (length > 1 or not unknown or part in book.words["noise"]):
                break
        else:
            unknown += run[start]
            start += 1
            continue
        if unknown:
            out.append(unknown)
            unknown = ""
        out.append(part)
        start += len(part)
    if unknown:
        out.append(unknown)
    return out


def _parts(token: str, book: Lexicon, most: int) -> tuple[str, ...]:
    """The two or three known words that make up the token, with a linking s between them or none; () where they do not."""
    for cut in range(len(token) - 3, 2, -1):
        head, tail = token[:cut], token[cut:]
        if not _is_part(head, book):
            head = head.removesuffix("s")
            if not _is_part(head, book):
                continue
        if _is_part(tail, book):
            return (head, tail)
        if most > 2 and len(tail) >= 6 and (rest := _parts(tail, book, most - 1)):
            return (head, *rest)
    return ()


def _is_part(word: str, book: Lexicon) -> bool:
    if word not in book.vocabulary or word in book.words["noise"]:
        return False
    return len(word) >= 4 or (word in book.forms and book.forms[word].standing >= Standing.ALONE)
