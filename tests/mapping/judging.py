"""Judges the mapping ladder on payloads whose fields a person has labelled.

A case is a payload and an expectation beside it, `<case>.yaml`:

    about:    what is particular about it
    language: of its labels, ISO 639-1
    must:     contact field → its value in the payload, or several that are all right. Present, so to be found
    may:      lead field → value or values. Right if mapped, no fault if not
    never:    values that no field may hold above the limit; what `must` or `may` names for that field excepted

Every contact field mapped above the limit to anything else is wrong: `must` and `may` are complete for contact fields. A field
of another kind that is mapped above the limit and not labelled is listed as unjudged, for a person to label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from app.errors import BadRecord
from app.inventory.load import load
from app.inventory.models import Ladder as Limits
from app.inventory.models import Mapping as Declared
from app.inventory.models import Source
from app.pipeline.attributes import text_of
from app.pipeline.ladder.assign import CONTACT
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.mapping import Mapped
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent, Position
from app.pipeline.validation import compile_validator
from app.settings import AppSettings

RECEIVED = 1_795_392_000_000  # 2026-11-23: after all that happens in the cases
HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data" / "payloads"

Verdict = Literal["found", "doubtful", "missed", "wrong", "unjudged"]
"""found: right, above the limit. doubtful: right, between the limits, so offered to people; counts as found. wrong: above the
limit, and not what a person would say."""


@dataclass(frozen=True)
class Case:
    """A payload as it arrives, and what a person finds in it."""

    name: str
    value: bytes
    language: str
    must: Mapping[str, Sequence[str]]
    may: Mapping[str, Sequence[str]]
    never: frozenset[str]


@dataclass(frozen=True)
class Judgement:
    """What became of one field of one case."""

    case: str
    language: str
    field: str
    verdict: Verdict
    rung: str
    confidence: float
    path: str
    got: str
    wanted: str

    def __str__(self) -> str:
        got = f"{self.got[:60]!r} at {self.path} ({self.rung} {self.confidence:.2f})" if self.path else "nothing"
        return f"{self.verdict:<8} {self.case}: {self.field}: {got}, wanted {self.wanted[:80] or 'nothing'}"


def cases(folder: Path) -> list[Case]:
    """The cases of a folder, by name."""
    return [_case(one.stem, _payload(one), _yaml(one)) for one in sorted(folder.glob("*.yaml"))]


def shared_cases() -> list[Case]:
    """The vendors' recorded payloads that are there, with our labels."""
    labels = _yaml(HERE / "shared_payloads.yaml")
    there = {name: SHARED / f"{name}.json" for name in labels}
    return [_case(name, path.read_bytes(), labels[name]) for name, path in there.items() if path.exists()]


class Judge:
    """Runs cases on the whole way of a source that nobody declared."""

    def __init__(self, classifier: Classifier, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        declared = Declared(fields={})
        self._source = Source(
            name="undeclared", description="Not declared.", owner="nobody", format="auto", mapping=declared, expected_per_hour=1
        )
        inventory = load(AppSettings().config_dir).model_copy(update={"sources": {}, "ladder": self.limits})
        self._normaliser = Normaliser(inventory, {}, codec=None, classifier=classifier)  # type: ignore[arg-type]  # no case is Avro
        self._validator = compile_validator(self._source)

    def mapped(self, value: bytes) -> Mapped:
        """The record as intake, mapping and ladder leave it."""
        try:
            return self._normaliser.mapped(_event(value), self._source)
        except BadRecord:
            return Mapped({}, [], [])  # a dead letter: nothing of it is found

    def judge(self, case: Case) -> list[Judgement]:
        """A verdict on each field that is wanted or was mapped above the limit."""
        mapped = self.mapped(case.value)
        origins = {origin.field: origin for origin in mapped.provenance}
        found: list[Judgement] = []
        for field in {**dict.fromkeys(case.must), **dict.fromkeys(mapped.fields)}:
            origin, raw = origins.get(field), mapped.fields.get(field)
            accepted = [*case.must.get(field, ()), *case.may.get(field, ())]
            right = raw is not None and any(self._same(field, raw, one) for one in accepted)
            sure = origin is not None and origin.confidence >= self.limits.certain_from
            verdict: Verdict | None = None
            if right:
                verdict = ("found" if sure else "doubtful") if field in case.must else None
            elif sure and (field in CONTACT or accepted or _plain(raw) in case.never):
                verdict = "wrong"
            elif field in case.must:
                verdict = "missed"
            elif sure:
                verdict = "unjudged"
            if verdict is not None:
                where = (origin.rung, origin.confidence, origin.path) if origin else ("-", 0.0, "")
                got = "" if raw is None else _plain(raw)
                found.append(Judgement(case.name, case.language, field, verdict, *where, got, " or ".join(accepted)))
        return found

    def _same(self, field: str, raw: Any, wanted: str) -> bool:
        """Whether they say the same: as written, else as the validator normalises them."""
        got = _plain(raw)
        if got == _plain(wanted):
            return True
        match field:
            case "phone":
                return _digits(got) == _digits(wanted) != ""
            case "email":
                return got.casefold() == wanted.casefold()
            case "country" | "occurred_at":
                one, other = self._normal(field, raw), self._normal(field, wanted)
                return bool(one == other and one not in (None, RECEIVED))
        return False

    def _normal(self, field: str, raw: Any) -> Any:
        return getattr(self._validator.validate({field: raw}, {}, [], _event(b"{}")), field)


def share_found(judgements: Sequence[Judgement]) -> float:
    """Of the contact fields that are present, the share mapped right, above the limit or offered."""
    wanted = [one for one in judgements if one.wanted and one.field in CONTACT and one.verdict != "unjudged"]
    return sum(one.verdict in ("found", "doubtful") for one in wanted) / max(1, len(wanted))


def table(judgements: Sequence[Judgement]) -> str:
    """Counts by field, language and rung, then every fault."""
    lines: list[str] = []
    for by in ("field", "language", "rung"):
        lines += ["", f"{by:<14}{'found':>8}{'doubtful':>10}{'missed':>8}{'wrong':>8}"]
        for key in sorted({str(getattr(one, by)) for one in judgements}):
            some = [one.verdict for one in judgements if getattr(one, by) == key]
            if any(verdict != "unjudged" for verdict in some):
                counts = (some.count("found"), some.count("doubtful"), some.count("missed"), some.count("wrong"))
                lines.append(f"{key:<14}{counts[0]:>8}{counts[1]:>10}{counts[2]:>8}{counts[3]:>8}")
    lines.append("")
    order: dict[Verdict, int] = {"wrong": 0, "missed": 1, "unjudged": 2}
    faults = sorted((one for one in judgements if one.verdict in order), key=lambda one: (order[one.verdict], one.case))
    return "\n".join([*lines, *map(str, faults), "", f"found {share_found(judgements):.1%} of the contact fields present"])


def _case(name: str, value: bytes, said: Mapping[str, Any]) -> Case:
    unknown = said.keys() - {"about", "language", "must", "may", "never"}
    assert not unknown, f"{name}: {unknown}"
    return Case(name, value, said["language"], _labels(said["must"]), _labels(said["may"]), frozenset(map(_plain, said["never"])))


def _labels(said: Any) -> dict[str, Sequence[str]]:
    return {field: value if isinstance(value, list) else [value] for field, value in dict(said or {}).items()}


def _payload(expectation: Path) -> bytes:
    (payload,) = _beside(expectation)
    return payload.read_bytes()


def _beside(expectation: Path) -> Iterator[Path]:
    return (one for one in expectation.parent.glob(f"{expectation.stem}.*") if one != expectation)


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # scalars stay text: no dates, no numbers


def _plain(value: Any) -> str:
    return " ".join(text_of(value).split())


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _event(value: bytes) -> InboundEvent:
    return InboundEvent(Position("leads.inbound.undeclared", 0, 0), None, value, (), RECEIVED)
