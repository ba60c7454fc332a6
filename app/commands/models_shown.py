"""What `leadstream models` shows: the models topic as data, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from app.edges.kafka.model_records import ModelRecords
from app.learning.gate import Limits, Passed, gate
from app.learning.recent import Recent
from app.learning.snapshot import SnapshotError, verified

_MEASURES: Final = ("log_loss", "auc", "ece", "brier", "lift_top_decile")
_MOVES: Final = 15


@dataclass(frozen=True, slots=True)
class Picture:
    """What the topic holds, for people.

    Attributes:
        data: version, parent, lineage (of the newest; null before the first), contenders, versions, moves, orders.
        recent: What the contenders said of the last labels; None before the first.
    """

    data: dict[str, Any]
    recent: Recent | None

    @classmethod
    def of(cls, records: ModelRecords, key: bytes | None) -> Picture:
        """Read the records; what cannot be read is left out."""
        versions = [one for name in records.versions if (one := records.version(name, key))]
        orders = [order.to_json() for order in records.orders.values()]
        kept = [{"version": one.version, "parent": one.parent, "lineage": one.lineage.to_json()} for one in versions]
        data: dict[str, Any] = {"version": None, "parent": None, "lineage": None, "contenders": [], "moves": []}
        recent = None
        state = _newest(records, key)
        if state is not None:
            data |= {name: state[name] for name in ("version", "parent", "lineage")}
            data |= {"contenders": state["standings"], "moves": state["learner"]["moves"]}
            recent = Recent.restore(state["learner"]["recent"])
        return cls(data | {"versions": kept, "orders": orders}, recent)

    @property
    def names(self) -> list[str]:
        """Of contenders and kept versions."""
        return [row["name"] for row in self.data["contenders"] if row["recipe"]] + [
            row["version"] for row in self.data["versions"]
        ]

    def find(self, name: str) -> dict[str, Any] | None:
        """A contender's or version's row."""
        named = [row for row in self.data["contenders"] if row["name"] == name]
        named += [row for row in self.data["versions"] if row["version"] == name]
        if not named and name == self.data["version"]:
            named = [{field: self.data[field] for field in ("version", "parent", "lineage")}]
        return named[0] if named else None

    def compared(self, a: str, b: str) -> dict[str, Any]:
        """Both rows' quality; where both contend, what the gate finds when B is to take A's place."""
        rows = {name: _quality(self.find(name) or {}) for name in (a, b)}
        data: dict[str, Any] = {"a": a, "b": b, "quality": rows, "gate": None}
        contending = {row["name"] for row in self.data["contenders"]}
        if self.recent is not None and {a, b} <= contending:
            (ours, theirs), labels = self.recent.of([a, b])
            judged = gate(ours, theirs, labels, Limits(), better=False)
            data["gate"] = {"passed": isinstance(judged, Passed), "findings": [asdict(one) for one in judged.findings]}
        return data


def overview(picture: Picture) -> RenderableType:
    """Contenders, versions, moves, open orders."""
    data = picture.data
    if data["version"] is None:
        return Group("no model yet: the rules score until the learner has learned its first labels", *_open(data["orders"]))
    contenders = Table("contender", "role", "learned", "judged", *_MEASURES, "gate", title=f"{data['version']}")
    for row in data["contenders"]:
        verdict = "" if row["gate"] is None else "would pass" if row["gate"]["passed"] else row["gate"]["words"]
        learned = str(row["labels"]) if row["recipe"] else ""
        quality = row["quality"]
        contenders.add_row(row["name"], row["role"], learned, str(quality.get("leads", 0)), *_figures(quality), verdict)
    versions = Table("version", "champion", "cause", "by", "labels", "log_loss", "auc", "why", title="kept")
    for row in data["versions"]:
        told = row["lineage"]
        figures = [_figure(told["quality"].get(name)) for name in ("log_loss", "auc")]
        versions.add_row(row["version"], told["champion"], told["cause"], told["by"], str(told["labels"]), *figures, told["why"])
    moves = Table("labels", "what", "champion", "before", "by", "why", title="moves")
    for move in data["moves"][-_MOVES:]:
        moves.add_row(str(move["labels"]), move["cause"], move["champion"], move["before"], move["by"], move["why"])
    return Group(contenders, versions, *([moves] if data["moves"] else []), *_open(data["orders"]))


def detail(row: Mapping[str, Any]) -> RenderableType:
    """All that is known of one."""
    table = Table("what", "is", show_header=False)
    told: dict[str, Any] = dict(row)
    told |= told.pop("lineage", None) or {}
    quality, verdict = told.pop("quality", None) or {}, told.pop("gate", None)
    for name, value in told.items():
        table.add_row(name, "none" if value is None else str(value))
    for name, value in quality.items():
        table.add_row(name, _figure(value))
    if verdict is not None:
        table.add_row("gate", ("passes: " if verdict["passed"] else "refuses: ") + verdict["words"])
    return table


def comparison(data: Mapping[str, Any]) -> RenderableType:
    """Two side by side, then the gate's findings."""
    table = Table("", data["a"], data["b"])
    a, b = (data["quality"][data[name]] for name in "ab")
    for name in ("leads", "won", *_MEASURES):
        table.add_row(name, _figure(a.get(name)), _figure(b.get(name)))
    if data["gate"] is None:
        return Group(table, "not paired: each by its own last labels, for not both of them contend; the gate says nothing")
    findings = Table("check", "held", "finding")
    for one in data["gate"]["findings"]:
        findings.add_row(one["check"], "yes" if one["held"] else "no", one["words"])
    return Group(table, findings)


def _newest(records: ModelRecords, key: bytes | None) -> dict[str, Any] | None:
    for value in reversed(records.states):
        try:
            return verified(value, key)
        except SnapshotError:
            continue
    return None


def _quality(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = row.get("quality") or (row.get("lineage") or {}).get("quality") or {}
    return found


def _figures(quality: Mapping[str, Any]) -> list[str]:
    return [_figure(quality.get(name)) for name in _MEASURES]


def _figure(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"


def _open(orders: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"ordered, not carried out yet: {one['do']} {one['target'] or ''} by {one['by']}: {one['why']}" for one in orders]
