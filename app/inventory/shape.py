"""Does a file have the shape of its model? pydantic judges, this says it in the file's own words and lines."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.inventory.lines import Document, Loc, spell
from app.inventory.problems import Problem, did_you_mean

Model = TypeVar("Model", bound=BaseModel)


def shaped(document: Document, data: Any, model: type[Model], at: Loc = ()) -> Model | None:
    """`data`, which stands in the document at `at`, as the model; None where it does not fit, and the document's
    problems say why."""
    if not isinstance(data, dict):
        found = "nothing" if data is None else "a single value" if not isinstance(data, list) else "a list"
        fields = ", ".join(name for name, info in model.model_fields.items() if info.is_required())
        document.problems.append(document.problem(at, f"holds {found}", f"write name: value lines; needed are {fields}"))
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        document.problems += _problems(document, error, model, at)
        return None


def _problems(document: Document, error: ValidationError, model: type[BaseModel], at: Loc) -> Iterator[Problem]:
    told = {problem.field for problem in document.problems}  # as YAML; what follows from it goes without saying
    for detail in error.errors(include_url=False, include_context=True):
        loc = _in_file(detail, at, document)
        if spell(loc) in told:  # a union complains once per member; the first says enough
            continue
        told.add(spell(loc))
        what, mend = _say(detail, model, document.written.get(loc))
        yield document.problem(loc, what, mend)


def _in_file(detail: ErrorDetails, at: Loc, document: Document) -> Loc:
    """Where it stands in the file: pydantic's location without the names of union members, which no file has."""
    full: Loc = at
    for part in detail["loc"]:
        if (*full, part) in document.lines:
            full = (*full, part)
    return (*full, detail["loc"][-1]) if detail["type"] == "missing" else full


def _say(detail: ErrorDetails, model: type[BaseModel], written: str | None) -> tuple[str, str]:
    """What is wrong, and how to mend it."""
    context: dict[str, Any] = detail.get("ctx") or {}
    value = detail["input"]
    match detail["type"]:
        case "extra_forbidden":
            owner = _model_at(model, detail["loc"][:-1])
            return "is not a known setting", did_you_mean(str(detail["loc"][-1]), owner.model_fields)
        case "missing":
            return "is missing", "add it"
        case "string_type" if isinstance(value, bool):
            return f"YAML reads {written} as {str(value).lower()}, not as text", f'put it in quotes: "{written}"'
        case "string_type":
            return "must be text", f'put it in quotes: "{written}"' if written else "write text"
        case "string_pattern_mismatch":
            return f'"{value}" does not fit {context.get("pattern")}', _pattern_hint(str(context.get("pattern")))
        case "literal_error":
            return f'"{value}" is not possible', f"use {context.get('expected')}"
        case "tuple_type" | "list_type":
            return "must be a list", "write it as [one, two]"
        case "model_type" | "dict_type":
            return "must hold name: value lines", "indent them below it"
        case "value_error":  # our own words: what, and after a semicolon how to mend it
            what, _, mend = str(context.get("error")).partition("; ")
            return what, mend or "correct the value"
        case _:
            return detail["msg"][0].lower() + detail["msg"][1:], "correct the value"


def _pattern_hint(pattern: str) -> str:
    if pattern.startswith("^[a-z]"):
        return "use lower-case letters, digits and hyphens, from a letter on, 2 to 41 characters"
    return "use capital letters, as in DE or EUR"


def _model_at(model: type[BaseModel], loc: tuple[Hashable, ...]) -> type[BaseModel]:
    """The model of the part that a location leads to."""
    for part in loc:
        info = model.model_fields.get(str(part)) if isinstance(part, str) else None
        inner = _model_in(info.annotation) if info else None
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
