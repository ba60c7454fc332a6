"""Definitions of forms beside the sources: what the ids mean that answers carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from app.inventory.forms import read_forms
from app.inventory.models import Ladder as Limits
from app.inventory.problems import Problem
from app.inventory.undeclared import undeclared
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.mapping import compile_mapping

DEFINITION = {
    "id": 77,
    "content": {
        "questions": [
            {"questionId": 901, "question": {"localized": {"de_DE": "Vorname"}}, "predefinedField": "FIRST_NAME"},
            {"questionId": 902, "question": {"localized": {"de_DE": "Geschäftliche E-Mail-Adresse"}}, "name": "mail"},
            {"questionId": 903, "question": {"localized": {"de_DE": "Was können wir für Sie tun?"}}, "name": "q3"},
        ]
    },
}
ANSWERS: dict[str, Any] = {
    "formResponse": {
        "answers": [
            {"answerDetails": {"textQuestionAnswer": {"answer": "Jonte"}}, "questionId": 901},
            {"answerDetails": {"textQuestionAnswer": {"answer": "jonte@example.de"}}, "questionId": 902},
            {"answerDetails": {"textQuestionAnswer": {"answer": "Bitte rufen Sie an."}}, "questionId": 903},
        ]
    }
}


def climbed(forms: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    source = undeclared("lead-gen")
    return Ladder(Limits(), forms=forms).climb(compile_mapping(source).map(ANSWERS), source).fields


def test_answers_are_joined_with_their_form() -> None:
    """Answers that carry nothing but ids are named by the definition that lies beside the sources."""
    assert climbed({"lead-gen": (DEFINITION,)}) == {
        "first_name": "Jonte",
        "email": "jonte@example.de",
        "message": "Bitte rufen Sie an.",
    }


def test_the_form_of_another_source_says_nothing() -> None:
    """Ids are the vendor's of that source, and mean other things elsewhere."""
    assert "first_name" not in climbed({"another": (DEFINITION,)})


def test_definitions_are_read_by_source(tmp_path: Path) -> None:
    """A file of the source's name, or a folder of that name with several."""
    (tmp_path / "one.json").write_bytes(orjson.dumps(DEFINITION))
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "a.json").write_bytes(b"[1]")
    (tmp_path / "two" / "b.json").write_bytes(b"[2]")
    problems: list[Problem] = []
    assert read_forms(tmp_path, problems) == {"one": (DEFINITION,), "two": ([1], [2])}
    assert problems == []


def test_a_definition_that_is_no_json_is_told(tmp_path: Path) -> None:
    """With file and line; the others are read."""
    (tmp_path / "one.json").write_text("{\n]")
    problems: list[Problem] = []
    assert read_forms(tmp_path, problems) == {}
    assert [(problem.file, problem.what) for problem in problems] == [(str(tmp_path / "one.json"), "is no JSON")]


def test_no_folder_is_no_form(tmp_path: Path) -> None:
    """Most installations have none."""
    assert read_forms(tmp_path / "forms", []) == {}
