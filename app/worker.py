"""The role `worker`: from the inbound topics to the teams', for as long as it runs."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import faust
import uvloop

from app.edges.kafka import topics
from app.edges.kafka.agents import create_app
from app.edges.kafka.group_offsets import GroupOffsets
from app.edges.kafka.lane import Lane
from app.edges.kafka.mappings import KafkaMappings
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.standing import standing_leads
from app.edges.kept_desk import told_to
from app.edges.redis.forgetting import Forgetting
from app.edges.redis.match_keeper import MatchKeeper
from app.errors import ConfigurationError, FatalError
from app.match_index import Standing
from app.ops import metrics, metrics_progress
from app.ops.counting import count_fates
from app.ops.health import Health, serving
from app.ops.stopping import asked
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.source import InboundEvent
from app.wiring import Installation

COLLECT_AFTER = 20_000  # objects made and not yet gone: those of three batches of 500 leads
KEEPER_S = 15.0  # how long a start waits for a match index that is new or being restored; then leads flow, or wait, without it


def run_worker(installation: Installation) -> None:
    """Run until SIGTERM or SIGINT, then finish what is under way and leave the group.

    Raises:
        ConfigurationError: A topic is missing, or the configuration cannot be run.
        EdgeDown: Kafka does not answer.
    """
    _ = installation.secret  # what is wrong with ourselves comes before what is wrong outside
    _refuse_missing_topics(installation)
    settings, health = installation.app, Health()
    index = installation.match_index()
    models = KafkaModels(installation.kafka, installation.names, installation.secret)
    identity = installation.identity(index, models.judges)

    def heard(why: str | None) -> None:
        todo = (
            "bring Redis back; leads wait meanwhile"
            if settings.dedupe_wait
            else "bring Redis back; leads flow as unknown meanwhile"
        )
        health.set("match_index", ok=why is None, degraded=not settings.dedupe_wait, why=why or "", todo=todo)

    forgetting, dlq = Forgetting(index), installation.names.dlq

    def tell() -> None:
        identity.tell()
        forgetting.tell()

    keeper = MatchKeeper(index, partial(_standing, installation), tell=tell, heard=heard)
    steering = installation.steering(models, told_to(health))
    mappings = KafkaMappings(installation.kafka, installation.names, installation.codec.decode)
    pipeline = installation.pipeline(identity, models, mappings, steering)
    delivery, announcer = installation.delivery(), installation.announcer()
    offsets = GroupOffsets(installation.kafka.client(), settings.group)

    def process(events: Sequence[InboundEvent]) -> list[Fate]:
        started = time.monotonic()
        fates = pipeline.process(events)
        metrics.batch.observe(time.monotonic() - started)
        metrics.use_model(models.current().version)
        metrics.use_flags(steering.toggles.version)
        metrics.match_unreadable.set(identity.unreadable)
        return fates

    def outgoing(fate: Fate) -> list[Outgoing]:
        told = delivery.outgoing(fate)
        if told[0].topic == dlq and not isinstance(fate, DeadLetter):
            forgetting.note(fate.lead.lead_id)  # no topic takes it
        return told + announcer.outgoing(fate)

    def on_fates(fates: Sequence[Fate]) -> None:
        announcer.delivered(fates)
        count_fates(fates)

    def set_aside(event: InboundEvent, deaths: int) -> Fate:
        metrics_progress.set_aside.labels(event.position.topic).inc()
        forgetting.note(event.position.lead_id)  # it may have ended the process after the index took it in
        return pipeline.set_aside(event, deaths)

    def make_lane(topic: str, partition: int) -> Lane:
        return Lane(
            topic,
            partition,
            group=settings.group,
            offsets=offsets,
            client=installation.kafka.producer(),
            process=process,
            outgoing=outgoing,
            set_aside=set_aside,
        )

    with serving(health, settings), closing(keeper), closing(steering):
        steering.desk.start()
        keeper.start(KEEPER_S)
        steering.desk.wait()
        uvloop.install()  # Faust's reading thread makes its own loop, from the policy
        loop = uvloop.new_event_loop()
        app = create_app(
            installation.kafka,
            settings,
            installation.inbound,
            offsets=offsets,
            make_lane=make_lane,
            on_fates=on_fates,
            health=health,
            discovery=installation.discovery(),
        )
        worker = _Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
        worker.spinner = None  # it writes terminal codes into log files
        _spare_the_collector()
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:
            if ended.code:  # Faust's own word for a crash; what crashed is in the log
                raise FatalError("the consumer or one of its tasks failed: start again, nothing is lost") from ended


class _Worker(faust.Worker):  # type: ignore[misc]  # Faust has no types
    """Told to stop, it has a limit for it, and a second word ends it."""

    def _schedule_shutdown(self, number: signal.Signals) -> None:
        asked(number)
        super()._schedule_shutdown(number)


def _spare_the_collector() -> None:
    """What the start made stays, so the collector need not look it through again: 0.1 s each time, with all lanes waiting.

    Leads have no cycles and go when their batch is done. With Python's own threshold (700) the lanes' batches, thousands of
    objects that are all in use, would be looked through again and again: a tenth of the worker's CPU time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def _standing(one: Installation) -> Iterator[Standing | None]:
    return standing_leads(one.kafka.client(), one.names, one.codec.read_own, one.locks)


def _refuse_missing_topics(installation: Installation) -> None:
    names, wanted = installation.names, list(installation.inbound)
    wanted += [names.routed(team) for team in installation.inventory.teams]
    wanted += [names.review, names.duplicates, names.dlq, names.decisions, names.keys, names.shapes]
    wanted.append(names.suppressions)
    present = topics.present(installation.kafka.client())
    missing = [topic for topic in wanted if topic not in present]
    if missing:
        raise ConfigurationError(f"missing topics: {', '.join(missing)}; create them with `leadstream topics --create`")
