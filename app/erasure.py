"""Joins the parts of erasing and of telling what is held about a person; wiring.py has the rest."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from app.desk.roster import Roster
from app.edges.kafka.eraser import Parts, suppressing
from app.edges.kafka.eraser_deeds import Deeds, Team
from app.edges.kafka.eraser_inbound import Inbound
from app.edges.kafka.eraser_search import Search
from app.edges.kafka.names import Topics
from app.edges.kafka.topic_specs import declare
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.edges.redis.journeys import RedisJourneys
from app.edges.redis.leases import Leases
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.oblivion import Oblivion
from app.edges.registry.codec import AvroCodec
from app.inventory.models import Inventory
from app.pipeline.identified import subject_of
from app.pipeline.pseudonyms import Pseudonyms
from app.settings import AppSettings, KafkaSettings, RedisSettings


class Installed(Protocol):
    """What is needed of an `Installation`."""

    @property
    def app(self) -> AppSettings: ...
    @property
    def kafka(self) -> KafkaSettings: ...
    @property
    def redis(self) -> RedisSettings: ...
    @property
    def names(self) -> Topics: ...
    @property
    def codec(self) -> AvroCodec: ...
    @property
    def inventory(self) -> Inventory: ...
    @property
    def pseudonyms(self) -> Pseudonyms: ...
    def sources_now(self) -> list[str]: ...
    def match_index(self) -> RedisMatchIndex: ...
    def journeys_kept(self) -> RedisJourneys: ...


def search(one: Installed) -> Search:
    """Finds whose leads are whose."""
    sources = one.inventory.sources

    def regions(source: str) -> tuple[str, ...]:
        country = sources[source].default_country if source in sources else None
        return (country,) if country else ()

    teams = list(one.inventory.teams)
    return Search(one.kafka.client(), one.names, teams, one.codec.read_own, one.pseudonyms, regions)


def eraser_parts(one: Installed) -> Parts:
    """What the duty eraser works with."""
    client, names = one.kafka.client(), one.names
    teams = [Team(team.name, team.format, team.erasure == "tombstone") for team in one.inventory.teams.values()]
    desk = RedisDesk(connect(one.redis, text=False), names.prefix, lambda: Roster({}))
    journeys = one.journeys_kept() if one.app.behaviour else None
    leases = Leases(connect(one.redis), names.prefix)
    return Parts(
        client,
        names,
        one.codec,
        search(one),
        Deeds(client, names, teams, one.codec),
        Inbound(client, one.app.group, lambda: [names.inbound(source) for source in one.sources_now()]),
        Oblivion(one.match_index(), desk, journeys, leases, subject_of),
        {spec.name: spec.config for spec in declare(one.inventory, names, one.app)},
        partial(suppressing, names.suppressions, one.codec.encode),
    )
