"""What stands between the contest and the models topic: publishes versions, brings people's orders, tells of moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from app.edges.kafka.model_alert import ModelAlert
from app.edges.kafka.model_records import ModelRecords, read_models
from app.edges.kafka.names import Topics
from app.edges.kafka.order_desk import OrderDesk
from app.edges.kafka.publisher import SnapshotPublisher
from app.errors import ConfigurationError
from app.learning.contest import Contest
from app.learning.model import OnlineModel
from app.learning.moves import Move
from app.learning.orders import Order
from app.learning.progress import Progress
from app.learning.recipes import Recipe, recipe_named
from app.learning.snapshot import Shelf, Snapshot, SnapshotError
from app.learning.versions import shelved
from app.ops import metrics
from app.settings import KafkaSettings

log = structlog.get_logger(__name__)


class Herald:
    """Knows what is published.

    Args:
        kafka, names: Where.
        publisher: Writes; it fenced every other learner when it was made.
        key: For signatures.
        found: What the topic held then.
        alert: Tells on-call engineers of a rollback.

    Attributes:
        published: The newest version; None before the first.
        records: What it remembers of the sources.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        publisher: SnapshotPublisher,
        key: bytes | None,
        found: ModelRecords,
        alert: ModelAlert,
    ) -> None:
        self._alert = alert
        self._kafka, self._names, self._publisher, self._key = kafka, names, publisher, key
        self.published = found.snapshot(key)
        self.records = self._remembered()
        self._obeyed: list[Order] = []  # carried out, and not published yet
        self._desk = OrderDesk(kafka.client(), names, found, key)
        if self.published and (found.served is None or found.served.version != self.published.version):
            publisher.publish(self.published)  # what workers load was lost or spoiled: tell it again

    @property
    def version(self) -> str | None:
        """The newest one."""
        return self.published.version if self.published else None

    @property
    def labels(self) -> int:
        """Learned by the newest version."""
        return self.published.lineage.labels if self.published else 0

    @property
    def moved(self) -> int:
        """Moves that the newest version accounts for."""
        return self._shelf.moved

    def obey(self, contest: Contest) -> bool:
        """Carry out the orders that came; whether the contest has something to tell."""
        pending = [order for order in self._desk.pending() if order not in self._obeyed]
        for order in pending:
            contest.obey(order, self._restored(order, contest))
            self._obeyed.append(order)
        return bool(self._obeyed)

    def publish(self, progress: Progress) -> None:
        """Publish the state of learning now; if Kafka does not take it, the next time."""
        contest, before = progress.model, self.moved
        snapshot, leaving = shelved(Snapshot.of(progress, self.version, self._shelf))
        if not self._publisher.publish(snapshot, leaving, self._obeyed):
            return
        self.published = snapshot
        self.records = self._remembered()
        for order in self._obeyed:
            self._desk.done(order)
        self._obeyed.clear()
        for move in contest.moves_since(before):
            _tell(move)
        metrics.show_standings(snapshot.standings)
        self._alert.follow(contest)

    def close(self) -> None:
        """Bring no more orders."""
        self._desk.close()

    def _remembered(self) -> Mapping[str, Any]:
        return self.published.serving.records().state() if self.published else {}

    @property
    def _shelf(self) -> Shelf:
        return self.published.shelf if self.published else Shelf()

    def _restored(self, order: Order, contest: Contest) -> OnlineModel | None:
        """The model of the version that an order names, if it is kept."""
        if order.target is None or order.target in contest.names:
            return None
        kept = read_models(self._kafka, self._names, self._key).version(order.target, self._key)
        try:
            return kept.model() if kept else None
        except SnapshotError as error:
            log.error("model_refused", why=str(error), version=order.target)
            return None


def challengers_of(setting: str) -> list[Recipe]:
    """The recipes of LEADSTREAM_CHALLENGERS.

    Raises:
        ConfigurationError: There is no such recipe.
    """
    try:
        return [recipe_named(name) for name in setting.replace(",", " ").split()]
    except ValueError as error:
        raise ConfigurationError(f"LEADSTREAM_CHALLENGERS: {error}") from None


def _tell(move: Move) -> None:
    metrics.model_moves.labels(move.cause).inc()
    how = log.warning if move.cause == "rolled_back" else log.info
    how("champion_" + move.cause, model=move.champion, parent=move.before, labels=move.labels, why=move.why)
