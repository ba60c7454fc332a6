"""`leadstream backtest`: what the scores would have done for a company, on its own history of leads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.backtest.errors import HistoryError, Unreadable

Told = Callable[[str, int, int], None]
_COLUMNS, _REPLAY, _OUTPUT = "The columns", "The replay", "Sales and output"


def register(app: typer.Typer, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def backtest(
        file: Annotated[Path, typer.Argument(help="CSV with a header, a lead a row, in the order they came.")],
        outcome: Annotated[
            str | None,
            typer.Option(
                help="Column: what became of the lead. Rows without are scored, and not judged.", rich_help_panel=_COLUMNS
            ),
        ] = None,
        positive: Annotated[
            str | None,
            typer.Option(help="Its value(s) of won leads: VALUE,VALUE. Without: told by common words.", rich_help_panel=_COLUMNS),
        ] = None,
        ignore: Annotated[
            list[str] | None, typer.Option(help="Columns that nobody knew when the lead came: COL,COL.", rich_help_panel=_COLUMNS)
        ] = None,
        order: Annotated[
            str | None,
            typer.Option(help="Column to order the rows by (number or date). Without: as they stand.", rich_help_panel=_COLUMNS),
        ] = None,
        lead_date: Annotated[str | None, typer.Option(help="Column: when the lead came.", rich_help_panel=_COLUMNS)] = None,
        outcome_date: Annotated[
            str | None, typer.Option(help="Column: when its outcome was known. Replaces --label-delay.", rich_help_panel=_COLUMNS)
        ] = None,
        cost: Annotated[str | None, typer.Option(help="Column: what the lead cost.", rich_help_panel=_COLUMNS)] = None,
        map_: Annotated[
            list[str] | None,
            typer.Option(
                "--map", help="FIELD=COLUMN: what a column is (email=Mail). Others the ladder tells.", rich_help_panel=_COLUMNS
            ),
        ] = None,
        config: Annotated[
            Path | None,
            typer.Option(help="YAML with these options as keys (label_delay: 500); options win.", rich_help_panel=_COLUMNS),
        ] = None,
        separator: Annotated[
            str | None, typer.Option(help="Of cells; without: told by the file.", rich_help_panel=_COLUMNS)
        ] = None,
        encoding: Annotated[str | None, typer.Option(help="Without: told by the file.", rich_help_panel=_COLUMNS)] = None,
        drop_leaks: Annotated[
            bool,
            typer.Option("--drop-leaks", help="Leave out columns that tell the outcome by themselves.", rich_help_panel=_COLUMNS),
        ] = False,
        label_delay: Annotated[
            int | None,
            typer.Option(
                min=0,
                help="Leads that come between a lead and its label. Without: 500, at most a twentieth.",
                rich_help_panel=_REPLAY,
            ),
        ] = None,
        horizon_days: Annotated[
            float | None,
            typer.Option(
                help="Until an outcome without date is known. Without: as the others took.",
                rich_help_panel=_REPLAY,
            ),
        ] = None,
        skip: Annotated[
            float | None,
            typer.Option(min=0, max=0.95, help="Share at the beginning that is not judged (0.1).", rich_help_panel=_REPLAY),
        ] = None,
        identity: Annotated[
            bool | None,
            typer.Option(
                help="Merge leads of one person, as the stream does. Without: where contacts and dates are.",
                rich_help_panel=_REPLAY,
            ),
        ] = None,
        publish_every: Annotated[
            int | None, typer.Option(min=1, help="Leads that one version of the model scores (25).", rich_help_panel=_REPLAY)
        ] = None,
        baseline: Annotated[
            list[str] | None,
            typer.Option(help="lightgbm: trees retrained every 1,000 rows, if installed.", rich_help_panel=_REPLAY),
        ] = None,
        capacity: Annotated[
            float | None, typer.Option(help="Share of the leads that sales can call (0.2).", rich_help_panel=_OUTPUT)
        ] = None,
        window: Annotated[
            int | None, typer.Option(min=10, help="Leads of one day of sales (500).", rich_help_panel=_OUTPUT)
        ] = None,
        cost_per_lead: Annotated[
            float | None, typer.Option(min=0, help="Where no column says it.", rich_help_panel=_OUTPUT)
        ] = None,
        html: Annotated[
            Path | None, typer.Option(help="Write a page with plots into this file.", dir_okay=False, rich_help_panel=_OUTPUT)
        ] = None,
        as_json: Annotated[
            bool, typer.Option("--json", help="Everything as JSON, and nothing else.", rich_help_panel=_OUTPUT)
        ] = False,
    ) -> None:
        """Replay a company's own history of leads: how good are the scores, and what would they have been worth?

        Any CSV: separator, encoding and spelling of numbers are told by the file. Each row is scored as it comes, by a model that
        has learned only the outcomes known by then. Needs neither Kafka nor Redis, and keeps nothing. Columns that look like
        leaks (known only after the outcome) are named; leave them out with --ignore. Persons' data is never a feature.

        Example: leadstream backtest leads.csv --outcome status --positive won --ignore close_date,amount --html report.html

        Exit 0 with the answer; 1 where the history has none (too few rows, all ended alike); 2 where the question must be asked
        otherwise (a column that is missing, values of --positive).
        """
        options: dict[str, Any] = {
            "outcome": outcome, "positive": positive, "ignore": ",".join(ignore or ()) or None, "order": order,
            "lead_date": lead_date, "outcome_date": outcome_date, "cost": cost, "map": _pairs(map_), "separator": separator,
            "encoding": encoding, "drop_leaks": drop_leaks or None, "label_delay": label_delay, "horizon_days": horizon_days,
            "skip": skip, "identity": identity, "publish_every": publish_every, "capacity": capacity, "window": window,
            "cost_per_lead": cost_per_lead,
        }  # fmt: skip
        if html is not None and not html.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {html.parent}", param_hint="--html")
        try:
            with _progress() as told:
                report = _answer(file, config, options, baseline or [], told)
        except HistoryError as error:
            print(f"leadstream: {file.name}: {error}", file=sys.stderr)
            raise typer.Exit(error.exit_code) from None
        if html is not None:
            from app.backtest.page import page

            html.write_text(page(report, file.name, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")), encoding="utf-8")
            print(f"{html}: written", file=sys.stderr)
        if as_json:
            for warning in (*report["warnings"], *report["notes"]):
                print(f"leadstream: {warning}", file=sys.stderr)
            sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            from app.commands.backtest_table import table

            out().print(table(report, file.name))


def _answer(file: Path, config: Path | None, options: dict[str, Any], baselines: list[str], told: Told) -> dict[str, Any]:
    from app.backtest.description import NotDescribed, described
    from app.backtest.judged import judged
    from app.backtest.report import report
    from app.backtest.table import read_table
    from app.backtest.trees import by_trees, check_installed
    from app.commands.backtest_run import installation, run

    began = perf_counter()
    if unknown := set(baselines) - {"lightgbm"}:
        raise NotDescribed(f"--baseline: {unknown.pop()!r} is none; write lightgbm (the other baselines are always there)")
    if baselines:
        check_installed()
    said = described(_text(config), options)
    told("reading the file", 0, 0)
    table = read_table(_bytes(file), encoding=said.encoding, separator=said.separator)
    one = run(table, said, installation(), told)
    others = {}
    if baselines:
        rows = judged(one.history, one.replayed, said.skip).rows
        others["lightgbm"] = by_trees(one.history, one.scored.features, rows, lambda row: told("LightGBM", row, len(table)))
    return report(one, others, perf_counter() - began)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or type(error).__name__}") from None


def _text(config: Path | None) -> str | None:
    if config is None:
        return None
    try:
        return _bytes(config).decode()
    except (Unreadable, UnicodeError) as error:
        raise Unreadable(f"--config {config.name}: {error}") from None


def _pairs(said: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for several in said or () for one in several.split(",")]
    if wrong := [field for field, equals, column in pairs if not (field.strip() and equals and column.strip())]:
        raise typer.BadParameter(f"{wrong[0]!r} says no column: write email=COLUMN", param_hint="--map")
    return {field.strip(): column.strip() for field, _, column in pairs}


@contextmanager
def _progress() -> Iterator[Told]:
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("reading the file", total=None)
        yield lambda what, done, of: shown.update(task, description=what, completed=done, total=of or None)
