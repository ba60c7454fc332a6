"""`leadstream verdict` and `unmerge`: what they refuse before anybody is asked."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from app.cli import app

LEAD = "ld_" + "0" * 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["unmerge", "ld_1", "--by", "sales"], "no lead id"),
        (["unmerge", LEAD, "--by", "jo@example.com"], "personal data"),
        (["unmerge", LEAD], "--by"),
        (["verdict", LEAD, "reroute", "--by", "sales"], "--team"),
        (["verdict", LEAD, "forget", "--by", "sales"], "forget"),
        (["verdict", LEAD, "reject", "--by", "sales", "--reason", "Jo Doe rang"], "not_a_customer"),
        (["verdict", LEAD, "approve", "--by", "steward"], "leadstream's own"),
        (["verdict", LEAD, "approve", "--by", "sales", "--correct", "company"], "FIELD=VALUE"),
        (["verdict", LEAD, "approve", "--by", "sales", "--correct", "lead_id=x"], "cannot be corrected"),
        (["verdict", LEAD, "approve", "--by", "sales", "--correct", "budget=much"], "cannot be corrected"),
        (["verdict", LEAD, "merge", "--by", "sales", "--into", "somebody"], "no lead id"),
    ],
)
def test_wrong_usage_is_said_before_kafka_is_asked(arguments: list[str], said: str) -> None:
    """Exit 2 and what is wrong, without any cluster."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert result.exit_code == 2
    assert said in result.output
