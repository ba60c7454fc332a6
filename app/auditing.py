"""Looking at inbound topics: reads, normalises as a worker would, and counts. Writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

from app.audit.findings import Audit
from app.audit.profile import Profile
from app.audit.quality import Quality
from app.edges.kafka.inbound import records
from app.edges.kafka.mappings import KafkaMappings
from app.errors import BadRecord, ConfigurationError
from app.inventory.models import Source
from app.inventory.undeclared import undeclared
from app.pipeline.intake.decode import Payload, decode
from app.pipeline.normalise import Normaliser
from app.pipeline.source import InboundEvent
from app.wiring import Installation

EVERY = 500  # records between two calls of `progress`


def audit(
    installation: Installation,
    sources: Sequence[str] = (),
    *,
    since: int | None = None,
    until: int | None = None,
    last: int | None = None,
    progress: Callable[[str, int], None] = lambda source, done: None,
) -> Audit:
    """Judge what sources sent.

    Args:
        installation: Where, and as what.
        sources: Slugs; none: all of the inventory, and those on the cluster that nobody declared.
        since, until: CreateTime in milliseconds UTC, from and before.
        last: At most so many of each source's newest records.
        progress: Told source and records done, every so often.

    Raises:
        ConfigurationError: A source is not known.
        EdgeDown: Kafka does not answer.
    """
    known, found = installation.sources_now(), []
    if unknown := [name for name in sources if name not in known]:
        raise ConfigurationError(f"{', '.join(unknown)}: no such source; known are {', '.join(sorted(known))}")
    with closing(KafkaMappings(installation.kafka, installation.names, installation.codec.decode)) as mappings:
        normaliser = installation.normaliser(mappings)
        for name in sources or known:
            topic, done = installation.names.inbound(name), 0
            declared = installation.inventory.sources.get(name)
            quality = Quality(declared or undeclared(name), declared=declared is not None)
            read = records(installation.kafka.client(), topic, since=since, until=until, last=last)
            for done, event in enumerate(read, start=1):
                quality.take(normaliser.normalise(event), event.timestamp_ms)
                if done % EVERY == 0:
                    progress(name, done)
            progress(name, done)
            found.append(quality.findings())
    return Audit(since, until, tuple(sorted(found, key=lambda one: (not one.records, one.quality))))


def newest(installation: Installation, source: str, last: int) -> tuple[Source, str, Profile]:
    """The source, the format that reads its newest records, and what these have in common.

    Args:
        source: A slug, declared or not.
        last: At most so many.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    with closing(KafkaMappings(installation.kafka, installation.names, installation.codec.decode)) as mappings:
        events = records(installation.kafka.client(), installation.names.inbound(source), last=last)
        return profiled(installation, source, events, installation.normaliser(mappings))


def profiled(
    installation: Installation, name: str, events: Iterable[InboundEvent], normaliser: Normaliser
) -> tuple[Source, str, Profile]:
    """The source, the format that reads all of these records (auto where none does), and what they have in common."""
    source = installation.inventory.sources.get(name) or undeclared(name)
    profile, formats = Profile(), set[str]()
    for event in events:
        try:
            payload, format_ = _read(event, source, installation)
        except BadRecord:
            continue
        mapped = normaliser.map(payload, source)
        lead = normaliser.lead(mapped, event, source)
        country = lead.country if lead.country_source in ("address", "phone") else None
        profile.add(mapped, normaliser.suggest(payload, source), event.timestamp_ms, country)
        formats.add(format_)
    return source, formats.pop() if len(formats) == 1 else source.format, profile


def _read(event: InboundEvent, source: Source, installation: Installation) -> tuple[Payload, str]:
    """The payload, and the format that read it: of an undeclared source json or form where either can be declared for it."""
    if source.format != "auto":
        return decode(event, source, installation.codec), source.format
    json, form = (source.model_copy(update={"format": name}) for name in ("json", "form"))
    try:
        return decode(event, json, installation.codec), "json"  # what nearly all send
    except BadRecord:
        payload = decode(event, source, installation.codec)
    try:
        return payload, "form" if decode(event, form, installation.codec) == payload else "auto"
    except BadRecord:
        return payload, "auto"
