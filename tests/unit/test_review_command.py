"""`leadstream review`: what it refuses before anybody is asked, and how the queue looks in a terminal."""

from __future__ import annotations

import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner

from app.cli import app
from app.commands import review_shown
from app.edges.web import examples

LEAD = "ld_" + "0" * 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["approve", LEAD, "--by", "jo@example.com"], "personal data"),
        (["approve", LEAD, "--by", "sales", "--correct", "company"], "FIELD=VALUE"),
        (["reroute", LEAD, "--by", "sales"], "--team"),
        (["reject", LEAD, "--by", "sales"], "--why"),
        (["bulk", "shrug", "--by", "sales"], "shrug"),
        (["list", "--band", "tepid"], "tepid"),
    ],
)
def test_wrong_usage_is_said_before_the_api_is_asked(arguments: list[str], said: str) -> None:
    """Exit 2 and what is wrong."""
    result = CliRunner().invoke(app, ["review", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert result.exit_code == 2
    assert said in result.output


def told(shown: RenderableType) -> str:
    console = Console(width=160, no_color=True)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_values_of_leads_are_text_and_steer_nothing() -> None:
    """What a stranger typed into a form cannot colour or hide what a reviewer reads."""
    field = examples.OPENED["fields"][0] | {"value": "[red]Acme[/red] [link=x]\x1b[2J"}
    shown = told(review_shown.opened(examples.OPENED | {"fields": [field], "attributes": {"[b]": "[/b] x"}}))
    assert "[red]Acme[/red] [link=x]" in shown
    assert "[b]: [/b] x" in shown
    assert "\x1b" not in shown


def test_a_list_says_what_matters_first() -> None:
    """Band, team, waiting, reasons, who has it; that there is more, and that nobody knows of claims."""
    page = {"items": [examples.SUMMARY], "next": "abc", "claims_known": False}
    shown = told(review_shown.listed(page))
    for part in (examples.LEAD, "hot", "dach-sales", "email:placeholder", "sales-3", "--all", "Redis does not answer"):
        assert part in shown
