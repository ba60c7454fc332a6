"""What decides together with the stages, and is changed while they run: by people, by the clock, by guardrails."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.edges.candidates import FoundCandidates
from app.edges.flags.foreign import ForeignToggles
from app.edges.flags.toggles import FollowedToggles
from app.edges.kafka.rollouts import KafkaRollouts
from app.edges.kafka.suppressions import KafkaSuppressions
from app.edges.kept_desk import KeptDesk
from app.edges.memory import NoRollouts, QueuesOnly
from app.flags.switches import ALL_ON
from app.pipeline.candidates import Candidates
from app.pipeline.suppressing import NobodyObjects
from app.ports import Desk, Journeys, Rollouts, Suppressions, Toggles


@dataclass(frozen=True)
class Steering:
    """By itself: everything is on, nothing is rolled out, teams are queues, nobody knows visitors, and nobody objects.

    Attributes:
        toggles: Which modules are switched on.
        rollouts: What is rolled out in stages.
        candidates: What those put leads to; None: there is nothing.
        desk: Who of a team gets a lead.
        journeys: What visitors did before; None: nobody asks.
        suppressions: What people do not want.
    """

    toggles: Toggles = ALL_ON
    rollouts: Rollouts = field(default_factory=NoRollouts)
    candidates: Candidates | None = None
    desk: Desk = field(default_factory=QueuesOnly)
    journeys: Journeys | None = None
    suppressions: Suppressions = field(default_factory=NobodyObjects)


@dataclass(frozen=True, kw_only=True)
class Followed(Steering):
    """The real ones, which follow their topics in threads of their own. To be started, and closed."""

    toggles: FollowedToggles | ForeignToggles
    rollouts: KafkaRollouts
    candidates: FoundCandidates
    desk: KeptDesk
    journeys: Journeys | None
    suppressions: KafkaSuppressions

    def close(self) -> None:
        """Stop following; what was known last goes on being told."""
        self.toggles.close()
        self.rollouts.close()
        self.desk.close()
        self.suppressions.close()
