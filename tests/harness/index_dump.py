"""Who stands in the match index, read from Redis itself (docs/match-index.md has the layout)."""

from __future__ import annotations

from typing import Final

from pydantic import SecretStr

from app.edges.redis.connecting import connect
from app.embedded.redis import EmbeddedRedis
from app.settings import RedisSettings

_ID: Final = slice(5, 15)  # of a record: after the flags and until when


def leads_in_index(server: EmbeddedRedis, prefix: str) -> set[str]:
    """The ids of all leads that have a record there."""
    client = connect(RedisSettings(url=SecretStr(server.url), timeout_s=5), text=False)
    segments = list(client.scan_iter(match=f"{{{prefix}}}:i:r*", count=1_000, _type="list"))
    records: list[bytes] = [bytes(record) for segment in segments for record in client.lrange(segment, 0, -1)]  # type: ignore[arg-type]
    return {f"ld_{record[_ID].hex()}" for record in records if record}
