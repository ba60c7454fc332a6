"""What is wrong with a configuration, said so that a person can mend it without asking anyone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.errors import ConfigurationError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. As text: `file:line: field: what is wrong; how to mend it`."""

    file: str
    line: int
    field: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.what}; {self.mend}"


class InventoryError(ConfigurationError):
    """The inventory cannot be run. `problems` holds all that is wrong with it, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """How to mend a name that is not known: the nearest one, else all of them."""
    names = sorted(known)
    near = get_close_matches(wrong, names, n=1, cutoff=0.6) or get_close_matches(wrong.lower(), names, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known are {', '.join(names)}" if names else "none are known"
