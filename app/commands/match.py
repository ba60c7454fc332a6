"""`leadstream match`: the duplicates in a file, found as in the stream. `leadstream train-matching`: the weights for it."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Annotated, Any

import orjson
import typer

from app.audit.mask import masked
from app.commands.match_rows import BESIDE, FIELDS, columns, leads, read
from app.learning.match_quality import Quality, quality
from app.pipeline.lead import Lead
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.levels import LEVELS
from app.pipeline.matching.local import LocalIndex, Matcher
from app.pipeline.matching.stream import Matched
from app.pipeline.matching.weights import load, shipped
from app.wiring import Installation

Tool = Callable[..., Installation]

CURVE = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
_SHOWN = ("full_name", "company", "email", "phone", "street", "postcode", "city")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a file, with who it truly is where that is known."""

    name: str
    lead: Lead
    evidence: Evidence
    truth: str | None


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the commands."""

    @app.command(rich_help_panel=panel)
    def match(
        files: Annotated[
            list[Path], typer.Argument(help="CSV with a header, or JSON objects; several are read in order; - is standard input.")
        ],
        mapped: Annotated[
            list[str] | None,
            typer.Option(
                "--map",
                help=f"FIELD=COLUMN, where the ladder is wrong: {', '.join(FIELDS)}, {', '.join(BESIDE)}. FIELD= leaves it out.",
            ),
        ] = None,
        truth: Annotated[
            str | None, typer.Option(help="The column that says who it is; COLUMN~REGEX: the expression's first group does.")
        ] = None,
        country: Annotated[str | None, typer.Option(help="Of phones without country code: US, DE, …")] = None,
        curve: Annotated[
            bool, typer.Option("--curve", help="Precision and recall over the limit of merging. Needs --truth.")
        ] = False,
        weights: Annotated[Path | None, typer.Option(help="Other weights than those that ship.", dir_okay=False)] = None,
        as_json: Annotated[
            bool, typer.Option("--json", help="A JSON object for each row that has an earlier one, then a summary.")
        ] = False,
        show: Annotated[bool, typer.Option("--show", help="Show values as they are; masked without it.")] = False,
    ) -> None:
        """Find the rows that are one person or one business, each seen once, in the order of the file. Without any cluster.

        Merged: the same. Asked: people would decide. With --truth: precision, recall and F1 over pairs, of what was merged.

        Example: leadstream match people.csv --truth 'rec_id~rec-([0-9]+)' --curve
        """
        judge = Judge(load(weights.read_bytes()) if weights else shipped())
        rows = _rows(tool(reach=False), files, _named(mapped or []), truth, country)
        begin = process_time()
        matched = _matched(rows, judge)
        seconds = process_time() - begin
        if as_json:
            for row, one in zip(rows, matched, strict=True):
                if one.verdict is not None:
                    _write(_told(row, one))
        else:
            for line in _groups(rows, matched, show=show):
                print(line)
        summary = _summary(rows, matched, seconds)
        points = [(limit, *_at(rows, judge, limit)) for limit in CURVE] if curve and truth else []
        if as_json:
            _write(
                {
                    "summary": summary,
                    "curve": [{"limit": limit, **_figures(found), "asked": asked} for limit, found, asked in points],
                }
            )
            return
        print(
            *(f"{name:10} {value:.4f}" if isinstance(value, float) else f"{name:10} {value}" for name, value in summary.items()),
            sep="\n",
        )
        if points:
            print("\nlimit  precision  recall  F1      asked")
            for limit, found, asked in points:
                print(f"{limit:<6} {found.precision:<10.4f} {found.recall:<7.4f} {found.f1:<7.4f} {asked}")

    @app.command(rich_help_panel=panel)
    def train_matching(
        out: Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False, writable=True)],
        seed: Annotated[int | None, typer.Option(help="Another made-up world; the shipped weights have their own.")] = None,
        pairs: Annotated[int | None, typer.Option(min=100, help="Pairs of each class to learn from.")] = None,
    ) -> None:
        """Train the weights by which leads are matched, and print what becomes of pairs of each class. In a minute.

        It learns from pairs that it makes itself: people, households, colleagues, businesses, branches. The same seed gives
        the same file.
        """
        from app.learning.match_training import PAIRS, SEED, bits, train

        made, report = train(SEED if seed is None else seed, PAIRS if pairs is None else pairs)
        out.write_text(made.dump(), "utf-8")
        print(*report.lines(), "", "field        bits per level, the same against strangers, from `differs` up", sep="\n")
        for field in LEVELS:
            print(f"{field:12} {' '.join(f'{one:+.1f}' for one in bits(made, field))}")


def _rows(one: Installation, files: Sequence[Path], named: dict[str, str], truth: str | None, country: str | None) -> list[_Row]:
    column, _, pattern = (truth or "").partition("~")
    expression = re.compile(pattern or "(.*)", re.DOTALL)
    normaliser = one.normaliser()
    out: list[_Row] = []
    for file in files:
        given = read(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes(), str(file))
        if truth and given and column not in given[0]:
            raise typer.BadParameter(f"{file}: no column {column!r}: {', '.join(given[0])}", param_hint="--truth")
        hidden = (column,) if truth else ()
        found = columns(given, normaliser, named, hidden)
        print(f"{file}: {', '.join(f'{field}={path}' for field, path in sorted(found.items()))}", file=sys.stderr)
        for n, (row, (lead, evidence)) in enumerate(zip(given, leads(given, found, normaliser, country, hidden), strict=True), 1):
            who = expression.search(str(row.get(column, ""))) if truth else None
            name = str(n) if len(files) == 1 else f"{file.stem}:{n}"
            out.append(_Row(name, lead, evidence, who[1] if who else f"row {name}" if truth else None))
    return out


def _named(mapped: Sequence[str]) -> dict[str, str]:
    named = {}
    for one in mapped:
        field, equals, column = one.partition("=")
        if not equals or field not in (*FIELDS, *BESIDE):
            raise typer.BadParameter(f"{one!r}: FIELD=COLUMN with one of {', '.join((*FIELDS, *BESIDE))}", param_hint="--map")
        named[field] = column
    return named


def _matched(rows: Sequence[_Row], judge: Judge) -> list[Matched]:
    """What became of each row; its first row as known in the end."""
    index = LocalIndex()
    matcher = Matcher(index, judge)
    found = [matcher.match(row.name, row.evidence) for row in rows]
    return [one._replace(first=index.first(one.lead)) for one in found]


def _at(rows: Sequence[_Row], judge: Judge, limit: float) -> tuple[Quality, int]:
    matched = _matched(rows, Judge(judge.weights.with_limits(limit, min(limit, judge.weights.ask))))
    return _quality(rows, matched), sum(one.outcome == "asked" for one in matched)


def _quality(rows: Sequence[_Row], matched: Sequence[Matched]) -> Quality:
    return quality([one.first for one in matched], [row.truth for row in rows])


def _figures(found: Quality) -> dict[str, float]:
    return {"precision": round(found.precision, 4), "recall": round(found.recall, 4), "f1": round(found.f1, 4)}


def _summary(rows: Sequence[_Row], matched: Sequence[Matched], seconds: float) -> dict[str, Any]:
    outcomes = [one.outcome for one in matched]
    told: dict[str, Any] = {
        "rows": len(rows),
        "merged": outcomes.count("merged"),
        "joined": sum(len(one.also) for one in matched),
        "asked": outcomes.count("asked"),
        "us_per_row": round(seconds / max(1, len(rows)) * 1e6, 1),
    }
    if rows and rows[0].truth is not None:
        told |= _figures(_quality(rows, matched))
    return told


def _told(row: _Row, one: Matched) -> dict[str, Any]:
    assert one.verdict is not None
    verdict = one.verdict
    return {
        "row": row.name,
        "outcome": one.outcome,
        "first": one.first,
        "with": one.known.lead if one.known else None,
        "probability": round(verdict.probability, 6),
        "weight": round(verdict.weight, 2),
        "else": verdict.nearest,
        "blocked": verdict.blocked,
        "also": list(one.also),
        "chained": one.chained,
        "evidence": {said.field: {"level": said.level, "weight": said.weight} for said in verdict.evidence},
    }


def _groups(rows: Sequence[_Row], matched: Sequence[Matched], *, show: bool) -> list[str]:
    """Each group of rows, then the pairs that people would be asked about."""
    groups: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(matched):
        groups[one.first].append(n)
    at = {row.name: n for n, row in enumerate(rows)}
    lines: list[str] = []
    for members in groups.values():
        if len(members) > 1:
            lines += [_line(rows[members[0]], show=show)]
            lines += [_line(rows[n], show=show) + "\n" + _because(matched[n]) for n in members[1:]] + [""]
    for n, one in enumerate(matched):
        if one.outcome == "asked" and one.known is not None:
            lines += [f"? {_line(rows[at[one.known.lead]], show=show)}", f"? {_line(rows[n], show=show)}", _because(one), ""]
    return lines


def _line(row: _Row, *, show: bool) -> str:
    values = [str(value) if show else masked(value) for field in _SHOWN if (value := getattr(row.lead, field))]
    return f"{row.name:>6}  {' · '.join(values)}"


def _because(one: Matched) -> str:
    if one.verdict is None or one.known is None:
        return "        joined when a later row showed it"
    said = ", ".join(f"{said.field} {said.level} {said.weight:+.1f}" for said in one.verdict.evidence)
    chained = (
        "; not merged: its chain is too long" if one.chained else "; not merged: told to be two" if one.verdict.blocked else ""
    )
    odds = f"{one.verdict.probability:.4f} ({one.verdict.weight:+.1f} bits)"
    return f"        as {one.known.lead}: {odds}, else {one.verdict.nearest}: {said}{chained}"


def _write(entry: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(entry).decode() + "\n")
