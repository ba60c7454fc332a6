"""A process that asks the desk for owners of the same leads as its rivals, again and again, and may be killed at any moment.

Arguments: URL of Redis, namespace, seed, file for what it was told (`lead owner` lines, a batch at once, as a transaction would).
"""

from __future__ import annotations

import random
import sys

from pydantic import SecretStr

from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.ports import Wanted
from app.settings import RedisSettings
from tests.harness.desks import Clock, lead_id, roster, subject_id, team

LEADS, BATCH = 40_000, 4
LIMITS = {"r-1": 5_000, "r-2": 2_000, "r-3": 1, "r-4": 12_000}
TEAM = team("race", {member: {"per_day": limit, "weight": 1 + limit / 1_000} for member, limit in LIMITS.items()})
QUEUE = team("queue", {})


def wanted(n: int) -> Wanted:
    """The n-th lead; every seventh is of one of a few persons."""
    return Wanted(lead_id(n), subject_id(n % 70) if n % 7 == 0 else None, "race")


def main(url: str, namespace: str, seed: int, told: str) -> None:
    dice, desk = (
        random.Random(seed),
        RedisDesk(connect(RedisSettings(url=SecretStr(url)), text=False), namespace, lambda: roster(TEAM, QUEUE), clock=Clock()),
    )
    with open(told, "a", encoding="utf-8") as log:
        log.write("\n")  # ends the line at which an earlier process was killed
        while True:
            first = dice.randrange(0, LEADS, BATCH // 2)  # batches overlap: leads are cut otherwise after a rebalance
            batch = [wanted(n) for n in range(first, min(LEADS, first + BATCH))]
            answers = desk.assign(batch)
            log.write("".join(f"{one.lead} {got.owner} {got.why}\n" for one, got in zip(batch, answers, strict=True)))
            log.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
