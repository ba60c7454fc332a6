"""The file flags.yaml: how toggles stand until somebody changes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from app.flags.catalogue import CATALOGUE
from app.flags.definition import Definition, FlagError, known, problems
from app.inventory.entry import Entry
from app.inventory.lines import Document
from app.inventory.problems import Problem, did_you_mean


class Toggling(Entry):
    """The file. A flag that it does not name is on."""

    version: Annotated[int, Field(ge=1)] = 1
    flags: dict[str, Definition] = Field(default_factory=dict)


def check_toggling(
    file: Toggling, document: Document, teams: Collection[str] | None, sources: Collection[str] | None
) -> Iterator[Problem]:
    """All that is wrong with a file of the right shape."""
    for flag, definition in file.flags.items():
        at = ("flags", flag)
        try:
            known(flag)
        except FlagError:
            yield document.problem(at, "is no flag", did_you_mean(flag, CATALOGUE))
            continue
        for where, what, mend in problems(flag, definition):
            yield document.problem((*at, *where), what, mend)
        if definition.until is not None:
            yield document.problem((*at, "until"), "the configuration holds for good", "remove it; a change may run out")
        for n, rule in enumerate(definition.rules):
            for field, names, there in (("sources", rule.sources, sources), ("teams", rule.teams, teams)):
                for k, name in enumerate(names or ()):
                    if there is not None and name not in there:
                        what = f'"{name}" is no {field.removesuffix("s")}'
                        yield document.problem((*at, "rules", n, field, k), what, did_you_mean(name, there))
