"""Texts that bring their own names: CSV with a header line, and lines of `name: value`."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import Any, Final

from app.errors import BadRecord
from app.pipeline.intake.text import gather
from app.pipeline.limits import FIELDS, LINES
from app.pipeline.text_lines import MOST_ALTERNATING, alternating, bracketed, meaning, told

_DELIMITERS: Final = ",;\t|"
_FEW: Final = 3  # names with a colon: if names and values that take turns are more, they are it
_LONGEST_NAME = 200  # of a column: exports of forms have whole questions there
_PAIR = re.compile(
    r"[ \t]*(?:[-*•][ \t]+)?"  # a bullet
    r"([^\s:：=,;|&<>{}\"][^:：=,;|&<>{}\"\t]{0,99}?)"  # the name
    r"[ \t]*(?:[:=][ \t]+|[:=]$|[=：]|(?<!\d):(?!//))(.*)"  # no time of day, no address of a page
)


def rows(document: str) -> dict[str, Any] | None:
    """A header line and one row; None where it is no CSV. The delimiter is the one that makes the most columns.

    Raises:
        BadRecord: A header line and no row, or several.
    """
    head = document.split("\n", 1)[0]
    best: list[list[str]] | None = None
    for delimiter in sorted(_DELIMITERS, key=head.count, reverse=True):
        if delimiter not in head:
            break
        try:
            found = list(
                islice((row for row in csv.reader(io.StringIO(document, ""), delimiter=delimiter, strict=True) if row), 3)
            )
        except csv.Error:
            continue
        if found and _is_header(found[0]) and all(len(row) == len(found[0]) for row in found):
            best = found
            break
    if best is None or len(best) == 1:
        return None
    if len(best) > 2:
        raise BadRecord("intake", "invalid_csv", "several rows: one record is one lead", repairable=True)
    return gather(zip((name.strip() for name in best[0]), best[1], strict=True))


def _is_header(cells: list[str]) -> bool:
    """Names of columns: none blank, none a sentence, a number or an address."""
    names = [cell.strip() for cell in cells]
    return 2 <= len(names) <= FIELDS and all(
        0 < len(name) <= _LONGEST_NAME and "@" not in name and ":" not in name and any(letter.isalpha() for letter in name)
        for name in names
    )


def lines(document: str) -> dict[str, Any] | None:
    """`name: value` or `name = value`, a line each; else known names and values by turns. See text_lines for what goes on.

    None where it is no such text. What stands above the first pair, a title as a rule, is named `text`; what belongs to no
    name, `footer`.
    """
    some = document.splitlines()
    found = told(some[:LINES], _pair, FIELDS)
    pairs = found.pairs
    if len(pairs) < _FEW and len(turns := alternating(some[: MOST_ALTERNATING + 1])) > len(pairs):
        return gather(turns)
    if not pairs or (found.above and len(pairs) < 2):
        return None
    rest = [found.below, *(f"{name}: {value}" for name, value in pairs[FIELDS:]), *some[LINES:]]
    titled = any(meaning(name) == "message" for name, _ in pairs)  # then what stands above is no message
    above, below = [("heading" if titled else "text", found.above)], [("footer", "\n".join(rest).strip())]
    return gather(pair for pair in (*above, *pairs[:FIELDS], *below) if pair[1] or pair in pairs)


def _pair(line: str) -> tuple[str, str] | None:
    found = _PAIR.fullmatch(line)
    return bracketed(line) if found is None else (found[1].strip(" *_"), found[2].strip())
