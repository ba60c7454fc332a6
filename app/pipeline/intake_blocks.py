"""Texts that bring their own names: CSV with a header line, and lines of `name: value`."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import Any, Final

from app.errors import BadRecord
from app.pipeline.intake_text import MAX_FORM_FIELDS, gather

_DELIMITERS: Final = ",;\t|"
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
    return 2 <= len(names) <= MAX_FORM_FIELDS and all(
        0 < len(name) <= _LONGEST_NAME and "@" not in name and ":" not in name and any(letter.isalpha() for letter in name)
        for name in names
    )


def lines(document: str) -> dict[str, Any] | None:
    """`name: value` or `name = value`, a line each; a line that is none goes on with the one before.

    None where it is no such text. What stands above the first pair, a title as a rule, is named `text`.
    """
    pairs: list[tuple[str, list[str]]] = []
    above: list[str] = []
    for line in document.splitlines():
        found = _PAIR.fullmatch(line) if len(pairs) < MAX_FORM_FIELDS else None
        if found is not None:
            pairs.append((found[1].strip(), [found[2].strip()]))
        else:
            (pairs[-1][1] if pairs else above).append(line.strip())
    if not pairs or (above and len(pairs) < 2):
        return None
    title = "\n".join(above).strip()
    told = [(name, "\n".join(value).strip()) for name, value in pairs]
    return gather([("text", title), *told] if title else told)
