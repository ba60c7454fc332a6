"""The client of an external registry, over real HTTP: against our own server, one that takes writes, and ones that fail."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.edges.registry.client import UNKNOWN_FOR_S, Registry, connect
from app.edges.registry.codec import AvroCodec
from app.edges.registry.runner import serving_in_thread
from app.edges.registry.schemas import Schemas
from app.edges.registry.server import app
from app.errors import BadRecord, ConfigurationError, EdgeDown
from app.settings import RegistrySettings

DIRECTORY = Path(__file__).parents[2] / "schemas"
SCHEMAS = Schemas.load(DIRECTORY)
BY_NAME = {SCHEMAS.latest(record).subject: record for record in SCHEMAS.records}
INQUIRY = json.loads((DIRECTORY / "partner_lead/examples/full.json").read_text("utf-8"))


class Writable:
    """A registry over real HTTP that takes writes, numbers schemas itself and forgets nothing."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.held: dict[str, list[str]] = {}
        self.levels: dict[str, str] = {}
        self.app = web.Application()
        self.app.router.add_post("/subjects/{subject}/versions", self.register)
        self.app.router.add_post("/subjects/{subject}", self.lookup)
        self.app.router.add_get("/schemas/ids/{id}", self.schema)
        self.app.router.add_put("/config/{subject}", self.configure)

    async def register(self, request: web.Request) -> web.Response:
        subject, text = request.match_info["subject"], (await request.json())["schema"]
        if self.levels.get(subject) == "closed":
            return web.json_response({"error_code": 409, "message": "incompatible"}, status=409)
        if text not in self.texts:
            self.texts.append(text)
        held = self.held.setdefault(subject, [])
        if text not in held:
            held.append(text)
        return web.json_response({"id": 1_000 + self.texts.index(text)})

    async def lookup(self, request: web.Request) -> web.Response:
        subject, text = request.match_info["subject"], (await request.json())["schema"]
        if text not in self.held.get(subject, ()):
            return web.json_response({"error_code": 40403, "message": "Schema not found"}, status=404)
        version, number = self.held[subject].index(text) + 1, 1_000 + self.texts.index(text)
        return web.json_response({"subject": subject, "id": number, "version": version, "schema": text})

    async def schema(self, request: web.Request) -> web.Response:
        return web.json_response({"schema": self.texts[int(request.match_info["id"]) - 1_000]})

    async def configure(self, request: web.Request) -> web.Response:
        self.levels[request.match_info["subject"]] = (await request.json())["compatibility"]
        return web.json_response({})


@contextmanager
def registry_at(settings: RegistrySettings | str, timer: Callable[[], float] | None = None) -> Iterator[Registry]:
    registry = Registry(connect(RegistrySettings(url=settings) if isinstance(settings, str) else settings), timer)
    try:
        yield registry
    finally:
        registry.close()


@pytest.fixture
def ours() -> Iterator[str]:
    with serving_in_thread(app(SCHEMAS, BY_NAME)) as url:
        yield url


def _answering(status: int) -> web.Application:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error_code": status, "message": "no"}, status=status)

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    return application


def test_registering_then_looking_up() -> None:
    """Every version gets the registry's id, again the same when repeated, and a codec with these ids reads and writes."""
    there = Writable()
    with serving_in_thread(there.app) as url, registry_at(url) as registry:
        registered = registry.register_all(SCHEMAS, BY_NAME)
        assert registered == registry.register_all(SCHEMAS, BY_NAME)
        ids = registry.ids(SCHEMAS)
        codec = AvroCodec(SCHEMAS, ids, registry.fetch)
        assert ids["partner_lead", 2] == registered["io.leadstream.PartnerLead"][1]
        assert codec.encode("partner_lead", INQUIRY)[1:5] == ids["partner_lead", 2].to_bytes(4, "big")
        assert codec.decode(codec.encode("partner_lead", INQUIRY), "partner_lead") == INQUIRY
    assert there.levels == {SCHEMAS.latest(record).subject: SCHEMAS.latest(record).compatibility for record in SCHEMAS.records}


def test_a_writer_schema_comes_from_the_registry() -> None:
    """A partner's own version, registered by the partner, is fetched by its id and read."""
    there = Writable()
    theirs = SCHEMAS.latest("partner_lead").avro
    theirs["fields"].append({"name": "shoe_size", "type": "int", "default": 0})
    there.texts.append(json.dumps(theirs))
    with serving_in_thread(there.app) as url, registry_at(url) as registry:
        codec = AvroCodec(SCHEMAS, fetch=registry.fetch)
        body = codec.encode("partner_lead", INQUIRY)[5:] + b"\x56"
        assert codec.decode((1_000).to_bytes(5, "big") + body, "partner_lead") == {**INQUIRY, "shoe_size": 43}


def test_an_incompatible_schema_is_not_registered() -> None:
    """The registry's refusal stops the command, and names subject and record."""
    there = Writable()
    there.levels["io.leadstream.Spend"] = "closed"
    with serving_in_thread(there.app) as url, registry_at(url) as registry, pytest.raises(ConfigurationError) as caught:
        registry.register_all(SCHEMAS, {"io.leadstream.Spend": "spend"})
    assert "refuses spend under io.leadstream.Spend: incompatible" in str(caught.value)


def test_a_worker_does_not_register() -> None:
    """A schema that is missing stops the start and names the command; nothing is written."""
    there = Writable()
    with serving_in_thread(there.app) as url, registry_at(url) as registry, pytest.raises(ConfigurationError) as caught:
        registry.ids(SCHEMAS)
    assert "run `leadstream schemas`" in str(caught.value)
    assert there.held == {}


def test_ids_are_those_of_the_registry_asked(ours: str) -> None:
    """Against our own read-only registry the ids are those of registry.yaml."""
    with registry_at(ours) as registry:
        ids = registry.ids(SCHEMAS)
    assert ids == {(schema.record, schema.version): schema.id for schema in SCHEMAS.all()}


def test_an_unknown_id_is_asked_for_again_after_a_while() -> None:
    """An id that the registry does not know is not asked for with every record, but it may be registered later."""
    asked, now = [], [0.0]

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"error_code": 40403, "message": "Schema not found"}, status=404)

    application = web.Application()
    application.router.add_get("/schemas/ids/{id}", answer)
    with serving_in_thread(application) as url, registry_at(url, timer=lambda: now[0]) as registry:
        assert [registry.fetch(77), registry.fetch(77), len(asked)] == [None, None, 1]
        now[0] = UNKNOWN_FOR_S + 1
        assert [registry.fetch(77), len(asked)] == [None, 2]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_failing_registry_is_down(status: int) -> None:
    """An error of the server says nothing about the record: it waits."""
    with serving_in_thread(_answering(status)) as url, registry_at(url) as registry:
        for attempt in (
            lambda: registry.fetch(77),
            lambda: registry.ids(SCHEMAS),
            lambda: registry.register_all(SCHEMAS, BY_NAME),
        ):
            with pytest.raises(EdgeDown):
                attempt()


def test_a_registry_that_is_not_there_is_down() -> None:
    """Nobody listens: the codec raises EdgeDown, not BadRecord."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with registry_at(f"http://127.0.0.1:{held.getsockname()[1]}") as registry, pytest.raises(EdgeDown):
            AvroCodec(SCHEMAS, fetch=registry.fetch).decode(b"\0\0\0\x03\xe7rest", "partner_lead")


def test_wrong_credentials_need_a_person() -> None:
    """A registry that refuses our credentials is a matter of configuration, and the message does not hold them."""
    with serving_in_thread(_answering(401)) as url:
        settings = RegistrySettings(url=url, basic_auth_user_info=SecretStr("leadstream:canary-7"))
        with registry_at(settings) as registry, pytest.raises(ConfigurationError, match="BASIC_AUTH") as caught:
            registry.fetch(77)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        RegistrySettings(url=None),
        RegistrySettings(url="ftp://registry"),
        RegistrySettings(url="http://registry", basic_auth_user_info=SecretStr("canary-without-colon")),
    ],
    ids=["none", "scheme", "auth"],
)
def test_unusable_settings_are_refused(settings: RegistrySettings) -> None:
    """Settings that cannot work stop the start with a sentence about them, without the secret."""
    with pytest.raises(ConfigurationError, match="SCHEMA_REGISTRY_") as caught:
        connect(settings)
    assert "canary" not in str(caught.value)


def test_our_server_refuses_to_be_registered_at(ours: str) -> None:
    """Registering at a read-only registry ends with a configuration error."""
    with registry_at(ours) as registry, pytest.raises(ConfigurationError, match="refuses"):
        registry.register_all(SCHEMAS, {"new": "spend"})


def test_an_unknown_id_becomes_a_dead_letter(ours: str) -> None:
    """The registry answers and does not know the id: the record is bad, and repairable."""
    with registry_at(ours) as registry, pytest.raises(BadRecord) as caught:
        AvroCodec(SCHEMAS, fetch=registry.fetch).decode(b"\0\0\0\x03\xe7rest", "partner_lead")
    assert (caught.value.reason, caught.value.repairable) == ("unknown_schema_id", True)
