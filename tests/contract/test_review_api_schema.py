"""Whatever fits the description of the API, or just does not, is answered as the description says; nothing of it is a bug."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from structlog.testing import capture_logs

from app.edges.redis.leases import Leases
from app.edges.web.app import create
from app.edges.web.door import Door
from app.settings import ApiSettings
from tests.harness.doors import KEYS, PEOPLE, parts, token

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is absent: it comes with the dev group")
EXAMPLES = 6


class NoLeases:
    """Nothing is claimed, and nothing can be."""

    def take(self, leads: list[str], *_: Any) -> None:
        return None

    def renew(self, *_: Any) -> bool:
        return False

    release = renew

    def holders(self, leads: list[str]) -> list[None]:
        return [None] * len(leads)


class NoRecords:
    """No lead was ever decided."""

    def decision(self, _: str) -> None:
        return None

    def fetch(self, *_: Any) -> None:
        return None


class NoShelf:
    """Nothing stands anywhere."""

    records, book = NoRecords(), NoRecords()


DOOR = Door(KEYS, lambda: PEOPLE, settings=ApiSettings(rate=10_000))
APPLICATION = create(
    replace(parts(), leases=cast(Leases, NoLeases()), shelf=cast(Any, NoShelf())), DOOR, ["testserver", "localhost"]
)
SHOWN = {"Authorization": f"Bearer {token(3)}"}
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APPLICATION, headers=SHOWN)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@SCHEMA.exclude(path_regex="^/v1/session").parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
def test_every_answer_is_one_that_the_description_names(case: Any) -> None:
    """Status, media type and shape, of what an operator asks; never 500."""
    with capture_logs() as logged:
        answer = case.call(base_url="http://localhost", headers=SHOWN)
    assert answer.status_code < 500, (answer.text, logged)
    case.validate_response(answer, checks=CHECKS)
