"""The ledger as a table and a verdict, for people; 80 columns are enough."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from app.edges.kafka.audit import Ledger
from app.ops.live import FATES

EXAMPLES = 5  # identities shown of each kind of wrong

_WRONG = {
    "lost": "lost: accounted for, and without any fate",
    "doubled": "doubled: with more than one first fate, or a revision told twice",
    "foreign": "foreign: a fate or decision of no input record, or a revision of none",
    "orphans": "orphans: duplicates of a lead that nobody has",
    "undecided": "undecided: without exactly one first decision",
}


def reconciliation(ledger: Ledger) -> Group:
    """Records in and their first fates by source, where they stand now, what is wrong with examples, and whether it holds."""
    title = "Reconciliation: records in = sum of fates"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("source", no_wrap=True)
    for name in ("records in", *FATES, "sum"):
        table.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for source in sorted(ledger.records_in):
        counts = [ledger.fates[source, fate] for fate in FATES]
        table.add_row(source, *(f"{n:,}" for n in (ledger.records_in[source], *counts, sum(counts))))
    table.add_section()
    totals = [ledger.total(fate) for fate in FATES]
    table.add_row("all", *(f"{n:,}" for n in (ledger.records_in.total(), *totals, sum(totals))), style="bold")
    if ledger.moved:
        now, rejected = [ledger.now(fate) for fate in FATES], ledger.now("rejected")
        table.add_row("now", "", *(f"{n:,}" for n in now), f"{sum(now) + rejected:,}")
    return Group(table, *_revised(ledger), *_wrong(ledger), _verdict(ledger))


def _revised(ledger: Ledger) -> list[Text]:
    """What became of leads after their first fate."""
    lines = []
    if ledger.revisions:
        moves = Counter[tuple[str, str]]()
        for (_, first, now), count in ledger.moved.items():
            moves[first, now] += count
        told = "; ".join(f"{first} → {now} {count:,}" for (first, now), count in moves.most_common())
        lines.append(Text(f"{ledger.revisions:,} revisions, which are no fates of their own" + (f": {told}" if told else "")))
    if rejected := ledger.now("rejected"):
        lines.append(Text(f"{rejected:,} of them stand with what people rejected: in the sum above, and in no column"))
    if ledger.unknown:
        what = "leads were decided while the match index could not tell, and are not looked into yet"
        lines.append(Text(f"{ledger.unknown:,} {what}", style="yellow"))
    return lines


def _wrong(ledger: Ledger) -> list[Text]:
    lines = []
    for name, meaning in _WRONG.items():
        identities: list[str] = getattr(ledger, name)
        if identities:
            shown = ", ".join(identities[:EXAMPLES]) + (", …" if len(identities) > EXAMPLES else "")
            lines.append(Text(f"{len(identities):,} {meaning}: {shown}", style="red"))
    if ledger.behind:
        lines.append(Text(f"{ledger.behind:,} not accounted for yet: after the workers' position", style="yellow"))
    if ledger.untraced:
        lines.append(Text(f"{ledger.untraced:,} duplicates are of leads from before these records; those were not looked for"))
    return lines


def _verdict(ledger: Ledger) -> Text:
    if ledger.holds:
        return Text(
            "The reconciliation holds: every record has one fate and one decision; none lost, doubled, foreign or orphaned.",
            style="bold green",
        )
    if ledger.balanced:
        return Text(
            "The reconciliation does not hold yet: what was accounted for is right, the rest is under way.", style="bold yellow"
        )
    return Text("The reconciliation DOES NOT HOLD.", style="bold red")
