"""Names that a form sends flat, put together: `c[0][fields][1][name]=Email`, `c[0][fields][1][value]=eva@example.com`.

What was nested before it was sent names its parts as nested things do; the paths stay those of the flat names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.inventory.paths import join
from app.pipeline.ladder.unfold.memory import Memory
from app.pipeline.mapping import Left

_FLAT = re.compile(r'"([^"\\\[\]]{0,59}[^"\\\[\]\s])((?:\[[^"\\\[\]]{1,60}\]){1,12})"')
_PART = re.compile(r"\[([^\[\]]+)\]")

Tree = dict[str, Any]
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What the flat names of a payload say, whatever the values are.

    Attributes:
        parts: Path of a flat member → its parts.
        flat: Path in the nested members → path of the flat member.
    """

    parts: dict[str, tuple[str, ...]]
    flat: dict[str, str]


def nest(left: Left) -> tuple[Tree, Layout, Left]:
    """The flat members as they were before they were flattened.

    Returns:
        The nested members; what the flat names say; what of `left` is not flat. A name that is both a member and an object of
        members is not flat.
    """
    layout = _LAYOUTS[tuple([path for path, value in left if path.endswith(']"') and type(value) is not dict])]
    tree: Tree = {}
    others: Left = []
    for path, value in left:
        parts = layout.parts.get(path)
        if parts is None or type(value) is dict or not _put(tree, parts, value):
            others.append((path, value))
    return {name: _listed(value) for name, value in tree.items()}, layout, others


def flat_path(path: str, flat: Mapping[str, str]) -> str:
    """The path of what the nested members hold at `path`: that of the flat member, and what follows inside it."""
    at = len(path)
    while at > 0:
        if (found := flat.get(path[:at])) is not None:
            return found + path[at:]
        at = max(path.rfind("@", 0, at), path.rfind("[", 0, at), path.rfind(".", 0, at))
    return path


def _layout(paths: tuple[str, ...]) -> Layout:
    tree: Tree = {}
    parts_of = {}
    for path in paths:
        found = _FLAT.fullmatch(path)
        if found is not None and _put(tree, parts := (found[1], *_PART.findall(found[2])), None):
            parts_of[path] = parts
    return Layout(parts_of, {_path(tree, parts): path for path, parts in parts_of.items()})


_LAYOUTS: Memory[tuple[str, ...], Layout] = Memory(_layout)


def _put(tree: Tree, parts: tuple[str, ...], value: Any) -> bool:
    *around, last = parts
    for part in around:
        inner = tree.get(part, _ABSENT)
        if inner is _ABSENT:
            inner = tree[part] = {}
        elif type(inner) is not dict:
            return False
        tree = inner
    if last in tree:
        return False
    tree[last] = value
    return True


def _is_list(value: Tree) -> bool:
    return all(part == str(n) for n, part in enumerate(value))


def _listed(value: Any) -> Any:
    """Objects whose members are 0, 1, 2, … are lists. No deeper than `_FLAT` has parts."""
    if type(value) is not dict:
        return value
    inner = {name: _listed(item) if type(item) is dict else item for name, item in value.items()}
    return list(inner.values()) if "0" in value and _is_list(value) else inner


def _path(tree: Tree, parts: tuple[str, ...]) -> str:
    path, here = parts[0], tree[parts[0]]
    path = join("", path)
    for part in parts[1:]:
        path = f"{path}[{part}]" if "0" in here and _is_list(here) else join(path, part)
        here = here[part]
    return path
