"""What it means that Kafka did not take a lane's transaction: fenced, an output refused, or away for now."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from app.errors import EdgeDown, FatalError, OutputRefused

ASK_S: Final = 5
TOLD_S: Final = 0.1

FENCED: Final = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001  the library names it so
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
    }
)
# The broker will say so again until somebody mends topic or ACL.
_REFUSED: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
    }
)


class Refusals:
    """Records of a producer's that the broker refused; told in its calls, and only failures, so that it costs nothing.

    Attributes:
        wanted: Topics written to.
        by_topic: Topic → why.
    """

    def __init__(self) -> None:
        self.wanted: set[str] = set()
        self.by_topic: dict[str, KafkaError] = {}

    def told_by(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings of a producer that tells us."""
        return settings | {"delivery.report.only.error": True, "on_delivery": self._told}

    def clear(self) -> None:
        """Forget: another producer begins."""
        self.wanted.clear()
        self.by_topic.clear()

    def _told(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.by_topic.setdefault(message.topic(), error)


def trouble(error: KafkaException | EdgeDown, producer: Producer | None, refusals: Refusals) -> EdgeDown | FatalError:
    """What to raise; the refusals are used up."""
    try:
        if isinstance(error, EdgeDown):
            return error
        cause: KafkaError = error.args[0]
        if producer is not None and not cause.fatal():
            with suppress(KafkaException):  # tells of refused records; the failed call may not have
                producer.poll(TOLD_S)
        causes = [cause, *refusals.by_topic.values()]
        if any(one.code() in FENCED for one in causes):
            return FatalError(f"fenced: another worker has the partition: {cause.str()}")
        refused = {topic: one.str() for topic, one in refusals.by_topic.items() if one.code() in _REFUSED}
        if not refused and producer is not None and refusals.wanted:
            refused = _missing(producer, refusals.wanted)
        if refused:
            return OutputRefused(refused)
        return EdgeDown(f"Kafka does not take a transaction: {cause.str()}")
    finally:
        refusals.clear()


def _missing(producer: Producer, wanted: set[str]) -> dict[str, str]:
    """Topics that are not there: the client waits for those in silence, and only its time limit tells."""
    try:
        known = producer.list_topics(timeout=ASK_S).topics
    except KafkaException:
        return {}  # Kafka is away; that is the trouble
    return {topic: "is not there" for topic in sorted(wanted) if topic not in known or known[topic].error is not None}
