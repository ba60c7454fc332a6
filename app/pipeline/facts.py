"""What a source declares that scoring may look at (`features`), and what only the audit of fairness is told (`sensitive`).

Read from the payload as it came, by paths of their own: whatever the mapping makes of a value, a declared path gives it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.inventory.models import Source
from app.inventory.paths import Index, Inside, Name, Selector, Step, parse, render
from app.pipeline.attributes import clean, scalar, text_of
from app.pipeline.features import bounded_free_text
from app.pipeline.inside import open_as
from app.pipeline.mapping import said_under

MAX_TEXT: Final = 200  # characters of a value that are looked at
_CONTAINERS: Final = (dict, list, tuple)

Told = dict[str, str]
"""Path → text; "" where nothing stands there."""


class Facts:
    """The declared paths of one source, compiled.

    Args:
        source: Its declaration; a path that cannot be read is a PathError, as of its mapping.
    """

    def __init__(self, source: Source) -> None:
        self._features, self._sensitive = _compiled(source.features), _compiled(source.sensitive)

    def __bool__(self) -> bool:
        """Whether the source declares anything of the kind."""
        return bool(self._features or self._sensitive)

    def of(self, payload: dict[str, Any]) -> tuple[Told, Told]:
        """What scoring may look at, as written; and the sensitive attributes, as bounded categories. Never raises."""
        facts = {path: _text(payload, name, steps) for path, name, steps in self._features}
        groups = {path: bounded_free_text(_text(payload, name, steps)) for path, name, steps in self._sensitive}
        return facts, groups


_Compiled = tuple[str, str | None, tuple[Step, ...]]  # how it is called, the member where it is one at the top, the steps


def _compiled(paths: Sequence[str]) -> tuple[_Compiled, ...]:
    found: dict[str, _Compiled] = {}
    for path in paths:
        steps = parse(path)
        only = steps[0].name if len(steps) == 1 and isinstance(steps[0], Name) else None
        found[render(steps)] = render(steps), only, steps
    return tuple(found.values())


def _text(payload: dict[str, Any], name: str | None, steps: tuple[Step, ...]) -> str:
    value = payload.get(name) if name is not None else _at(payload, steps)
    if type(value) is not str:
        if type(value) is list or type(value) is tuple:  # of plain values the first that is not blank stands for the list
            value = next((one for one in value if type(one) not in _CONTAINERS and scalar(one) is not None), None)
        if value is None or type(value) is dict:
            return ""
        value = text_of(value)
    return clean(value[:MAX_TEXT]).strip()


def _at(value: Any, steps: tuple[Step, ...]) -> Any:
    """What stands at the end of a path; None where it leads nowhere."""
    for step in steps:
        match step:
            case Name(name):
                value = value.get(name) if type(value) is dict else None
            case Index(n):
                value = value[n] if (type(value) is list or type(value) is tuple) and n < len(value) else None
            case Selector(key, wanted):
                elements = value if type(value) is list or type(value) is tuple else ()
                value = next((one for one in elements if said_under(one, key) == wanted), None)
            case Inside(what):
                value = open_as(what, clean(value)) if type(value) is str else None
    return value
