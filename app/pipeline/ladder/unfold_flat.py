"""Fields whose parts a form sends flat: `fields[email][title]=E-Mail`, `fields[email][value]=eva@example.com`."""

from __future__ import annotations

import re
from typing import Any

from app.inventory.paths import quote
from app.pipeline.ladder.leaf import Role
from app.pipeline.ladder.unfold_elements import PLANS, read
from app.pipeline.mapping import Left

_PART = re.compile(r'"([^"\\]{1,200})\[([^\[\]"\\]{1,60})\]"')  # the field, and its part
_NAME = re.compile(r"[^\[\]]+")

Flat = dict[str, tuple[str, tuple[str, ...], Role]]  # path → label, context, role


def read_flat(left: Left) -> Flat:
    """What the parts of flattened fields are called, where some of them name and some hold the value; empty: there are none."""
    if not any(path.endswith(']"') for path, _ in left):
        return {}
    fields: dict[str, dict[str, Any]] = {}
    for path, value in left:
        if found := _PART.fullmatch(path):
            fields.setdefault(found[1], {})[found[2]] = value
    told: Flat = {}
    for name, parts in fields.items():
        plan = PLANS[tuple(parts)]
        reading = read(parts, plan) if plan is not None and plan.readable else None
        if reading is None:
            continue
        around = tuple(dict.fromkeys((*reading.names, *_NAME.findall(name)[::-1])))
        for part in reading.values & parts.keys():
            told[quote(f"{name}[{part}]")] = (reading.label, tuple(one for one in around if one != reading.label), "value")
        for part in reading.naming & parts.keys():
            told[quote(f"{name}[{part}]")] = (part, (reading.label, *around), "name")
    return told
