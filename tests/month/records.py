"""What stands on the topics, in memory: the reviser's records, and everything that was written, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.pipeline.revision.records import Kept, Place

Value = dict[str, Any]


@cache
def defaults(record: str, version: int) -> Mapping[str, Any]:
    """What a reader gets for the fields that a writer leaves out."""
    path = Path(__file__).parents[2] / "schemas" / record / f"v{version}.avsc"
    return {one["name"]: one["default"] for one in orjson.loads(path.read_bytes())["fields"] if "default" in one}


def filled(record: str, version: int, value: Mapping[str, Any]) -> Value:
    """As it would be read again from its topic."""
    return {**defaults(record, version), **value}


class Topics:
    """Implements `app.pipeline.revision.records.Records`."""

    def __init__(self) -> None:
        self.decisions: list[Value] = []
        self.outcomes: list[Value] = []
        self.spend: list[Value] = []
        self._newest: dict[str, Kept] = {}
        self._first: dict[str, Kept] = {}
        self._decision: dict[str, Kept] = {}
        self._under = defaultdict[str, list[str]](list)

    def put(self, place: Place, value: Value) -> None:
        """A record of a lead."""
        kept = Kept(place, value)
        self._newest[kept.lead] = kept
        self._first.setdefault(kept.lead, kept)
        if place == "duplicates" and kept.duplicate_of:
            self._under[kept.duplicate_of].append(kept.lead)

    def decide(self, value: Value) -> None:
        """A decision, or a revision of one."""
        self._decision[value["lead_id"]] = Kept("decisions", value)
        self.decisions.append(value)

    def newest(self, lead: str) -> Kept | None:
        return self._newest.get(lead)

    def first(self, lead: str) -> Kept | None:
        return self._first.get(lead)

    def decision(self, lead: str) -> Kept | None:
        return self._decision.get(lead)

    def duplicate_of(self, lead: str) -> str | None:
        kept = self._newest.get(lead)
        return None if kept is None else kept.duplicate_of

    def duplicates_of(self, lead: str) -> Sequence[str]:
        return self._under.get(lead, ())

    def write(self, folder: Path) -> None:
        """Three files that `leadstream kpi --from` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("decisions", "outcomes", "spend"):
            with (folder / f"{name}.jsonl").open("wb") as file:
                for value in getattr(self, name):
                    file.write(orjson.dumps(value, default=dict, option=orjson.OPT_APPEND_NEWLINE))
