"""The API's description: valid, complete, and with examples that are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.access.credentials import TOKEN_BYTES, TOKEN_ID_BYTES, Keys, token_hash, token_of
from app.access.table import ROUTES
from app.edges.web import examples
from app.edges.web.app import create
from app.edges.web.door import Door
from app.edges.web.problems import Problem
from app.edges.web.shapes import Accepted, Became, Bulk, Claim
from app.ops import metrics_review
from app.review.saying import Draft, objections
from app.review.view import Opened, Summary
from tests.harness.doors import parts

METHODS = ("get", "post", "put", "delete")


KEYS = Keys.of(b"secret of the test")
TOKEN = token_of(b"t" * TOKEN_ID_BYTES, b"r" * TOKEN_BYTES)
DOOR = Door(KEYS, local=token_hash(TOKEN, KEYS.tokens))


def asking(application: FastAPI) -> TestClient:
    """Who may do everything."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return TestClient(application, base_url="http://localhost", headers=headers)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return create(parts(), DOOR).openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, told in described["paths"].items():
        for method in METHODS:
            if method in told:
                yield f"{method} {path}", told[method]


def references(told: Any) -> Iterator[str]:
    """Every $ref in it."""
    match told:
        case {"$ref": str(name)}:
            yield name
        case dict():
            for value in told.values():
                yield from references(value)
        case list():
            for value in told:
                yield from references(value)


def test_it_is_openapi_and_refers_to_nothing_that_is_not_there(described: dict[str, Any]) -> None:
    """Version 3.1, unique names of operations, each reference found, each part of the description used."""
    assert described["openapi"].startswith("3.1")
    names = [told["operationId"] for _, told in operations(described)]
    assert len(names) == len(set(names)) == 14
    schemas = described["components"]["schemas"]
    used = {name.removeprefix("#/components/schemas/") for name in references(described)}
    assert used == set(schemas)


def test_every_error_is_a_problem_with_an_example(described: dict[str, Any]) -> None:
    """RFC 9457's media type and our shape, wherever something can go wrong; each route says what it can answer."""
    for name, told in operations(described):
        assert told["summary"], name
        errors = {code: answer for code, answer in told["responses"].items() if int(code) >= 400}
        assert "422" in errors, name
        assert "503" in errors, name
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"]
            assert answer["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_operation_says_who_may(described: dict[str, Any]) -> None:
    """The permission, and how to show who asks; nothing but logging in is for everybody. Nothing is changed by nobody."""
    schemes = described["components"]["securitySchemes"]
    for name, told in operations(described):
        assert told["x-needs"] == ROUTES[told["operationId"]]
        assert (told["security"] == []) == (told["operationId"] == "log_in"), name
        assert {scheme for way in told["security"] for scheme in way} <= set(schemes)
        assert {"401", "429"} <= set(told["responses"]), name
        headers = {one["name"].lower() for one in told.get("parameters", ()) if one["in"] == "header"}
        write = not name.startswith("get ") and "/session" not in name
        assert ("leadstream-reviewer" in headers) == write, name


def test_the_examples_are_true() -> None:
    """Each fits its shape, and nothing is wrong with the verdicts."""
    pairs: list[tuple[type[BaseModel], dict[str, Any]]]
    pairs = [(Summary, examples.SUMMARY), (Opened, examples.OPENED), (Claim, examples.CLAIM), (Accepted, examples.ACCEPTED)]
    pairs += [(Became, examples.BECAME), (Problem, examples.PROBLEM)]
    for shape, example in pairs:
        told = shape.model_validate(example).model_dump()
        assert {name: told[name] for name in example} == example
    for draft in examples.DRAFTS.values():
        assert objections(Draft.model_validate(draft["value"])) == []
    for bulk in Bulk.model_config["json_schema_extra"]["examples"]:  # type: ignore[index, union-attr]
        Bulk.model_validate(bulk)


def test_nothing_is_told_before_the_queue_is_read() -> None:
    """An empty list would be a lie: 503, and when to ask again."""
    client = asking(create(parts(ready=False), DOOR))
    for path in ("/v1/reviews", "/v1/reviews/counts", "/v1/verdicts/vd_1", "/v1/reviews/ld_" + "0" * 20):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "/problems/catching-up", "5")


def test_a_bug_is_a_problem_too_and_says_nothing_of_what_was_sent() -> None:
    """500 with a type; the words of the exception stay in the log."""
    broken = parts()
    broken.store.close()
    with capture_logs() as logged:
        answer = asking(create(broken, DOOR)).get("/v1/verdicts/vd_1?of=jo@example.com")
    assert [one["event"] for one in logged] == ["request_failed"]
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "example.com" not in answer.text


def test_each_request_is_counted_by_its_route_and_never_by_what_it_asks_for() -> None:
    """Labels are names of routes; addresses hold lead ids."""
    before = dict(counted())
    client = asking(create(parts(), DOOR))
    client.get("/v1/reviews/counts")
    client.get("/v1/reviews/ld_1")
    client.get("/v2/ld_1")
    more = {labels: value - before.get(labels, 0) for labels, value in counted() if value != before.get(labels, 0)}
    assert more == {("count_reviews", "200"): 1, ("open_review", "422"): 1, ("unknown", "404"): 1}


def counted() -> Iterator[tuple[tuple[str, str], float]]:
    for family in metrics_review.requests.collect():
        for sample in family.samples:
            if sample.name.endswith("_total"):
                yield (sample.labels["route"], sample.labels["status"]), sample.value
