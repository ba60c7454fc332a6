"""Every route of the API, asked by everybody there is: the routes come from the router, what is expected from the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.access.table import AUDITED, ROLES, ROUTES, Role, may
from app.edges.web.gate import Way, ways
from tests.harness.doors import House, token

LEAST: dict[str, Role | None] = {  # a second pair of eyes on the table: the least role of each route; None: nobody is asked
    "log_in": None,
    "who_am_i": "viewer",
    "log_out": "viewer",
    "openapi": "viewer",
    "list_reviews": "viewer",
    "count_reviews": "viewer",
    "measure_precision": "viewer",
    "follow": "viewer",
    "open_review": "reviewer",
    "claim_next": "reviewer",
    "claim": "reviewer",
    "renew": "reviewer",
    "release": "reviewer",
    "say": "reviewer",
    "bulk": "reviewer",
}
PATHS = {"{lead_id}": "ld_" + "0" * 20, "{verdict_id}": "vd_1"}
HOUSE = House()
STRANGERS: dict[str, dict[str, str]] = {
    "anonymous": {},
    "empty": {"Authorization": ""},
    "no_token": {"Authorization": "Bearer"},
    "nonsense": {"Authorization": "Bearer nonsense"},
    "unknown": {"Authorization": f"Bearer {token(99)}"},
    "half_known": {"Authorization": f"Bearer {token(3)[:20]}{token(99)[20:]}"},
    "basic": {"Authorization": "Basic b3BlcmF0b3ItMTpjb3JyZWN0"},
    "disabled": {"Authorization": f"Bearer {token(4)}"},
    "expired": {"Authorization": f"Bearer {token(5)}"},
    "old_token": {"Authorization": f"Bearer {token(6)}"},
    "forged_cookie": {"Cookie": "leadstream-session=WyJhIiwib3BlcmF0b3ItMSIsMCwiIl0.AAAA"},
    "bad_token_good_header": {"Authorization": "Bearer x", "Leadstream-Reviewer": "operator-1"},
    "header_alone": {"Leadstream-Reviewer": "operator-1"},
    "no_proxy": {"Leadstream-Proxy-Secret": "guess", "X-Forwarded-User": "operator-1"},
}
KNOWN: dict[Role, int] = {"viewer": 1, "reviewer": 2, "operator": 3}


def calls() -> Iterator[tuple[Way, str, str]]:
    """Route, method, path: all that the router knows."""
    paths = [(way, way.path.pattern) for way in ways(HOUSE.application)]
    for way, pattern in paths:
        path = pattern.removeprefix("^").removesuffix("$").replace("\\", "")
        for name, value in PATHS.items():
            path = path.replace(f"(?P<{name[1:-1]}>[^/]+)", value)
        assert way.methods is not None
        for method in sorted(way.methods):
            yield way, method, path


CALLS = list(calls())
EACH = pytest.mark.parametrize(("way", "method", "path"), CALLS, ids=[f"{method} {path}" for _, method, path in CALLS])


def test_each_route_is_classified_and_the_table_names_no_other() -> None:
    """A new route fails here until somebody has said in app/access/table.py, and above, who may use it."""
    there = {way.name for way, _, _ in CALLS}
    assert there == set(ROUTES) == set(LEAST)
    for name, least in LEAST.items():
        may_use = [role for role in ROLES if may(role, ROUTES[name])]
        assert may_use == list(ROLES)[list(ROLES).index(least or "viewer") :], name
        assert (ROUTES[name] == "public") == (least is None)


@EACH
@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_gets_in_without_being_known(way: Way, method: str, path: str, who: str) -> None:
    """401, with the same words whatever is wrong, before the body is looked at; logging in is the one thing that all may try."""
    HOUSE.now_ms += 2_000  # who shows something wrong may not do so without end
    answer = HOUSE.asks(None, **STRANGERS[who]).request(method, path, content=b"{")
    if ROUTES[way.name] == "public":
        assert answer.status_code == 422
        return
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    if method != "HEAD":
        assert answer.json() == HOUSE.asks().get("/v1/session").json()


@EACH
@pytest.mark.parametrize("role", KNOWN)
def test_each_role_may_what_the_table_says_and_nothing_else(way: Way, method: str, path: str, role: Role) -> None:
    """403 where the role may not, whatever is sent; else the request goes on to what it asks for."""
    answer = HOUSE.asks(KNOWN[role]).request(method, path)
    if may(role, ROUTES[way.name]):
        assert answer.status_code not in (401, 403), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


def test_roles_grow() -> None:
    """A reviewer may all that a viewer may, an operator all that a reviewer may; viewers may nothing that is written down."""
    assert ROLES["viewer"] < ROLES["reviewer"] < ROLES["operator"]
    assert not ROLES["viewer"] & AUDITED
    assert ROLES["operator"] - ROLES["viewer"] == AUDITED


def test_what_viewers_see_holds_no_lead() -> None:
    """No answer that needs only `see` is built of a lead's fields."""

    def parts_of(told: Any, seen: set[str]) -> set[str]:
        for value in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
            if isinstance(value, str) and value.startswith("#/components/schemas/"):
                name = value.rpartition("/")[2]
                if name not in seen:
                    seen.add(name)
                    parts_of(described["components"]["schemas"][name], seen)
            else:
                parts_of(value, seen)
        return seen

    described = HOUSE.application.openapi()
    operations = [told for path in described["paths"].values() for told in path.values()]
    seen = {told["operationId"]: parts_of(told["responses"]["200"], set()) for told in operations if told["x-needs"] == "see"}
    assert {"list_reviews", "count_reviews", "measure_precision", "follow"} == set(seen)
    assert not any({"Opened", "FieldShown", "Claimed"} & parts for parts in seen.values())
    opened = next(told for told in operations if told["operationId"] == "open_review")
    assert "Opened" in parts_of(opened["responses"]["200"], set())


def test_a_route_that_nobody_classified_is_served_to_nobody() -> None:
    """Neither a route, nor a mounted application, nor what comes over a web socket."""
    house = House()

    @house.application.get("/new")
    def new() -> str:
        return "secret"

    house.application.mount("/mounted", Starlette(), name="mounted")
    for path in ("/new", "/mounted/x"):
        assert house.asks().get(path).status_code == 401
        assert house.asks(3).get(path).status_code == 403


def test_a_gate_that_means_another_route_than_the_router_lets_nobody_in() -> None:
    """The second line: what is served is checked against what was let in."""
    house = House(ready=True)
    client = house.asks(1)
    assert client.get("/v1/reviews/counts").status_code == 200
    gate: Any = house.application.middleware_stack
    while not hasattr(gate, "_ways"):
        gate = gate.__dict__.get("_app") or gate.app
    gate._ways = tuple(Way("count_reviews", way.methods, way.path) for way in gate._ways)
    assert client.get("/v1/reviews/counts").status_code == 200
    for method, path in (("GET", "/v1/reviews/ld_" + "0" * 20), ("GET", "/v1/reviews")):
        assert client.request(method, path).status_code == 500


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/docs", 404), ("GET", "/v1/reviews/", 404), ("PATCH", "/v1/reviews", 405), ("TRACE", "/x", 404)],
)
def test_what_is_not_there_is_told_to_who_is_known_alone(method: str, path: str, status: int) -> None:
    """Strangers learn nothing of which addresses there are."""
    assert HOUSE.asks().request(method, path).status_code == 401
    assert HOUSE.asks(1).request(method, path).status_code == status


def test_a_lead_that_is_there_looks_to_who_may_not_open_it_like_one_that_is_not() -> None:
    """403 comes by the route alone: nobody learns which ids there are by asking for them."""
    answers = [HOUSE.asks(1).get(f"/v1/reviews/{lead}") for lead in ("ld_" + "0" * 20, "ld_" + "a" * 20, "nonsense")]
    assert len({(one.status_code, one.text) for one in answers}) == 1


def test_who_am_i() -> None:
    """Id, role and permissions; a token needs no form token."""
    told = HOUSE.asks(2).get("/v1/session").json()
    assert (told["id"], told["role"], told["how"], told["form_token"]) == ("reviewer-1", "reviewer", "token", None)
    assert set(told["permissions"]) == ROLES["reviewer"]


def test_websockets_are_closed() -> None:
    """There are none."""
    with pytest.raises(Exception), TestClient(HOUSE.application).websocket_connect("/v1/reviews"):  # noqa: B017, PT011
        pass
