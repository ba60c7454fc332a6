"""What a person's corrections say of the source's mapping: where in the payload the right value of a field stands.

Only of fields that no declared or confirmed path gives. Values are named by keyed pseudonyms; nothing else of them goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.pipeline.attributes import TRUNCATED
from app.pipeline.projection import REPAIRED
from app.pipeline.revision.corrections import CORRECTABLE, corrected, refused
from app.pipeline.revision.form import Value, attributes_of
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import Verdict
from app.pipeline.shape import normal

TEACHABLE: Final = CORRECTABLE - {"consent", "consent_purposes", "consent_until"}  # nobody's consent is found by likeness
SAYS_SO: Final = frozenset({"declared", "confirmed"})  # rungs by which people have spoken
MOST: Final = 50  # of one verdict
_SUFFIX: Final = 7  # digits that make a number one's own, whatever country code stands before them


def said_of_mapping(verdict: Verdict, decision: Value, held: Value, house: House) -> list[dict[str, Any]]:
    """As a decision's `corrected` has it.

    Args:
        held: The lead before the corrections, in the form of the review topic.
    """
    if decision["shape"] is None:
        return []
    settled = set(house.declared(held["source"])) | {one["field"] for one in held["provenance"] if one["rung"] in SAYS_SO}
    texts = _texts(held, verdict.corrections)
    bad, found = set(refused(verdict.corrections)), list[dict[str, Any]]()
    after = corrected(held, verdict.corrections)
    for name, right in verdict.corrections.items():
        if name in bad or name not in TEACHABLE or name in settled or not right.strip() or after[name] == held[name]:
            continue
        found += _stands_at(name, right, texts, house)
    open_fields = {name for name in TEACHABLE if name not in settled and name not in verdict.corrections}
    for name, path in house.doubted(held["source"]):
        if name in open_fields and path in texts and not any(_same(name, str(held[name] or ""), text) for text in texts[path]):
            found.append({"field": name, "path": path, "value": None})
    return found[:MOST]


def _stands_at(name: str, right: str, texts: Mapping[str, list[str]], house: House) -> Iterator[dict[str, Any]]:
    value = house.pseudonym(REPAIRED, _plain(name, right))
    paths = [path for path, told in texts.items() if any(_same(name, right, text) for text in told)]
    for path in paths:
        yield {"field": name, "path": path, "value": value}
    if not paths:
        yield {"field": name, "path": None, "value": value}


def _texts(held: Value, corrections: Mapping[str, str]) -> dict[str, list[str]]:
    """Path, without positions and ids → what stands there: of attributes, and of fields whose own value was corrected."""
    found: dict[str, list[str]] = {}
    for path, text in attributes_of(held).items():
        if path != TRUNCATED:
            found.setdefault(normal(path), []).append(text)
    for one in held["provenance"]:
        name = one["field"]
        if name in corrections and one["rung"] not in SAYS_SO and held[name] is not None:
            found.setdefault(normal(one["path"]), []).append(str(held[name]))
    return found


def _same(name: str, right: str, text: str) -> bool:
    """Whether the text says the field's right value."""
    one, other = _plain(name, right), _plain(name, text)
    if not one or not other:
        return False
    if name == "phone":
        return min(len(one), len(other)) >= _SUFFIX and (one.endswith(other) or other.endswith(one))
    return one == other


def _plain(name: str, text: str) -> str:
    if name == "phone":
        return "".join(char for char in text if char.isdigit()).lstrip("0")
    return " ".join(text.casefold().split())
