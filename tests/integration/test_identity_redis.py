"""One person, one lead, whatever the workers do: the stage identity on a real Redis."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import redis
from pydantic import SecretStr

from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.embedded.redis import EmbeddedRedis
from app.inventory.models import Mapping, Source
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.settings import RedisSettings
from tests.harness.identity import fresh_identity

PERSONS, BATCH = 400, 40
SOURCES = [
    Source(name=name, description="", owner="a", format="json", mapping=Mapping(fields={}), expected_per_hour=1)
    for name in ("web-form", "meta-ads", "partner-csv")
]


def word(*of: object) -> str:
    """Letters that no other word looks like."""
    return sha256(repr(of).encode()).hexdigest()[:9].translate(str.maketrans("0123456789", "ghijklmnop"))


def lead(person: int, source: int) -> Lead:
    """The person's lead by one of three sources: each tells something else, all of them share something."""
    first, last = word("first", person).title(), word("last", person).title()
    both = {"first_name": first, "last_name": last, "city": word("city", person % 50)}
    email, phone = {"email": f"{first}.{last}@example.org".lower()}, {"phone": f"+4930{person * 7919 % 10**7:07d}"}
    told: dict[str, Any] = both | (email | phone, email, phone)[source]
    at = 1_763_900_000_000 + person
    return Lead(f"ld_{person * 10 + source:020x}", SOURCES[source].name, f"e{person}", at, at, **told)


def connected(server: EmbeddedRedis) -> redis.Redis:
    return connect(RedisSettings(url=SecretStr(server.url)), text=False)


def stage(server: EmbeddedRedis, namespace: str) -> Identity:
    """As a worker of its own has it."""
    index = RedisMatchIndex(connected(server), namespace)
    index.restore(())
    return fresh_identity(index)


def decided(one: Identity, leads: Sequence[tuple[int, int]]) -> list[tuple[str, Identified]]:
    batch = [(lead(person, source), SOURCES[source]) for person, source in leads]
    return [(each.lead_id, found) for (each, _), found in zip(batch, one.of(batch), strict=True)]


def originals(found: Sequence[tuple[str, Identified]]) -> dict[str, set[str]]:
    """Subject → leads that are nobody's duplicate, duplicates followed to their end."""
    into = {name: who.duplicate_of for name, who in found}
    firsts: dict[str, set[str]] = defaultdict(set)
    for name, who in found:
        assert who.subject is not None
        end = name
        while into[end] is not None:
            end = str(into[end])
        firsts[str(int(name[3:], 16) // 10)].add(end)
    return firsts


def test_the_same_person_by_three_sources_at_the_same_instant_is_one_lead(redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """Three workers meet every person at once, each by another source: one lead of each person, whoever came first."""
    barrier, found, lock = threading.Barrier(3, timeout=20), list[tuple[str, Identified]](), threading.Lock()

    def work(source: int) -> None:
        mine = stage(redis_server, topic_prefix)
        for at in range(0, PERSONS, BATCH):
            barrier.wait()
            some = decided(mine, [(person, source) for person in range(at, at + BATCH)])
            with lock:
                found.extend(some)

    stage(redis_server, topic_prefix)
    threads = [threading.Thread(target=work, args=(source,)) for source in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3 * PERSONS
    alone = [who for _, who in found if who.dedupe == "new"]
    firsts = originals(found)
    assert len(firsts) == PERSONS
    assert [person for person, leads in firsts.items() if len(leads) > 1 and not _joined(person, found)] == []
    assert len(alone) <= PERSONS * 1.5  # by e-mail alone and by phone alone nobody knows of the other until the third comes


def _joined(person: str, found: Sequence[tuple[str, Identified]]) -> bool:
    """Whether a lead of the person showed that two first ones are one: who told both mailbox and phone came last."""
    return any(who.match is not None and who.match.joined for name, who in found if str(int(name[3:], 16) // 10) == person)


def test_a_batch_done_again_by_another_worker_is_decided_alike(redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """A worker dies after it asked and before it committed; who takes over finds each lead as it was, none its own duplicate."""
    batch = [(person, source) for person in range(20) for source in range(3)]
    first = decided(stage(redis_server, topic_prefix), batch)
    again = decided(stage(redis_server, topic_prefix), batch)
    assert [(name, who.dedupe, who.duplicate_of, who.subject) for name, who in first] == [
        (name, who.dedupe, who.duplicate_of, who.subject) for name, who in again
    ]
    assert not [name for name, who in again if who.duplicate_of == name]


def test_one_round_trip_a_batch(redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """Whatever a batch holds, and what was decided before: Redis is called once."""
    mine, probe = stage(redis_server, topic_prefix), connected(redis_server)
    decided(mine, [(1, 0), (1, 1)])  # the script is loaded, and there is a link to tell
    before = probe.info("commandstats")["cmdstat_evalsha"]["calls"]
    decided(mine, [(person, source) for person in range(1, 40) for source in range(3)])
    assert probe.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1
