"""leadstream in the simulated shop: the real stages from scoring to delivery, real desk and verdicts; records in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from app.desk.roster import Roster
from app.edges.kafka.names import Topics as Names
from app.edges.memory import MemoryToggles
from app.edges.memory_desk import MemoryDesk
from app.inventory.models import Inventory, Source
from app.pipeline.deciding import Decider
from app.pipeline.delivery import Delivery, Versions
from app.pipeline.identified import Identified
from app.pipeline.lead import Lead
from app.pipeline.locking import Locks
from app.pipeline.process import Pipeline
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.revision.carrying import Done, carry_out
from app.pipeline.revision.records import Work
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import read
from app.pipeline.routing import Router
from app.pipeline.source import InboundEvent
from app.ports import Assigned, Model, Placed, Wanted
from app.rollout.plan import Rollout
from app.rollout.table import Table
from tests.month.records import Topics, Value, filled
from tests.month.world import SOURCE, Arriving

AUTOMATION: Final = "automation"  # the rollout whose control arm is handled as before
LEAD, DECISION, ROUTED = ("lead", 5), ("decision", 5), ("routed_lead", 5)
_PLACES: Final = {"routed": "routed", "review": "review", "duplicate": "duplicates"}
_PEPPER: Final = b"a pepper of the simulated shop"


class Running:
    """Rollouts under way, and their candidates; implements `app.ports.Rollouts` and `app.pipeline.candidates.Candidates`."""

    def __init__(self) -> None:
        self.states: dict[str, Rollout] = {}
        self.models: dict[str, Model] = {}
        self.routers: dict[str, Router] = {}
        self._table = Table(())

    def take(self, record: Value) -> None:
        """A rollout's new state."""
        one = Rollout.read(record)
        self.states[one.name] = one
        self._table = Table(self.states.values())

    def place(self, source: str, key: str) -> Placed:
        return self._table.place(source, key)

    def model(self, version: str) -> Model | None:
        return self.models.get(version)

    def router(self, name: str) -> Router | None:
        return self.routers.get(name)


class Desks:
    """One desk for each organisation. Leads that are handled as before have no owner: their teams have one line."""

    def __init__(self, roster: Roster, clock: Callable[[], int], control: Callable[[str], bool]) -> None:
        self._desk = MemoryDesk(lambda: roster, lambda: clock() / 1000)
        self._clock, self._control = clock, control

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        return [
            Assigned(None, "no_members", self._clock()) if self._control(one.lead) else self._desk.assign([one])[0]
            for one in wanted
        ]

    def give_back(self, leads: Sequence[str]) -> None:
        self._desk.give_back(leads)


class Ready:
    """The first half of a lead's way, done already; and who it is. Stands for `Normaliser` and `Identity`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.arriving: list[Arriving] = []

    def normalise_all(self, events: Sequence[InboundEvent], toggles: Any = None) -> list[Lead]:
        return [one.lead for one in self.arriving]

    def of(self, leads: Sequence[tuple[Lead, Source]], *_: Any) -> list[Identified]:
        return [one.who for one in self.arriving]

    def source(self, topic: str) -> Source:
        return self._source


class Machine:
    """See the module.

    Args:
        inventory: Of the shop.
        champion: The model in use.
        clock: Now, in milliseconds.
    """

    def __init__(self, inventory: Inventory, champion: Model, clock: Callable[[], int]) -> None:
        self.inventory, self.champion, self._clock = inventory, champion, clock
        self.rollouts, self.topics = Running(), Topics()
        self.roster = Roster(inventory.teams)
        self.desk = Desks(self.roster, clock, self.is_control)
        self._ready = Ready(inventory.sources[SOURCE])
        self._pseudonyms = Pseudonyms(_PEPPER)
        self._controls: dict[str, bool] = {}
        self._pipeline = Pipeline(
            inventory,
            self._ready,  # type: ignore[arg-type]
            identity=self._ready,  # type: ignore[arg-type]
            models=self,
            pseudonyms=self._pseudonyms,
            toggles=MemoryToggles(),
            rollouts=self.rollouts,
            desk=self.desk,
            candidates=self.rollouts,
        )
        self._decider = Decider(inventory, MemoryToggles(), self.rollouts, self.rollouts)
        self._delivery = Delivery(
            Names(),
            _as_is,
            dict.fromkeys(inventory.teams, "avro"),
            self._pseudonyms,
            Locks(b"month"),
            Versions("month", inventory.routing.version, 5),
        )
        router = Router(inventory.routing, inventory.teams)
        house = House(
            teams=frozenset(inventory.teams),
            assess=self._assess,
            desk=self.desk,
            versions={"rules_version": inventory.routing.version, "app_version": "month"},
            clock=clock,
            pseudonym=self._pseudonyms,
            members={name: frozenset(one.name for one in team.members) for name, team in inventory.teams.items()},
            due=lambda band, team: router.due(band, team, clock()),
            needs=router.needs,
        )
        self._houses = {False: house, True: replace(house, due=lambda band, team: (None, None))}  # as before: no service levels

    def is_control(self, lead: str) -> bool:
        """Whether the lead is handled as before for the whole month."""
        return self._controls.get(lead, False)

    def current(self) -> Model:
        """As `app.ports.Models` has it."""
        return self.champion

    def decide(self, arriving: Arriving) -> Value:
        """A lead comes: its first decision."""
        lead, key = arriving.lead, arriving.who.subject or arriving.lead.lead_id
        self._controls[lead.lead_id] = self.rollouts.place(SOURCE, key).arms.get(AUTOMATION) == "control"
        self._ready.arriving = [arriving]
        event = InboundEvent(arriving.position, None, b"", (), lead.received_at)
        fate = self._pipeline.process([event])[0]
        message, decision, *_ = self._delivery.outgoing(fate)
        told: Any = decision.value
        value = filled(*DECISION, told)
        record: Any = message.value
        self.topics.put(_PLACES[value["fate"]], filled(*(ROUTED if value["fate"] == "routed" else LEAD), record))  # type: ignore[arg-type]
        self.topics.decide(value)
        return value

    def carry_out(self, verdict: Value) -> list[Value]:
        """What a verdict comes to: revisions of decisions; none where it cannot be done."""
        work = Work(self.topics)
        answer = carry_out(
            read(filled("verdict", 3, verdict)), work, self._houses[self.is_control(verdict["lead_id"])], settled=True
        )
        if not isinstance(answer, Done):
            return []
        revised = []
        for kept in work.all():
            value = dict(kept.value)
            if kept.place == "decisions":
                self.topics.decide(value)
                revised.append(value)
            else:
                self.topics.put(kept.place, value)
        return revised

    def _assess(self, lead: Lead, decision: Mapping[str, Any]) -> Any:
        source = self.inventory.sources[SOURCE]
        return self._decider.decide(lead, source, self.champion, decision["dedupe"], decision["subject"])


def _as_is(record: str, value: Mapping[str, Any]) -> Any:
    return dict(value)
