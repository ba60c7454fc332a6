"""What the pipeline needs from outside. Each port has an in-memory twin and a real edge; both pass the same contract tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol


class Codec(Protocol):
    """Reads Avro values in the Confluent wire format."""

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        """The value as a dict.

        Args:
            value: Magic byte, schema id, Avro body.
            record: The record name the caller expects (`partner_lead`).

        Raises:
            BadRecord: At stage intake, with reason no_magic_byte, unknown_schema_id, wrong_schema, invalid_avro,
                avro_bomb or number_out_of_range.
            EdgeDown: The registry does not answer.
        """
        ...

    def decode_any(self, value: bytes) -> dict[str, Any]:
        """The value as a dict, whatever record it is: read as one of ours where it is one, else as its schema has it.

        Raises:
            As `decode`, but for wrong_schema on account of the record.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer.

    Attributes:
        probability: Calibrated; in (0, 1), never 0 or 1.
        contributions: By feature, with `bias`; they sum to the log-odds of `probability`.
        sureness: In [0, 1]: how much the model has learned near this lead, and how far its members agree. 1: as sure as it gets.
        unusual: In [0, 1]: how unlike the leads seen so far this one is; the share of them that are more ordinary.
    """

    probability: float
    contributions: dict[str, float]
    sureness: float = 1.0
    unusual: float = 0.0


class Model(Protocol):
    """One version of a scoring model. Predicting never changes it, and never answers NaN, 0 or 1."""

    @property
    def version(self) -> str: ...

    @property
    def labels_learned(self) -> int:
        """How many outcomes it has learned from: the ground of its confidence."""
        ...

    def reliability(self, source: str, prior: float | None) -> float:
        """Share of good leads to expect of a source, in [0, 1], given what the inventory declares (None: nothing)."""
        ...

    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction: ...

    def changed(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        prediction: Prediction,
        changes: Mapping[str, float | str],
    ) -> float:
        """The probability if some features had other values: for counterfactuals.

        Args:
            numbers, categories: The lead's features.
            prediction: What `predict` said of them.
            changes: Feature → its other value; a number or a text.
        """
        ...

    def usual(self, number: str) -> float | None:
        """The mean of a numeric feature over the leads that it learned from; None: it knows of none."""
        ...


class Models(Protocol):
    """Where the worker finds the model to score with; asked once a batch, so a swap needs no pause."""

    def current(self) -> Model: ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose behaviour is asked for, and of which time.

    Attributes:
        visitor: Pseudonym of the browser or device that the lead came from; None where it tells none.
        person: Pseudonym of the person, by e-mail; None where the lead tells none.
        since, until: The steps that count, in milliseconds since the epoch, both included.
    """

    visitor: str | None
    person: str | None
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Journey:
    """What a person did in the shop, over all their browsers that are known.

    Attributes:
        sessions: Visits; half an hour without a step ends one.
        pages, cart_adds: How many.
        cart_value: What lies in the cart: added, and not taken out or ordered.
        last_seen_at: Milliseconds since the epoch.
        first_touch, last_touch: What brought them: utm source and medium, else the referrer's domain.
    """

    sessions: int
    pages: int
    cart_adds: int
    cart_value: float
    last_seen_at: int
    first_touch: str | None
    last_touch: str | None


class Journeys(Protocol):
    """What visitors did before they became leads."""

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        """The journey of each, in order, in one round trip and within the store's time budget; None: nothing is known.

        A visitor that comes with a person is theirs from then on: found again when the person comes without it.

        Raises:
            EnrichmentMissing: The store is slow or down. The leads go on without.
        """
        ...


@dataclass(frozen=True, slots=True)
class Moved:
    """What one visitor did, as the store keeps it.

    Attributes:
        visitor: Pseudonym.
        steps: (when, in milliseconds; the step as text). The same step again changes nothing.
        person: Pseudonym of who it is, where a step told.
    """

    visitor: str
    steps: tuple[tuple[int, str], ...]
    person: str | None = None


class JourneyStore(Journeys, Protocol):
    """Where journeys are kept, together with the position in the topic up to which they are."""

    def position(self, partition: int) -> int | None:
        """The offset to go on from; None: nothing was kept, or all was lost: read the topic from its beginning.

        Raises:
            EdgeDown: The store does not answer.
        """
        ...

    def keep(self, partition: int, since: int | None, until: int, moved: Sequence[Moved]) -> int | None:
        """Take in what stands in the partition from `since` up to before `until`, if the position is `since`; all or nothing.

        Returns:
            The position now. Another than `until`: nothing was taken in, read on from there (None: from the beginning).

        Raises:
            EdgeDown: The store does not answer. Ask again: what was taken in nevertheless is told by the position.
        """
        ...


Arm = Literal["control", "current", "candidate"]  # held back throughout; not in yet; in
DeskWhy = Literal[
    "sticky",  # the subject's owner
    "in_turn",
    "named",  # a person named the member
    "no_members",  # the team is a queue
    "nobody_in",
    "full",
    "no_match",  # nobody has the skills or languages that the rule wants
    "away",  # the desk could not be asked
]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Wanted(NamedTuple):
    """An owner is wanted for a lead.

    Attributes:
        lead: Lead id; asked again, the answer is the same.
        subject: Whose earlier owner would have it again; None: nobody is known.
        team: Where.
        needs: Skills and languages that the member must have.
        passed_over: Members who had it before and must not get it again.
        named: The member that a person chose.
    """

    lead: str
    subject: str | None
    team: str
    needs: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    named: str | None = None


class Assigned(NamedTuple):
    """The desk's answer.

    Attributes:
        owner: Member; None: the team's queue.
        load: Member → leads taken that day, this one not counted; of those who came into question.
        passed_over: Member → absent, off_hours, full, lacks, had_it.
        at_ms: When it was asked.
        roster: Version of who works, when and how much.
    """

    owner: str | None
    why: DeskWhy
    at_ms: int
    load: Mapping[str, int] = NOTHING  # type: ignore[assignment]
    passed_over: Mapping[str, str] = NOTHING
    roster: str = ""


Moment = Literal[  # when a toggle is asked
    "arrival",  # before anybody knows who the lead is: the key is the lead id
    "decision",  # the key is the subject; the lead id, where nobody is known
]


class Toggles(Protocol):
    """Which modules are switched on (app/flags/catalogue.py). Never fails: who does not know answers the configured default."""

    @property
    def version(self) -> str:
        """Of the state of all toggles; the same in all workers that have read the same changes."""
        ...

    def current(self) -> Toggles:
        """The state of this moment, which changes no more: asked once a batch, so that a lead sees one state on all its way."""
        ...

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        """Whether it is on for this lead.

        Args:
            flag: Such as `scoring.model`.
            source: Slug.
            key: The subject; where nobody is known yet, the lead id. The same key gets the same answer until the flag is changed.
            team: Slug, where one is known.
        """
        ...

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        """All switches asked at that moment that are off for this lead, whatever its team; mostly none."""
        ...

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        """A flag that is a share in [0, 1]; None: the inventory's holds."""
        ...


class Placed(NamedTuple):
    """What rollouts say of one lead.

    Attributes:
        arms: Rollout → arm of its subject, of those that its source takes part in.
        held: People do what the machine would: its source is being automated, and the subject is not in yet.
        automated: Its source is being automated, and the subject is in: no other share leaves it to people.
        routing: Name of the candidate rules that decide it; None: the usual ones.
        model: Version that scores it; None: the champion.
        version: Each rollout with when it was last changed: `name@milliseconds`, apart by blanks.
    """

    arms: Mapping[str, Arm] = NOTHING  # type: ignore[assignment]
    held: bool = False
    automated: bool = False
    routing: str | None = None
    model: str | None = None
    version: str = ""


NOWHERE: Final = Placed()


class Rollouts(Protocol):
    """Staged rollouts that are under way."""

    def place(self, source: str, key: str) -> Placed:
        """Where a lead stands in the rollouts that its source takes part in; stable by key.

        Args:
            source: Slug.
            key: The subject; where nobody is known, the lead id.
        """
        ...


class Desk(Protocol):
    """Who of a team gets a lead. One truth for all workers."""

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        """An owner for each, in order, in one round trip. Asked again for a lead, the answer is the same.

        Never fails: where the desk cannot be asked, every owner is None and `why` is `away`.
        """
        ...

    def give_back(self, leads: Sequence[str]) -> None:
        """Nobody has these leads any more: their places are free. Those of leads that get another owner are free by `assign`.

        Never fails: where the desk cannot be asked, the places stay taken until their day is over.
        """
        ...


class Suppressed(NamedTuple):
    """What a person does not want.

    Attributes:
        why: withdrawn, objected or erased.
        purposes: What they are not to be contacted for; empty: for anything.
        since_ms: When they said so; what they agree to later holds.
    """

    why: str
    purposes: frozenset[str]
    since_ms: int


class Suppressing(Protocol):
    """What people do not want, by pseudonyms of their identifiers."""

    def of(self, identifiers: Iterable[bytes]) -> Suppressed | None:
        """What holds for a person with these identifiers (`Pseudonyms.identifiers`); None: nothing."""
        ...


class Suppressions(Protocol):
    """Where the worker finds what people do not want; asked once a batch."""

    def current(self) -> Suppressing | None:
        """As it holds now; None: nobody objects to anything.

        Raises:
            EdgeDown: Nobody knows. Leads wait: to contact who objected is worse than to be late.
        """
        ...
