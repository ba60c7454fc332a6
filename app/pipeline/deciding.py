"""The stages scoring and routing for one lead that is known: score, team, and whether a person decides.

The worker decides so, the reviser when a lead is assessed again, and `leadstream whatif` for leads of the past.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from app.flags.catalogue import AUTOMATION, ROUTING_BY_SCORE, SCORING_MODEL
from app.inventory.models import Inventory, Source
from app.pipeline.candidates import Candidates, NoCandidates
from app.pipeline.checkpoints import SAMPLE, Checkpoints, Seen
from app.pipeline.fallbacks import missing, parked
from app.pipeline.fate import Score
from app.pipeline.handling import Handling
from app.pipeline.identified import Dedupe
from app.pipeline.lead import Lead
from app.pipeline.routing import Assignment, Router
from app.pipeline.scoring import RULES, score
from app.ports import Model, Placed, Rollouts, Toggles

HELD: Final = "rollout"  # why a person decides: the source is being automated, and the subject is not in yet
ASKED: Final = "possible_duplicate"
BY_SHARE: Final = frozenset({"automation_share", "undeclared_source"})  # why a person decides, where a share says so


class Decided(NamedTuple):
    """What is to become of a lead.

    Attributes:
        review: Why a person decides; empty where the machine may.
        handling: Without an owner yet.
    """

    score: Score
    to: Assignment
    review: tuple[str, ...]
    handling: Handling


class Decider:
    """Scoring and routing, compiled from the inventory.

    Args:
        inventory: Routing, sources, teams.
        toggles: Which modules are switched on.
        rollouts: What is rolled out in stages.
        candidates: What those put leads to.
    """

    def __init__(self, inventory: Inventory, toggles: Toggles, rollouts: Rollouts, candidates: Candidates | None = None) -> None:
        self._router, self._toggles, self._rollouts = Router(inventory.routing, inventory.teams), toggles, rollouts
        self._candidates = candidates or NoCandidates()
        self._checkpoints = Checkpoints(inventory.reviewing)
        self._waits_for = inventory.fallbacks.parked

    def decide(
        self,
        lead: Lead,
        source: Source,
        model: Model,
        dedupe: Dedupe,
        subject: str | None,
        match: float = 0.0,
        toggles: Toggles | None = None,
    ) -> Decided:
        """Score, team and handling of one lead.

        Args:
            source: Where it came from; declared, or what is assumed of it.
            model: The champion.
            dedupe: What identity said.
            subject: Who it is; None where nothing tells.
            match: Probability that it is an earlier lead's person.
            toggles: What is switched on, in one state; None: as it is now.
        """
        now = toggles or self._toggles.current()
        key = subject or lead.lead_id
        placed = self._rollouts.place(source.name, key)
        if SCORING_MODEL in now.off("decision", source.name, key):
            model = RULES
        elif placed.model is not None:
            model = self._candidates.model(placed.model) or model
        routing, failed = self._router_of(placed).routing, False
        try:
            lead.source_reliability = model.reliability(source.name, source.reliability)
            scored = score(lead, model, routing, _returning(dedupe))
        except MemoryError:
            raise
        except Exception:  # a model's bug must not stop its partition: the rules score this lead
            lead.source_reliability = RULES.reliability(source.name, source.reliability)
            scored, failed = score(lead, RULES, routing, _returning(dedupe)), True
        return self.place(lead, source, scored, dedupe, subject, match, now, placed, failed)

    def place(
        self,
        lead: Lead,
        source: Source,
        scored: Score,
        dedupe: Dedupe,
        subject: str | None,
        match: float = 0.0,
        toggles: Toggles | None = None,
        placed: Placed | None = None,
        failed: bool = False,
    ) -> Decided:
        """The second half of `decide`: team and handling of a lead that has its score; `failed`: its model could not score it."""
        now, key = toggles or self._toggles.current(), subject or lead.lead_id
        placed = placed or self._rollouts.place(source.name, key)
        router = self._router_of(placed)
        to, off = _team(router, lead, scored, _returning(dedupe), now, key)
        rules = scored.model == RULES.version and SCORING_MODEL not in off
        fallbacks = missing(lead, dedupe, ("failed" if failed else "none") if rules else None)
        share = now.share(AUTOMATION, source.name, to.team)
        rolled = placed.held or (placed.automated and share is None)  # then the arm says who decides, and no share
        reasons = router.review_reasons(lead, scored, source, 1.0 if rolled else share)
        if share is not None and reasons and reasons[0] in BY_SHARE:
            off = (*off, AUTOMATION)
        held = self._checkpoints.hold(Seen(lead, scored, to.team, to.rule, dedupe, match))
        reasons = (
            *((to.lacks,) if to.lacks is not None else ()),
            *((HELD,) if placed.held else ()),
            *reasons,
            *((ASKED,) if dedupe == "asked" else ()),
            *held.reasons,
            *parked(fallbacks, self._waits_for),
        )
        if not reasons and self._checkpoints.sampled(lead.lead_id):
            reasons = (SAMPLE,)
        handling = Handling(
            due_ms=to.due_ms,
            service_level=to.service_level,
            toggles_off=lead.toggles_off + off,
            flags_version=now.version,
            arms=placed.arms,
            rollouts_version=placed.version,
            rules_version=None if router is self._router else router.routing.version,
            fallbacks=fallbacks,
            checkpoint=held.checkpoint,
        )
        return Decided(scored, to, reasons, handling)

    def _router_of(self, placed: Placed) -> Router:
        """The candidate rules, for leads in their arm, where they can be had."""
        return self._router if placed.routing is None else self._candidates.router(placed.routing) or self._router


def reliability_of(source: Source, model: Model) -> float:
    """What the model expects of a source; what the rules do, where a bug of the model's would stop the partition."""
    try:
        return model.reliability(source.name, source.reliability)
    except MemoryError:
        raise
    except Exception:
        return RULES.reliability(source.name, source.reliability)


def _returning(dedupe: Dedupe) -> bool | None:
    """Whether the person was a lead before, with another intent; None: nobody knows."""
    return None if dedupe in ("unknown", "asked") else dedupe == "linked"


def _team(
    router: Router, lead: Lead, scored: Score, returning: bool | None, now: Toggles, key: str
) -> tuple[Assignment, tuple[str, ...]]:
    """The team, and the toggles that are off. Whether scores may route can hang on the team that they would give."""
    off = now.off("decision", lead.source, key)
    to = router.assign(lead, scored, returning, by_score=ROUTING_BY_SCORE not in off)
    if ROUTING_BY_SCORE not in off and not now.on(ROUTING_BY_SCORE, lead.source, key, to.team):
        return router.assign(lead, scored, returning, by_score=False), (*off, ROUTING_BY_SCORE)
    return to, off
