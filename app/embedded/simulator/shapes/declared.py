"""What only the inventory knows: the ids that a form's author gave to its questions."""

from __future__ import annotations

import re

from app.inventory.models import Source


def ids_of(source: Source, key: str) -> dict[str, str]:
    """Lead field → the id that its (first) path selects by, for `key` as in `[key=id]`."""
    selector = re.compile(rf"\[{re.escape(key)}=([^\]]+)\]")
    ids = {}
    for field, paths in source.mapping.fields.items():
        first = paths if isinstance(paths, str) else paths[0]
        if found := selector.search(first):
            ids[field] = found[1]
    return ids
