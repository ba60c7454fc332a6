"""The desk as a process has it: in Redis, with the roster followed in Kafka, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from app.desk.roster import Roster
from app.edges.kafka.capacity import KafkaCapacity
from app.edges.kafka.names import Topics
from app.edges.kafka.standing_owners import standing_owners
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.edges.redis.desk_keeper import DeskKeeper
from app.edges.registry.codec import AvroCodec
from app.inventory.models import Team
from app.ops.health import Health
from app.ports import Assigned, Wanted
from app.settings import KafkaSettings, RedisSettings

START_S: Final = 5.0  # how long a start waits for a desk that is new or being restored; then leads go to queues until it is there


def told_to(health: Health) -> Callable[[str | None], None]:
    """Says in a process's health how the desk stands."""
    todo = "bring Redis back; leads go to their teams' queues meanwhile, without an owner"
    return lambda why: health.set("desk", ok=why is None, degraded=True, why=why or "", todo=todo)


class KeptDesk:
    """Implements `app.ports.Desk`. Where no team has members it asks nobody and keeps nothing.

    Args:
        kafka, redis: How to reach them.
        names: The topics; their prefix is the namespace in Redis.
        codec: Reads decisions and words about members.
        teams: As configured.
        heard: Told again and again why the desk cannot answer; None where it can.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        redis: RedisSettings,
        names: Topics,
        codec: AvroCodec,
        teams: Mapping[str, Team],
        heard: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        configured = Roster(teams)
        self._capacity = KafkaCapacity(kafka, names, codec.decode, configured) if configured.teams else None
        self.roster = self._capacity.current if self._capacity else lambda: configured
        budget = redis.model_copy(update={"timeout_s": redis.desk_budget_s})
        self._desk = RedisDesk(connect(budget, text=False), names.prefix, self.roster)
        patient = RedisDesk(connect(redis, text=False), names.prefix, self.roster)  # who restores may wait
        standing = partial(standing_owners, kafka.client(), names, codec.read_own, self.roster)
        self._keeper = DeskKeeper(patient, standing, heard=heard)

    def start(self) -> None:
        """Keep it from now on."""
        self._keeper.start()

    def wait(self, wait_s: float = START_S) -> None:
        """Until it can answer, or for so long."""
        self._keeper.wait(wait_s)

    def close(self) -> None:
        """Stop following and keeping."""
        self._keeper.close()
        if self._capacity:
            self._capacity.close()

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        """See the port."""
        return self._desk.assign(wanted)

    def give_back(self, leads: Sequence[str]) -> None:
        """See the port."""
        self._desk.give_back(leads)

    def taken(self, team: str) -> dict[str, tuple[int, int]]:
        """Member → (local date, leads taken on it).

        Raises:
            EdgeDown: The desk does not answer or is not complete.
        """
        return self._desk.taken(team)
