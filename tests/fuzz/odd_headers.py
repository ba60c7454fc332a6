"""Sends records whose header names are no text, which ordinary clients cannot: by aiokafka without its fast parts.

python -m tests.fuzz.odd_headers BOOTSTRAP TOPIC…
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

os.environ["AIOKAFKA_NO_EXTENSIONS"] = "1"  # before the import: the fast parts encode names themselves


class Hostile(str):
    """A header name that is no text on the wire."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"bad\xff\xfe"


async def send(bootstrap: str, topics: list[str]) -> None:
    """One such record to each topic."""
    import aiokafka

    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for topic in topics:
            await producer.send_and_wait(topic, b"{}", key=b"odd", headers=[(Hostile("x"), b"1")])
    finally:
        await producer.stop()


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], sys.argv[2:]))
