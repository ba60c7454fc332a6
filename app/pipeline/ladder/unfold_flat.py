"""Names that a form sends flat, put together: `c[0][fields][1][name]=Email`, `c[0][fields][1][value]=eva@example.com`.

What was nested before it was sent names its parts as nested things do; the paths stay those of the flat names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.inventory.paths import join
from app.pipeline.mapping import Left

_FLAT = re.compile(r'"([^"\\\[\]]{0,59}[^"\\\[\]\s])((?:\[[^"\\\[\]]{1,60}\]){1,12})"')
_PART = re.compile(r"\[([^\[\]]+)\]")

Tree = dict[str, Any]


def nest(left: Left) -> tuple[Tree, dict[str, str], Left]:
    """The flat members as they were before they were flattened.

    Returns:
        The nested members; path in them → path of the flat member; what of `left` is not flat. Nothing is nested where a name is
        both a member and an object of members.
    """
    tree: Tree = {}
    flat: list[tuple[tuple[str, ...], str]] = []
    others: Left = []
    for path, value in left:
        found = _FLAT.fullmatch(path) if path.endswith(']"') else None
        if found is None or not _put(tree, parts := (found[1], *_PART.findall(found[2])), value):
            others.append((path, value))
        else:
            flat.append((parts, path))
    lists: set[int] = set()
    nested = {name: _listed(value, lists) for name, value in tree.items()}
    return nested, {_path(tree, parts, lists): path for parts, path in flat}, others


def flat_path(path: str, flat: Mapping[str, str]) -> str:
    """The path of what the nested members hold at `path`: that of the flat member, and what follows inside it."""
    at = len(path)
    while at > 0:
        if (found := flat.get(path[:at])) is not None:
            return found + path[at:]
        at = max(path.rfind("@", 0, at), path.rfind("[", 0, at), path.rfind(".", 0, at))
    return path


def _put(tree: Tree, parts: tuple[str, ...], value: Any) -> bool:
    for part in parts[:-1]:
        tree = tree.setdefault(part, {})
        if type(tree) is not dict:
            return False
    if parts[-1] in tree or type(value) is dict:
        return False
    tree[parts[-1]] = value
    return True


def _is_list(value: Any) -> bool:
    return type(value) is dict and all(part == str(n) for n, part in enumerate(value))


def _listed(value: Any, lists: set[int]) -> Any:
    """Objects whose members are 0, 1, 2, … are lists. Notes which. No deeper than `_FLAT` has parts."""
    if type(value) is not dict:
        return value
    inner = {name: _listed(item, lists) for name, item in value.items()}
    if _is_list(value):
        lists.add(id(value))
        return list(inner.values())
    return inner


def _path(tree: Tree, parts: tuple[str, ...], lists: set[int]) -> str:
    path, here = "", tree
    for part in parts:
        path = f"{path}[{part}]" if id(here) in lists else join(path, part)
        here = here[part]
    return path
