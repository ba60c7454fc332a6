"""What to know of rules that are not wrong: which leads only the catch-all takes, and teams that
no rule sends a lead to, or whose purpose no source can give consent for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from app.inventory.coverage import FILLED, Dimension, Space
from app.inventory.lines import Document, read
from app.inventory.models import Inventory
from app.inventory.privacy_checks import without_consent
from app.inventory.problems import Problem
from app.pipeline.routing.aspects import BANDS, CONSENT
from app.pipeline.routing.tables import ELSE

SHOWN: Final = 4  # gaps
_NAMED: Final = 6  # values


def advice(config_dir: Path, inventory: Inventory) -> list[Problem]:
    """What people should look at in a folder that is in order. Nothing of it keeps anything from running."""
    routing, teams = read(config_dir / "routing.yaml"), read(config_dir / "teams.yaml")
    return [*_gaps(inventory, routing), *_idle(inventory, teams), *without_consent(inventory, teams)]


def _gaps(inventory: Inventory, document: Document) -> Iterator[Problem]:
    space = Space(inventory.routing, inventory.teams)
    found = space.gaps(SHOWN + 1)
    for box in found[:SHOWN]:
        parts = (one for one, whole, cells in zip(space.dimensions, space.all, box, strict=True) if cells != whole)
        told = [words(one, box[space.dimensions.index(one)]) for one in parts]
        what = f"only the catch-all takes leads with {', '.join(told)}" if told else "the catch-all takes every lead"
        yield document.problem(("catch_all",), what, "add a rule for them, or leave it so")
    if len(found) > SHOWN:
        yield document.problem(("catch_all",), "takes others alone, too", "mend these first; a last rule without when: takes all")


def _idle(inventory: Inventory, document: Document) -> Iterator[Problem]:
    routing = inventory.routing
    used = {rule.team for rule in routing.rules} | {routing.catch_all}
    used |= {level.escalate_to for _, level in routing.service if level is not None and level.escalate_to is not None}
    for n, name in enumerate(inventory.teams):
        if name not in used:
            what = f'no rule and no service level sends leads to "{name}": only people do'
            yield document.problem(("teams", n, "name"), what, "name it in a rule, or leave it so")


def words(one: Dimension, cells: int) -> str:
    """What a lead is like in one dimension, where it lies in these cells of it."""
    inside = [cell for n, cell in enumerate(one.cells) if cells >> n & 1]
    outside = [cell for n, cell in enumerate(one.cells) if not cells >> n & 1]
    match one.looks_at:
        case "score":
            return _scored(inside, outside)
        case "consent":
            return f"no consent for {' or '.join(purpose for purpose, allows in CONSENT.items() if allows.isdisjoint(inside))}"
        case "returning":
            said = {True: "a returning person", False: "a new person", None: "a person of whom nobody knows"}
            return " or ".join(said[cell] for cell in inside)
        case name:
            return _valued(name.removeprefix("attributes "), inside, outside)


def _scored(inside: Sequence[tuple[str, float]], outside: Sequence[tuple[str, float]]) -> str:
    bands = {band for band, _ in inside}
    if not bands & {band for band, _ in outside}:
        return f"band {' or '.join(band for band in BANDS if band in bands)}"
    first, after = inside[0][1], next((score for _, score in outside if score > inside[0][1]), None)
    return f"a score from {first:g} on" + (f" to below {after:g}" if after is not None else "")


def _valued(name: str, inside: Sequence[Any], outside: Sequence[Any]) -> str:
    if inside == [None]:
        return f"no {name}"
    if None not in inside and len(outside) == 1:
        return f"any {name}"
    numbers = [cell for cell in (*inside, *outside) if isinstance(cell, float)]
    if numbers:
        above = [cell for cell in outside if cell is not None and all(cell > one for one in inside if one is not None)]
        told = f"{name} below {min(above):g}" if above else f"{name} from {min(c for c in inside if c is not None):g} on"
        return told + (" or none" if None in inside else "")
    if ELSE in inside:
        named = [cell for cell in outside if cell is not None]
        return f"{name} other than {_listed(named)}" + ("" if None in inside else " (and not empty)")
    named = [cell for cell in inside if cell not in (None, FILLED)]
    return f"{name} {_listed(named)}" + (" or none" if None in inside else "")


def _listed(values: Sequence[Any]) -> str:
    rest = len(values) - _NAMED
    return ", ".join(map(str, values[:_NAMED])) + (f" and {rest} more" if rest > 0 else "")
