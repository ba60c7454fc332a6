"""One source's leads, counted: completeness, validity, uniqueness, timeliness, consistency.

The dimensions are those of ISO/IEC 25012 and DAMA's; what each means here is told with its method.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final

from app.audit.consistency import FUTURE_MS, contradictions
from app.audit.drift import PathShares
from app.audit.examples import Worst
from app.audit.findings import FieldFinding, SourceFindings
from app.inventory.models import Source
from app.pipeline.fate import DeadLetter
from app.pipeline.lead import Lead

LATE_MS: Final = 3_600_000  # a lead that arrives later after its event is late
_OURS: Final = ("raw.", "cut.", "_truncated")  # attributes that validation adds
# How good a value is: these say that one was offered and is not what it should be.
_BAD: Final = frozenset({"invalid", "implausible", "ambiguous", "placeholder", "disposable"})
# fmt: off
_SHOWN: Final = (
    "email", "phone", "full_name", "first_name", "last_name", "company", "job_title", "street", "city", "region", "postcode",
    "country", "language", "message", "interest", "budget", "order_value", "currency", "page_url", "campaign", "click_id",
    "utm_source", "utm_medium", "utm_campaign", "visitor_id", "customer_id", "ip", "user_agent", "consent",
)
# fmt: on
# Upper bounds of the delays counted, seconds; half a step of a quarter decade is the error of a percentile.
_DELAYS: Final = [round(10 ** (n / 4), 3) for n in range(-4, 29)]


class Quality:
    """Takes the records of one source, one after the other. Memory: 8 bytes and a set's overhead per distinct person.

    Args:
        source: Its inventory entry, or the one that stands for an undeclared source.
        declared: Whether it has an entry.
    """

    def __init__(self, source: Source, *, declared: bool) -> None:
        self._source, self._declared = source, declared
        self._records = self._leads = self._expected = self._met = self._offered = self._bad = self._repeats = 0
        self._first: int | None = None
        self._last: int | None = None
        self._dead: Counter[str] = Counter()
        self._violations: Counter[str] = Counter()
        self._repairs: Counter[str] = Counter()
        self._repeated: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._checked: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._field_offered: Counter[str] = Counter()
        self._field_bad: Counter[str] = Counter()
        self._field_repaired: Counter[str] = Counter()
        self._rungs: dict[str, Counter[str]] = {}
        self._seen: dict[str, set[int]] = {"event id": set(), "e-mail": set(), "phone": set()}
        self._consistent = self._judged = 0
        self._timed = self._in_time = 0
        self._delays = [0] * (len(_DELAYS) + 1)
        self._paths = PathShares()
        self._worst = Worst()

    def take(self, result: Lead | DeadLetter, received_at: int) -> None:
        """What a record became."""
        self._records += 1
        self._first = received_at if self._first is None else min(self._first, received_at)
        self._last = received_at if self._last is None else max(self._last, received_at)
        if isinstance(result, DeadLetter):
            self._dead[f"{result.stage}:{result.reason}"] += 1
            return
        lead = result
        self._leads += 1
        self._complete(lead)
        self._valid(lead)
        self._unique(lead)
        self._timely(lead)
        problems = self._consistency(lead)
        own = [path for path in lead.attributes if not path.startswith(_OURS)]
        self._paths.take(received_at, own + [one.path for one in lead.provenance if one.rung != "derived"])
        self._worst.take(lead, tuple(f"{one.field}:{one.code}" for one in lead.violations) + problems)

    def findings(self) -> SourceFindings:
        """The results so far."""
        leads = max(1, self._leads)
        return SourceFindings(
            source=self._source.name,
            declared=self._declared,
            records=self._records,
            leads=self._leads,
            first_at=self._first,
            last_at=self._last,
            completeness=self._met / max(1, self._expected),
            validity=1 - self._bad / max(1, self._offered),
            uniqueness=1 - self._repeats / leads,
            timeliness=self._in_time / self._timed if self._timed else None,
            consistency=self._consistent / self._judged if self._judged else None,
            delay_p50_s=self._percentile(0.5),
            delay_p95_s=self._percentile(0.95),
            dead_letters=dict(self._dead.most_common()),
            violations=dict(self._violations.most_common()),
            repairs=dict(self._repairs.most_common()),
            repeated=dict(self._repeated),
            contradictions={name: (self._checked[name] - self._passed[name], self._checked[name]) for name in self._checked},
            fields=tuple(self._field(name) for name in _SHOWN if self._filled[name] or self._field_offered[name]),
            drift=self._paths.drift(),
            examples=self._worst.examples(),
            per_slice=self._paths.per_slice,
        )

    def _complete(self, lead: Lead) -> None:
        """Completeness: of the fields that the inventory requires, and a way to reach the person, the share that is there."""
        for name in _SHOWN:
            if getattr(lead, name) is not None:
                self._filled[name] += 1
        for group in (*self._source.required, "email|phone"):
            self._expected += 1
            self._met += any(getattr(lead, name) is not None for name in group.split("|"))
        for one in lead.provenance:
            self._rungs.setdefault(one.field, Counter())[one.rung] += 1

    def _valid(self, lead: Lead) -> None:
        """Validity: of the values offered, the share that was taken without a complaint."""
        bad = {one.field for one in lead.violations if one.code in _BAD}
        offered = {one.field for one in lead.provenance} | bad
        self._offered += len(offered)
        self._bad += len(bad)
        self._field_offered.update(offered)
        self._field_bad.update(bad)
        self._field_repaired.update({one.field for one in lead.repairs})
        self._violations.update(f"{one.field}:{one.code}" for one in lead.violations)
        self._repairs.update(f"{one.field}:{one.rule}" for one in lead.repairs)

    def _unique(self, lead: Lead) -> None:
        """Uniqueness: the share that repeats no event id, e-mail or phone seen before in the range."""
        again = False
        for name, value in (("event id", lead.event_id), ("e-mail", lead.email), ("phone", lead.phone)):
            if value is None:
                continue
            key = hash(value)  # 64 bits: two of a million people meet with a chance of 1 in 40 million
            if key in self._seen[name]:
                self._repeated[name] += 1
                again = True
            self._seen[name].add(key)
        self._repeats += again

    def _timely(self, lead: Lead) -> None:
        """Timeliness: where the vendor gives a time, the share that arrived within an hour of it, and not before."""
        if not any(one.field == "occurred_at" for one in lead.provenance):
            return
        if any(one.field == "occurred_at" and one.code in _BAD for one in lead.violations):
            return
        delay = lead.received_at - lead.occurred_at
        self._timed += 1
        self._in_time += -FUTURE_MS <= delay <= LATE_MS
        self._delays[bisect_left(_DELAYS, max(0, delay) / 1000)] += 1

    def _consistency(self, lead: Lead) -> tuple[str, ...]:
        """Consistency: the share of leads whose values do not contradict each other."""
        found = contradictions(lead)
        self._checked.update(found.keys())
        self._passed.update(name for name, passed in found.items() if passed)
        if found:
            self._judged += 1
            self._consistent += all(found.values())
        return tuple(f"contradiction:{name}" for name, passed in found.items() if not passed)

    def _percentile(self, share: float) -> float | None:
        wanted, so_far = share * self._timed, 0
        if not self._timed:
            return None
        for n, count in enumerate(self._delays):
            so_far += count
            if so_far >= wanted:
                return _DELAYS[min(n, len(_DELAYS) - 1)]
        return _DELAYS[-1]

    def _field(self, name: str) -> FieldFinding:
        offered = self._field_offered[name]
        return FieldFinding(
            field=name,
            filled=self._filled[name] / max(1, self._leads),
            valid=1 - self._field_bad[name] / offered if offered else None,
            repaired=self._field_repaired[name] / offered if offered else 0.0,
            required=any(name in group.split("|") for group in self._source.required),
            rungs=dict(self._rungs.get(name, Counter()).most_common()),
        )
