"""Are two samples of one distribution? How far apart they are, and how improbable it is that chance brings that about.

How far: the population stability index, sum of (q - p) ln(q / p) over cells (Kullback's symmetric divergence; by custom below
0.1 nothing has moved, above 0.25 much has), less what two samples of so few leads are apart by chance. How improbable: the
likelihood-ratio statistic G, which is twice the number of leads times the weighted Jensen-Shannon divergence of the two, with
Williams's correction for small counts (1976), against the chi-square distribution. Cells that few leads are in are put together
first, so that five are to be expected in each (Cochran, 1954).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, log, pi, sqrt
from typing import Final

from app.monitoring.sketch import REST, Cell, in_words

CELLS: Final = 10  # of numbers, about equally full
LEAST: Final = 5.0  # leads to be expected in a cell, in either sample
ABSENT: Final = "(none)"


@dataclass(frozen=True, slots=True)
class Divergence:
    """How a sample differs from an earlier one.

    Attributes:
        psi: Population stability index, what chance brings about taken off; not below 0.
        evidence: -ln of the probability of a difference like this, if there were none.
        cell: Where most of it comes from, for a person; its share `before` and `now`.
    """

    psi: float = 0.0
    evidence: float = 0.0
    cell: str = ""
    before: float = 0.0
    now: float = 0.0


NONE: Final = Divergence()
_Row = tuple[str, float, float]  # cell in words, leads before, leads now


def diverged(before: Mapping[Cell, float], of_before: float, now: Mapping[Cell, float], of_now: float) -> Divergence:
    """Compare two samples; leads that no cell counts lack the feature, which is a cell of its own.

    Args:
        before, now: Cell → leads.
        of_before, of_now: Leads in all; so many that the counts are to be believed like so many independent ones.
    """
    if of_before <= 0 or of_now <= 0:
        return NONE
    rows = _rows(before, of_before, now, of_now)
    if len(rows) < 2:
        return NONE
    total, k = of_before + of_now, len(rows)
    psi = g = columns = 0.0
    worst = (0.0, rows[0])
    for row in rows:
        _, m, n = row
        q, p = (n + 0.5) / (of_now + 0.5 * k), (m + 0.5) / (of_before + 0.5 * k)
        part = (q - p) * log(q / p)
        psi += part
        worst = max(worst, (part, row))
        both = m + n
        columns += 1.0 / both
        g += _term(m, both * of_before / total) + _term(n, both * of_now / total)
    williams = 1.0 + (total / of_before + total / of_now - 1.0) * (total * columns - 1.0) / (6.0 * total * (k - 1))
    by_chance = (k - 1) * (1.0 / of_before + 1.0 / of_now)
    name, m, n = worst[1]
    return Divergence(max(0.0, psi - by_chance), surprise(2.0 * g / williams, k - 1), name, m / of_before, n / of_now)


def surprise(chi_square: float, degrees: int) -> float:
    """-ln of the upper tail of the chi-square distribution (Wilson and Hilferty, 1931)."""
    spread = 2.0 / (9.0 * degrees)
    return tail((max(chi_square, 0.0) / degrees) ** (1 / 3) - 1.0 + spread, sqrt(spread))


def tail(distance: float, error: float = 1.0) -> float:
    """-ln of the upper tail of the normal distribution."""
    z = distance / error
    if z < 30:
        return -log(0.5 * erfc(z / sqrt(2.0)))
    return 0.5 * z * z + log(z * sqrt(2.0 * pi))


def _term(seen: float, expected: float) -> float:
    return seen * log(seen / expected) if seen > 0 else 0.0


def _rows(before: Mapping[Cell, float], of_before: float, now: Mapping[Cell, float], of_now: float) -> list[_Row]:
    """The cells to compare, each full enough."""
    bins: list[tuple[Cell, float, float]] = []
    values: list[tuple[Cell, float, float]] = []
    for cell in {**before, **now}:
        row = cell, float(before.get(cell, 0.0)), float(now.get(cell, 0.0))
        (bins if isinstance(cell, int) else values).append(row)
    absent = ABSENT, of_before - sum(before.values()), of_now - sum(now.values())
    if absent[1] + absent[2] > 0.5:
        values.append(absent)
    # of two samples the smaller has the smaller expected count in every cell
    need = LEAST * (of_before + of_now) / min(of_before, of_now)
    bins.sort(key=lambda one: int(one[0]))
    return _lumped(_runs(bins, max(need, (of_before + of_now) / CELLS)), values, need)


def _runs(bins: Sequence[tuple[Cell, float, float]], need: float) -> list[_Row]:
    """Neighbouring bins put together until each holds enough; what is left at the end goes to the last."""
    runs: list[tuple[Cell, Cell, float, float]] = []
    for cell, m, n in bins:
        if runs and runs[-1][2] + runs[-1][3] < need:
            first, _, had_m, had_n = runs[-1]
            runs[-1] = first, cell, had_m + m, had_n + n
        else:
            runs.append((cell, cell, m, n))
    if len(runs) > 1 and runs[-1][2] + runs[-1][3] < need:
        _, last, m, n = runs.pop()
        first, _, had_m, had_n = runs[-1]
        runs[-1] = first, last, had_m + m, had_n + n
    return [(in_words(first, last), m, n) for first, last, m, n in runs]


def _lumped(runs: list[_Row], values: Sequence[tuple[Cell, float, float]], need: float) -> list[_Row]:
    rows = [*runs, *((str(cell), m, n) for cell, m, n in values)]
    full = sorted((row for row in rows if row[1] + row[2] >= need and row[0] != REST), key=lambda row: row[0])
    rest = [row for row in rows if not (row[1] + row[2] >= need and row[0] != REST)]
    if rest:
        others = REST, sum(row[1] for row in rest), sum(row[2] for row in rest)
        if others[1] + others[2] >= need:
            full.append(others)
        elif full:  # too few for a cell of their own: the least full takes them in
            least = min(range(len(full)), key=lambda n: full[n][1] + full[n][2])
            name, m, n = full[least]
            full[least] = name, m + others[1], n + others[2]
    return full
