"""The plan of a whole run: every record, in order of arrival, with the truth about it. Pure: same arguments, same plan."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from app.embedded.simulator.arrivals import DAY_MS, HOUR_MS, Arrival, Arrivals
from app.embedded.simulator.dirt import soil
from app.embedded.simulator.filling import fill
from app.embedded.simulator.incidents import Incident, active
from app.embedded.simulator.intent import CONCEPTS, ConceptName, win_probability
from app.embedded.simulator.outcomes import outcomes_of
from app.embedded.simulator.people import Person, World
from app.embedded.simulator.planned import Kind, Planned
from app.embedded.simulator.poison import Deck
from app.embedded.simulator.returning import Known, may_return, other_intent, same_lead, told_by
from app.embedded.simulator.shapes import SHAPES
from app.embedded.simulator.shapes.submission import Encode, Submission
from app.embedded.simulator.visits import trail_of
from app.inventory.models import Inventory

_REMEMBERED = 64  # originals per source that a vendor may send again
_REPEATABLE = 512  # people who may come again, by whatever way
_UNFINDABLE = {"email:invalid", "email:placeholder"}
_TRIES = 8  # not every source can tell that somebody wants something else
_SPIKE = 0.6  # share of exact duplicates during a planted spike


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of all records.

    Attributes:
        exact: The same event again. fuzzy: The same lead by another event. intent: Another lead of somebody known.
    """

    exact: float = 0.04
    fuzzy: float = 0.04
    intent: float = 0.02
    garbage: float = 0.03
    late: float = 0.015  # of the originals
    dirty: float = 0.25  # of the originals
    visited: float = 1.0  # of the originals that usually come by the shop first, by source


USUAL = Mix()


class Traffic:
    """Everything that the sources of an inventory send.

    Args:
        inventory: Which sources there are and how much each sends. A source without a shape of this simulator, or
            without a declared format, sends nothing.
        seed: The same seed and arguments give the same records, byte for byte.
        start_ms: Where the stamps begin, milliseconds since the epoch, UTC.
        story_ms: Where story time begins; at `start_ms` if not given.
        encode: Writes Avro in the Confluent wire format; without it, Avro sources send nothing.
        mix: Shares of duplicates, garbage, late and dirty records.
        incidents: What goes wrong, when (story time).
        drift_at: The index of the first record under the new concept; None: no drift.
        depth: Depth of the daily rhythm: 0 for an even flow.
        bursts: Whether campaigns burst.
        compression: Story time passes this many times faster than stamps say. 24 puts a day's traffic into an hour.
        first_person: Index of the first person: runs on the same topics with other ranges share nobody.
    """

    def __init__(
        self,
        inventory: Inventory,
        seed: int,
        start_ms: int,
        *,
        story_ms: int | None = None,
        encode: Encode | None = None,
        mix: Mix = USUAL,
        incidents: Sequence[Incident] = (),
        drift_at: int | None = None,
        depth: float = 1.0,
        bursts: bool = True,
        compression: float = 1.0,
        first_person: int = 0,
    ) -> None:
        self.sources = {
            name: source
            for name, source in inventory.sources.items()
            if name in SHAPES and source.format != "auto" and (encode is not None or source.format != "avro")
        }
        if not self.sources:
            raise ValueError("the inventory has no source that the simulator knows a shape of")
        self.per_hour = {name: source.expected_per_hour for name, source in self.sources.items()}
        self.seed, self.compression, self.mix = seed, compression, mix
        self.start_ms, self.story_ms = start_ms, start_ms if story_ms is None else story_ms
        self.incidents, self.drift_at, self.first_person = tuple(incidents), drift_at, first_person
        self.encode: Encode = encode or _no_avro
        self.arrivals = Arrivals(self.per_hour, self.incidents, depth, bursts=bursts)

    def events(self) -> Iterator[Planned]:
        """The records in order of arrival, without end; from the beginning at each call."""
        return _Run(self).events()

    def stamp(self, story_ms: int) -> int:
        """A moment of the story as time stamps say it."""
        return self.start_ms + int((story_ms - self.story_ms) / self.compression)


def _no_avro(record: str, value: object) -> bytes:
    raise ValueError(f"no encoder for {record}")


class _Run:
    """One pass over the plan: what has been sent so far, and the random numbers still to come."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic, self._rng = traffic, Random(traffic.seed)
        self._luck = Random(traffic.seed + 4)  # of the outcomes: who is won must not change who comes next
        self._renders = {name: SHAPES[name].render(source, traffic.encode) for name, source in traffic.sources.items()}
        self._deck = Deck(Random(traffic.seed + 1))
        self._sent: dict[str, deque[Planned]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._people: list[Known] = []
        self._world, self._next_person = World(traffic.seed, traffic.first_person), traffic.first_person

    def events(self) -> Iterator[Planned]:
        arrivals = self._traffic.arrivals.since(self._traffic.story_ms, Random(self._traffic.seed + 2))
        for index, arrival in enumerate(arrivals):
            yield self._record(index, arrival)

    def _record(self, index: int, arrival: Arrival) -> Planned:
        """One record of the kind that the mix says; an original where there is nothing yet to repeat."""
        mix, spike = self._traffic.mix, active(self._traffic.incidents, arrival.source, "duplicate_spike", arrival.at_ms)
        exact, draw = _SPIKE if spike else mix.exact, self._rng.random()
        if draw < exact:
            return self._again(index, arrival, spike) or self._original(index, arrival)
        if draw < exact + mix.garbage:
            return self._garbage(index, arrival)
        if draw < exact + mix.garbage + mix.fuzzy:
            return self._back(index, arrival) or self._original(index, arrival)
        if draw < exact + mix.garbage + mix.fuzzy + mix.intent:
            return self._intent(index, arrival) or self._original(index, arrival)
        return self._original(index, arrival)

    def _original(self, index: int, arrival: Arrival) -> Planned:
        rng, traffic = self._rng, self._traffic
        late = rng.random() < traffic.mix.late
        lag = rng.uniform(2 * HOUR_MS, 7 * DAY_MS) if late else rng.expovariate(1 / 3_000)
        someone, self._next_person = self._world.person(self._next_person), self._next_person + 1
        lead = self._fill(index, arrival, someone, arrival.at_ms - int(lag))
        told, interest = told_by(lead), lead.interest
        planned, dirt = self._lead(index, arrival, "original", lead, late=late, kin=someone.kin)
        if someone.alone and lead.email and not lead.is_test and _UNFINDABLE.isdisjoint(dirt):
            phoned = bool(lead.phone) and "phone:invalid" not in dirt
            self._remember(Known(index, arrival.source, someone, phoned, interest, told))
        return planned

    def _lead(
        self, index: int, arrival: Arrival, kind: Kind, lead: Submission, **truth: object
    ) -> tuple[Planned, tuple[str, ...]]:
        """A lead of its own: with a visit before, perhaps soiled, with outcomes. And what was soiled."""
        rng, traffic = self._rng, self._traffic
        lead.trail = trail_of(lead, traffic.mix.visited, rng)
        incident = self._strike(lead, arrival)
        concept: ConceptName = "after" if traffic.drift_at is not None and index >= traffic.drift_at else "before"
        probability = win_probability(lead, CONCEPTS[concept])
        soiled = kind == "original" and rng.random() < traffic.mix.dirty
        dirt = soil(lead, rng, traffic.sources[arrival.source].default_country) if soiled else ()
        planned = self._planned(
            index, arrival, kind, lead, dirt=dirt, probability=probability, concept=concept, incident=incident,
            outcomes=() if lead.is_test else outcomes_of(probability, self._luck), trail=lead.trail, **truth,
        )  # fmt: skip
        self._sent[arrival.source].append(planned)
        return planned, dirt

    def _again(self, index: int, arrival: Arrival, spike: Incident | None) -> Planned | None:
        """The vendor sends a record again: the same bytes; half the time without its key, so maybe to another partition."""
        sent = self._sent[arrival.source]
        if not sent:
            return None
        first = sent[int(self._rng.random() * len(sent))]
        key = first.key if self._rng.random() < 0.5 else None
        return Planned(
            index, arrival.source, "exact_duplicate", key, first.value, arrival.at_ms, self._traffic.stamp(arrival.at_ms),
            occurred_ms=first.occurred_ms, person=first.person, of=first.index, incident=spike.name if spike else None,
        )  # fmt: skip

    def _back(self, index: int, arrival: Arrival) -> Planned | None:
        """Somebody known comes again, once: by this source, as a new event, spelled in another way."""
        if (known := self._recalled(arrival.source)) is None:
            return None
        lead = self._fill(index, arrival, known.person, arrival.at_ms)
        brings = tuple(sorted(told_by(lead) - known.told))
        shares, dirt = same_lead(lead, known, self._traffic.sources[arrival.source].default_country, self._rng)
        incident = self._strike(lead, arrival)
        if not (lead.phone if shares == "phone" else lead.email):  # an incident took away what the two have in common
            return None
        return self._planned(
            index, arrival, "fuzzy_duplicate", lead, of=known.index, shares=shares, brings=brings, dirt=dirt, incident=incident
        )

    def _intent(self, index: int, arrival: Arrival) -> Planned | None:
        """Somebody known wants something else, too."""
        for _ in range(_TRIES):
            if (known := self._recalled(arrival.source)) is None:
                return None
            lead = self._fill(index, arrival, known.person, arrival.at_ms)
            if other_intent(lead, known, self._traffic.sources[arrival.source].default_country, self._rng):
                return self._lead(index, arrival, "new_intent", lead, of=known.index)[0]
            self._people.append(known)
        return None

    def _recalled(self, source: str) -> Known | None:
        """Somebody who was here, and is then forgotten: nobody comes back twice."""
        if not self._people:
            return None
        at = int(self._rng.random() * len(self._people))
        if not may_return(self._people[at], source):
            return None
        self._people[at], self._people[-1] = self._people[-1], self._people[at]
        return self._people.pop()

    def _garbage(self, index: int, arrival: Arrival) -> Planned:
        format_ = self._traffic.sources[arrival.source].format
        assert format_ != "auto", "such a source sends nothing here"
        item = self._deck.deal(format_)
        key = f"{arrival.source}:{index}".encode() if item.key else None
        stamp = self._traffic.stamp(arrival.at_ms)
        value = item.make(index, self._traffic.encode)
        return Planned(index, arrival.source, "garbage", key, value, arrival.at_ms, stamp, reason=item.reason, poison=item.name)

    def _fill(self, index: int, arrival: Arrival, someone: Person, occurred_story_ms: int) -> Submission:
        occurred = self._traffic.stamp(occurred_story_ms)
        return fill(arrival.source, SHAPES[arrival.source], someone, index, occurred, arrival.push, self._rng)

    def _strike(self, lead: Submission, arrival: Arrival) -> str | None:
        """Take away the field that an incident lets disappear."""
        incident = active(self._traffic.incidents, arrival.source, "missing_field", arrival.at_ms)
        if incident is None or incident.field is None:
            return None
        setattr(lead, incident.field, None)
        return incident.name

    def _planned(self, index: int, arrival: Arrival, kind: Kind, lead: Submission, **truth: object) -> Planned:
        keyed = lead.token % 10 < 7
        key = f"{arrival.source}:{index}".encode() if keyed else None
        value = self._renders[arrival.source](lead)
        if renamed := active(self._traffic.incidents, arrival.source, "renamed_field", arrival.at_ms):
            value, truth["incident"] = renamed.rename(value), renamed.name
        stamp = self._traffic.stamp(arrival.at_ms)
        fixed = {"occurred_ms": lead.occurred_ms, "person": lead.person.index}
        return Planned(index, arrival.source, kind, key, value, arrival.at_ms, stamp, **fixed, **truth)  # type: ignore[arg-type]

    def _remember(self, known: Known) -> None:
        if len(self._people) < _REPEATABLE:
            self._people.append(known)
        else:
            self._people[int(self._rng.random() * _REPEATABLE)] = known
