"""Which leads of a history were won: told by --positive, else by common words, else the rarer of two values."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.backtest.errors import CannotJudge, OutcomeUnclear
from app.backtest.table import Column

WON: Final = frozenset(
    (
        "1|yes|y|true|t|on|won|win|closed won|converted|conversion|customer|client|success|successful|sold|sale|purchase|"
        "purchased|bought|subscribed|signed|accepted|booked|enrolled|positive|hit|ja|gewonnen|kunde|oui|gagne|gagné|si|sí|ganado|sim|ganho|"
        "vinto|tak|wygrany|да|выигран|evet|kazanıldı|はい|是|成交"
    ).split("|")
)
LOST: Final = frozenset(
    (
        "0|-1|no|n|false|f|off|lost|loss|closed lost|not converted|unconverted|no conversion|not won|failed|failure|"
        "unsuccessful|rejected|declined|dead|negative|miss|nein|verloren|non|perdu|perdido|não|nao|perso|nie|przegrany|нет|проигран|hayır|いいえ|"
        "否"
    ).split("|")
)
Told = Literal["named", "words", "rarer"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each lead.

    Attributes:
        won: None where the column says nothing: a lead without a label.
        positive: The values of won leads, as the file writes them.
        told: How they were told: named, by common words, or as the rarer of two.
    """

    won: list[bool | None]
    positive: tuple[str, ...]
    told: Told


def outcome_of(column: Column, name: str, positive: str | Sequence[str] | None = None) -> Outcome:
    """Labels of a column.

    Args:
        column, name: Its cells, and how it is called.
        positive: The values of won leads, a comma between them; None: tell it by the values.

    Raises:
        OutcomeUnclear: A value named does not occur, or there are more than two and none is named.
        CannotJudge: All leads ended alike.
    """
    counts = Counter(text for text in column if text is not None)
    spellings = _together(counts)
    if len(spellings) < 2:
        only = f"holds the one value {next(iter(counts))!r}" if counts else "is empty"
        raise CannotJudge(f"column {name!r} {only}: a history needs leads that were won and leads that were not")
    won, told = _named(positive, spellings, counts, name) if positive else _by_itself(spellings, counts, name)
    if won == set(spellings):
        raise CannotJudge(f"--positive: every lead of column {name!r} is won by these values")
    values = {spelling: key in won for key, same in spellings.items() for spelling in same}
    labels = [None if text is None else values[text] for text in column]
    return Outcome(labels, tuple(spelling for spelling, is_won in values.items() if is_won), told)


def _together(counts: Counter[str]) -> dict[str, list[str]]:
    """Spellings of one value: Yes and yes, 1 and 1.0; the commonest value first."""
    spellings: dict[str, list[str]] = {}
    for text, _ in counts.most_common():
        spellings.setdefault(_key(text), []).append(text)
    return spellings


def _key(text: str) -> str:
    text = " ".join(re.split(r"[\s_-]+(?=\D)", text.casefold()))
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _named(
    positive: str | Sequence[str], spellings: dict[str, list[str]], counts: Counter[str], name: str
) -> tuple[set[str], Told]:
    whole = positive if isinstance(positive, str) else ",".join(positive)  # a value may hold a comma itself
    asked = [whole] if _key(whole.strip()) in spellings else whole.split(",") if isinstance(positive, str) else positive
    keys = {_key(one.strip()): one for one in asked if one.strip()}
    if missing := [one for key, one in keys.items() if key not in spellings]:
        raise OutcomeUnclear(name, f"never says {missing[0].strip()!r}", dict(counts.most_common()))
    return set(keys), "named"


def _by_itself(spellings: dict[str, list[str]], counts: Counter[str], name: str) -> tuple[set[str], Told]:
    known = {key for key in spellings if key in WON}, {key for key in spellings if key in LOST}
    if len(spellings) > 2:
        raise OutcomeUnclear(name, f"has {len(spellings):,} different values", dict(counts.most_common()))
    if len(known[0]) == 1:
        return known[0], "words"
    if len(known[1]) == 1:
        return set(spellings) - known[1], "words"
    rarer = min(spellings, key=lambda key: sum(counts[one] for one in spellings[key]))
    return {rarer}, "rarer"
