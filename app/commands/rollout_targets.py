"""Can what a rollout names be rolled out? A model is laid out for the workers on the way."""

from __future__ import annotations

from confluent_kafka import KafkaException, Producer

from app.edges.kafka.model_records import read_models
from app.errors import EdgeDown
from app.inventory.candidates import candidate_file, read_candidate
from app.inventory.problems import InventoryError, did_you_mean
from app.inventory.rolling import RolloutKind
from app.learning.snapshot import Served, seal, signing_key
from app.learning.versions import CANDIDATE
from app.rollout.plan import RolloutError
from app.wiring import Installation

_FLUSH_S = 10.0


def ready(one: Installation, kind: RolloutKind, target: str) -> None:
    """Look whether it is there and can be used.

    Raises:
        RolloutError: It is not, or cannot.
        EdgeDown: Kafka does not answer.
    """
    match kind:
        case "source":
            if target not in one.inventory.sources:
                raise RolloutError(f"no source {target!r}: {did_you_mean(target, one.inventory.sources)}")
        case "routing":
            path = candidate_file(one.app.config_dir, target)
            try:
                read_candidate(path, one.inventory.teams, one.inventory.sources)
            except InventoryError as error:
                raise RolloutError(f"{path} cannot be rolled out:\n{error}") from error
        case "model":
            _lay_out(one, target)


def _lay_out(one: Installation, version: str) -> None:
    """A kept version in the form that workers load, with what is remembered of the sources now."""
    key = signing_key(one.secret)
    found = read_models(one.kafka, one.names, key)
    kept = found.version(version, key)
    if kept is None:
        raise RolloutError(
            f"no version {version!r} is kept: {did_you_mean(version, found.versions)}; see `leadstream models list`"
        )
    records = found.served.serving.records() if found.served is not None else None
    candidate = Served(kept.version, kept.parent, kept.lineage, kept.model().export(kept.version, records))
    producer = Producer(one.kafka.producer() | {"acks": "all", "enable.idempotence": True})
    try:
        producer.produce(one.names.models, seal(candidate, key), CANDIDATE + version.encode())
        left = producer.flush(_FLUSH_S)
    except (KafkaException, BufferError) as error:
        raise EdgeDown(f"{one.names.models} did not take the candidate: {type(error).__name__}") from error
    if left:
        raise EdgeDown(f"{one.names.models} did not take the candidate within {_FLUSH_S:.0f} s")
