"""Auditing inbound topics: reads, normalises as a worker would, and counts. Writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.audit.findings import Audit
from app.audit.quality import Quality
from app.edges.kafka.inbound import records
from app.errors import ConfigurationError
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
        sources: Slugs; none: all of the inventory.
        since, until: CreateTime in milliseconds UTC, from and before.
        last: At most so many of each source's newest records.
        progress: Told source and records done, every so often.

    Raises:
        ConfigurationError: A source is not known.
        EdgeDown: Kafka does not answer.
    """
    known = installation.inventory.sources
    if unknown := [name for name in sources if name not in known]:
        raise ConfigurationError(f"{', '.join(unknown)}: no such source; known are {', '.join(sorted(known))}")
    normaliser, found = installation.normaliser(), []
    for name in sources or known:
        quality = Quality(known[name], declared=True)
        topic, done = installation.names.inbound(name), 0
        for done, event in enumerate(records(installation.kafka.client(), topic, since=since, until=until, last=last), start=1):
            quality.take(normaliser.normalise(event), event.timestamp_ms)
            if done % EVERY == 0:
                progress(name, done)
        progress(name, done)
        found.append(quality.findings())
    return Audit(since, until, tuple(sorted(found, key=lambda one: (not one.records, one.quality))))
