"""What people said of pairs, kept with the weights that follow from it on the models topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import structlog

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.learning.match_verdicts import KEY, Said, Taught, digest, more, sealed, taught, unsealed
from app.learning.snapshot import SnapshotError, signing_key
from app.ops.metrics_security import models_refused
from app.pipeline.delivery import Outgoing
from app.pipeline.matching.weights import shipped
from app.pipeline.revision.records import Label
from app.settings import KafkaSettings

log = structlog.get_logger(__name__)


class Teaching:
    """The counts as they are committed; new ones are only what `taught` told once `learned` is called.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, secret: bytes | None) -> None:
        self._topic, self._key = names.models, signing_key(secret)
        self._counts: Counter[Said] = Counter()
        self.stale = False  # the verdicts were taken into other weights than this version ships
        for message in read_to_end(kafka.client(), [names.models]):
            if message.key() == KEY:
                try:
                    found = unsealed(message.value(), self._key)
                except SnapshotError as error:
                    models_refused.labels("match_weights").inc()
                    log.error("match_weights_refused", why=str(error), offset=message.offset())
                    continue
                self._counts, self.stale = found.counts, found.base != digest(shipped())

    def with_labels(self, labels: Sequence[Label]) -> Taught:
        """The weights after these, too."""
        return taught(shipped(), more(self._counts, ((one.levels, one.same) for one in labels)))

    def outgoing(self, one: Taught) -> Outgoing:
        """The message that tells them."""
        return Outgoing(self._topic, KEY, sealed(one, self._key), [])

    def learned(self, one: Taught) -> None:
        """They are committed."""
        self._counts, self.stale = one.counts, False
        log.info("match_weights_published", version=one.version, labels=one.counts.total())
