"""Draws what `leadstream run` has seen: a whole picture for a terminal, or one line. 80 columns and 24 lines are enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from app.ops.live import BANDS, FATES, KNOWN_AS, Live

WIDE = 116  # columns from which teams and alerts stand beside the sources, with bars
_BAR = 10
_STYLES = {"hot": "bold red", "warm": "yellow", "cold": "cyan"}
_WHO = {"same_event": "sent again"}
_HEADS = {"routed": "routed", "review": "review", "duplicate": "duplic.", "dead_letter": "dead"}


def line(live: Live, now_s: float, restarts: int) -> str:
    """One line, for where nothing can be redrawn."""
    fates = "  ".join(f"{fate.replace('_', ' ')} {live.of_fate(fate):,}" for fate in FATES)
    latency = f"p50 {live.latency(0.5):.2f} s  p99 {live.latency(0.99):.2f} s"
    more = f"  restarts {restarts}" if restarts else ""
    rate = sum(live.rates(now_s).values())
    who = "".join(f"  {name.replace('_', ' ')} {live.who[name]:,}" for name in KNOWN_AS if live.who[name])
    return f"{live.total:>9,} leads  {rate:>6,.0f}/s  {latency}  {fates}{who}  alerts {len(live.firing)}{more}"


def picture(live: Live, now_s: float, *, elapsed_s: float, restarts: int, status: str, width: int, height: int) -> Group:
    """The whole picture.

    Args:
        now_s: On the clock that `live` was told; elapsed_s: since the start of the run.
        status: What is going on, and what Ctrl-C would do.
        width, height: Of the terminal. What does not fit is left out: older alerts, then who the leads are.
    """
    rates = live.rates(now_s)
    head = [_headline(live, rates, elapsed_s), _second(live, restarts)]
    foot: list[RenderableType] = [Text(status, style="dim")]
    if live.last_lead:
        foot.insert(0, Text(f"leadstream explain {live.last_lead}   (in a second terminal) says why", style="dim"))
    rows = len(live.sources) + 2  # with the head and the sum
    if width >= WIDE:
        table = Table.grid(expand=True, padding=(0, 3, 0, 0))
        table.add_column(width=80)
        table.add_column(ratio=1)
        room = height - len(head) - len(foot) - len(live.teams) - 4
        table.add_row(_sources(live, rates), Group(_teams_with_bars(live), Text(), *_alerts(live, max(1, min(8, room)))))
        return Group(*head, Rule(style="dim"), table, *_counted("dead", live.reasons, width)[:1], *_who(live, width), *foot)
    counted = [*_counted("teams", live.teams, width), *_counted("dead", live.reasons, width)[:1]]
    room = height - len(head) - rows - len(counted) - len(foot) - 1  # the terminal's last line stays empty
    if room > 1:
        counted, room = [*counted, *_who(live, width)], room - 1
    return Group(*head, _sources(live, rates), *counted, *_alerts(live, max(1, min(6, room))), *foot)


def _headline(live: Live, rates: Mapping[str, float], elapsed_s: float) -> Text:
    minutes, seconds = divmod(int(elapsed_s), 60)
    text = Text.assemble(
        ("leadstream ", "bold"), f"{minutes:02d}:{seconds:02d}   ", (f"{live.total:,} leads", "bold green"), "   "
    )
    text.append(f"{sum(rates.values()):,.0f}/s", style="bold green")
    return text.append(f"   latency p50 {live.latency(0.5):.2f} s  p99 {live.latency(0.99):.2f} s")


def _second(live: Live, restarts: int) -> Text:
    text, all_bands = Text(), max(1, live.bands.total())
    for band in BANDS:
        text.append(f"{band} ", style=_STYLES[band]).append(f"{live.bands[band]:,} {live.bands[band] / all_bands:.0%}  ")
    text.append(f"models {live.models}  ").append(f"restarts {restarts}", style="bold red" if restarts else "")
    return text


def _sources(live: Live, rates: Mapping[str, float]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", expand=False)
    table.add_column("source", min_width=20, no_wrap=True)
    for name, columns in (("leads/s", 8), ("leads", 11), *((_HEADS[fate], 8) for fate in FATES)):
        table.add_column(name, justify="right", min_width=columns, no_wrap=True)
    for source in live.sources:
        counts = live.of_source(source)
        table.add_row(source, f"{rates.get(source, 0.0):,.1f}", f"{sum(counts):,}", *(f"{n:,}" for n in counts))
    totals = (f"{live.of_fate(fate):,}" for fate in FATES)
    table.add_row("all", f"{sum(rates.values()):,.1f}", f"{live.total:,}", *totals, style="bold")
    return table


def _teams_with_bars(live: Live) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("team", no_wrap=True)
    table.add_column("leads", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max(live.teams.values(), default=1)
    for team, n in live.teams.most_common():
        table.add_row(team, f"{n:,}", Text("█" * max(1, round(_BAR * n / most)), style="blue"))
    return table


def _who(live: Live, width: int) -> list[Text]:
    """How many leads are not simply new, and how many decisions were revised since; what does not fit on the line is left out."""
    counts = Counter({_WHO.get(name, name): live.who[name] for name in KNOWN_AS}) + Counter(revised=live.revised)
    return _counted("who", counts, width)[:1]


def _alerts(live: Live, room: int) -> Iterable[Text]:
    firing = live.firing
    yield Text.assemble(("alerts  ", "bold"), f"{len(firing)} firing, {live.alerts_fired} fired so far")
    shown = firing[: room - 1]
    for alert in shown:
        yield Text(f"  {alert['summary']}", style="red", overflow="ellipsis", no_wrap=True)


def _counted(label: str, counts: Counter[str], width: int) -> list[Text]:
    """`label   name 12   other 3`, the largest first, in lines that break between the pairs only."""
    lines = [Text(f"{label:<7}", style="bold")]
    for name, n in counts.most_common():
        pair = f" {name} {n:,}  "
        if lines[-1].cell_len + len(pair) > width:
            lines.append(Text(" " * 7))
        lines[-1].append(pair, style="not bold")
    return lines
