"""The catalogue of repair rules: complete, and printed as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.pipeline.validation.rules import RULES

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app/pipeline/validation").glob("*.py"))


def test_the_documentation_prints_the_catalogue() -> None:
    """docs/repairs.md has each rule with its meaning, word for word."""
    text = (ROOT / "docs/repairs.md").read_text("utf-8")
    assert [rule for rule, meaning in RULES.items() if f"| `{rule}` | {meaning} |" not in text] == []


def named_rules(call: ast.Call) -> list[str]:
    """The rules that a call names: notes.repair(field, rule, …), rules.append(rule), became(text, rule)."""
    match call.func:
        case ast.Attribute(attr="repair") | ast.Name(id="became"):
            given = call.args[1:]
        case ast.Attribute(value=ast.Name(id="rules"), attr="append"):
            given = call.args
        case _:
            return []
    return [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.name))
def test_no_rule_is_missing(path: Path) -> None:
    """Whatever the code names as a rule is in the catalogue."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert [rule for call in calls for rule in named_rules(call) if rule not in RULES] == []


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_is_invented(rule: str) -> None:
    """Each rule of the catalogue stands in the code."""
    assert any(f'"{rule}"' in path.read_text("utf-8") for path in SOURCES if path.name != "rules.py")
