"""Requests to erase, and their proofs, for the tools."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from app.edges.kafka.eraser_deeds import Codec
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import EdgeDown
from app.privacy.erasing import Request

_ANSWER_S: Final = 10.0
_LOOK_S: Final = 1.0


def ask(client: dict[str, Any], names: Topics, codec: Codec, request: Request) -> None:
    """Publish a request.

    Args:
        client: confluent-kafka settings of a producer.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    errors: list[KafkaError | None] = []

    def told(error: KafkaError | None, _: Message) -> None:
        errors.append(error)

    producer = Producer(client | {"acks": "all", "enable.idempotence": True})
    producer.produce(names.erasure, codec.encode("erasure", request.told()), request.id, on_delivery=told)
    producer.flush(_ANSWER_S)
    if not errors or errors[0] is not None:
        why = errors[0].str() if errors and errors[0] else f"no answer within {_ANSWER_S:.0f} s"
        raise EdgeDown(f"{names.erasure} did not take the request: {why}; create the topics with `leadstream topics --create`")


def open_requests(client: dict[str, Any], names: Topics, codec: Codec) -> dict[str, Request]:
    """Those that are not done yet, by id.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found: dict[str, Request] = {}
    for message in read_to_end(client, [names.erasure]):
        if (value := message.value()) is not None:
            request = Request.of(codec.read_own(value, "erasure"))
            found[request.id] = request
        else:
            found.pop((message.key() or b"").decode("utf-8", "replace"), None)
    return found


def proofs(client: dict[str, Any], names: Topics, codec: Codec) -> dict[str, Mapping[str, Any]]:
    """The newest of each request.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    read = read_to_end(client, [names.erased])
    with closing(read):  # type: ignore[type-var]
        told = [codec.read_own(value, "erased") for one in read if (value := one.value()) is not None]
    return {one["request_id"]: one for one in told}


def await_proof(client: dict[str, Any], names: Topics, codec: Codec, number: str, within_s: float) -> Mapping[str, Any] | None:
    """The proof; None where it did not come in time.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    deadline = time.monotonic() + within_s
    while (found := proofs(client, names, codec).get(number)) is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(_LOOK_S)
    return found
