"""The dry run: today's sources, mappings, schemas, toggles, rollouts, model and suppressions; nothing is written.

Who was there before is asked of a copy, made of the decisions: asking the shared index would enter the leads. The copy holds
those earlier leads alone that share a key with a letter. Owners are not assigned, and what visitors did is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing

from app.edges.kafka.mappings import KafkaMappings
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.replay_letters import DeadLetters
from app.edges.kafka.standing import standing_leads
from app.edges.memory_index import MemoryMatchIndex
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.pipeline.normalise import Normaliser
from app.replay.known import Sought
from app.replay.letter import Letter
from app.replay.rehearsal import Outlook, batches, rehearse
from app.steering import Steering
from app.wiring import Installation

Told = Callable[[str, int], None]


def rehearsed(
    one: Installation, letters: DeadLetters, chosen: Mapping[str, Letter], told: Told = lambda what, done: None
) -> Outlook:
    """What would become of these letters.

    Args:
        told: Called with what is being done and how many letters are done, now and then.

    Raises:
        EdgeDown: An edge does not answer.
    """
    with ExitStack() as following:
        mappings = following.enter_context(closing(KafkaMappings(one.kafka, one.names, one.codec.decode)))
        models = following.enter_context(closing(KafkaModels(one.kafka, one.names, one.secret)))
        toggles = following.enter_context(closing(one.toggles()))
        rollouts = following.enter_context(closing(one.rollouts()))
        objecting = following.enter_context(closing(one.suppressions()))
        candidates = one.candidates(models)
        steering = Steering(toggles=toggles, rollouts=rollouts, candidates=candidates, suppressions=objecting)
        index = MemoryMatchIndex(complete=False)
        identity = one.identity(index, models.judges)
        sought = _sought(letters, chosen, one.normaliser(mappings), identity, told)
        told("reading decisions", 0)
        standing = standing_leads(one.kafka.client(), one.names, one.codec.read_own, one.locks, wait_s=0)
        index.restore(sought.of(standing))
        pipeline, delivery, dlq = one.pipeline(identity, models, mappings, steering), one.delivery(), one.names.dlq

        def undeliverable(fate: Fate) -> DeadLetter | None:
            if isinstance(fate, DeadLetter) or (message := delivery.outgoing(fate)[0]).topic != dlq:
                return None
            reason = (dict(message.headers).get("leadstream.reason") or b"").decode()
            return DeadLetter(fate.event, fate.lead.source, "delivery", reason, "", repairable=True)

        return rehearse(letters.records(chosen), pipeline.process, undeliverable, lambda done: told("putting them through", done))


def _sought(letters: DeadLetters, chosen: Mapping[str, Letter], normaliser: Normaliser, identity: Identity, told: Told) -> Sought:
    """What the letters' leads could be found by."""
    found, done = Sought(), 0
    for batch in batches(letters.records(chosen)):
        leads = normaliser.normalise_all([event for _, event in batch])
        for (_, event), lead in zip(batch, leads, strict=True):
            source = normaliser.source(event.position.topic)
            if isinstance(lead, Lead) and source is not None:
                found.add(identity.traits(lead, source).ask)
        done += len(batch)
        told("looking who they are", done)
    return found
