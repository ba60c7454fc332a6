"""What may a source's attributes be used for? `features` and `sensitive` are said by path, and no path is both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.inventory.checks import check_path
from app.inventory.lines import Document, Loc
from app.inventory.models import Source
from app.inventory.paths import PathError, Step, parse
from app.inventory.problems import Problem

MAX_FEATURES: Final = 64  # paths: a model that looks at more learns chance
MAX_SENSITIVE: Final = 16
# Fields that name or reach a person, or hold their own words: no feature, and no group to compare.
_PERSONAL: Final = (
    *("email", "phone", "full_name", "first_name", "last_name", "street", "message", "ip", "user_agent"),
    *("event_id", "customer_id", "visitor_id", "click_id", "page_url", "referrer"),
)


def check_purposes(source: Source, document: Document) -> Iterator[Problem]:
    """All that is wrong with what a source declares of its attributes."""
    personal = {
        steps: name
        for name in _PERSONAL
        for path in _paths(source.mapping.fields.get(name, ()))
        if (steps := _steps(path)) is not None
    }
    features = {steps for path in source.features if (steps := _steps(path)) is not None}
    for setting, paths, most in (("features", source.features, MAX_FEATURES), ("sensitive", source.sensitive, MAX_SENSITIVE)):
        if len(paths) > most:
            yield document.problem((setting,), f"lists {len(paths)} paths", f"list {most} at most: those that matter")
        met: set[tuple[Step, ...]] = set()
        for n, path in enumerate(paths):
            at: Loc = (setting, n)
            yield from check_path(source, document, at, path)
            steps = _steps(path)
            if steps is None:
                continue
            if steps in personal:
                what = f"the path {path} is mapped to {personal[steps]}, which is personal"
                yield document.problem(at, what, "remove it: scoring and audits need no contact data")
            if setting == "sensitive" and steps in features:
                what = f"the path {path} stands under features, too: a sensitive attribute never decides"
                yield document.problem(at, what, "remove it from one of the two")
            if steps in met:
                yield document.problem(at, f"the path {path} is listed twice", "remove one of them")
            met.add(steps)


def _paths(declared: str | tuple[str, ...]) -> tuple[str, ...]:
    return (declared,) if isinstance(declared, str) else declared


def _steps(path: str) -> tuple[Step, ...] | None:
    try:
        return parse(path)
    except PathError:
        return None  # said once, by `check_path`
