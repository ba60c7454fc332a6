"""What the benchmarks work on: the simulator's usual mix of records, and a model that has learned from its outcomes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

from pydantic import SecretStr

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import STORY_START_MS
from app.embedded.simulator.traffic import Traffic
from app.learning.model import OnlineModel
from app.pipeline.fate import Review, Routed
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.ports import Model
from app.settings import AppSettings, KafkaSettings, RedisSettings, RegistrySettings
from app.wiring import Installation

SHORT = os.environ.get("BENCH") == "short"
SEED = 1


@dataclass(frozen=True, slots=True)
class Material:
    """Records in order of arrival, with the truth about each."""

    planned: list[Planned]
    events: list[InboundEvent]


def nowhere() -> Installation:
    """An installation for the pure parts: no broker, no Redis."""
    settings = AppSettings(pepper=SecretStr("7d4c1f0be8a95d2366b1c40e9f72a8d3"))
    return Installation(settings, KafkaSettings(), RedisSettings(), RegistrySettings())


def plan(installation: Installation, records: int) -> list[Planned]:
    """The usual mix of all sources, duplicates and garbage included; the same at every call."""
    traffic = Traffic(installation.inventory, SEED, STORY_START_MS, encode=installation.codec.encode)
    return list(islice(traffic.events(), records))


def material(installation: Installation, records: int) -> Material:
    """The usual mix as inbound events, one partition per source."""
    planned, offsets = plan(installation, records), Counter[str]()
    events = []
    for one in planned:
        position = Position(installation.names.inbound(one.source), 0, offsets[one.source])
        offsets[one.source] += 1
        events.append(InboundEvent(position, one.key, one.value, (), one.stamp_ms))
    return Material(planned, events)


def learned(installation: Installation, planned: Sequence[Planned], events: Sequence[InboundEvent]) -> Model:
    """The model after the outcomes of these records."""
    fates = installation.pipeline(installation.identity(MemoryMatchIndex()), FixedModel(RULES)).process(events)
    model = OnlineModel()
    for one, fate in zip(planned, fates, strict=True):
        if isinstance(fate, Routed | Review) and one.won is not None:
            model.learn(fate.score.numbers, fate.score.categories, one.won)
    return model.export("benchmark")


def partition_of(planned: Planned, partitions: int) -> int:
    """Which partition a record goes to: by its key, as a producer would choose, and the same in every run."""
    return (crc32(planned.key) if planned.key else planned.index) % partitions
