"""What belongs together: the parts of one address, the parts of one name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from app.pipeline.ladder.label import words
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.lexicon import lexicon
from app.pipeline.ladder.offers import A_PERSON, Assigned, Offer, where

_OF_AN_ADDRESS = ("street", "city", "region", "postcode", "country")

# A name that means "last name" beside a first name, and "first name" beside a last name; alone it is the full one.
_BARE = frozenset(
    "name nom nombre nome naam namn navn nimi nazwa imie imię jmeno jméno ad adi adı имя имена ім'я ім’я ism név nev".split()  # noqa: SIM905
)


def keep_together(chosen: dict[str, Assigned], offers: Sequence[Offer], leaves: Sequence[Leaf]) -> None:
    """The parts of an address come from one element of a list, that which gives most of them."""
    element = {field: _element(leaves[chosen[field].leaf].path) for field in _OF_AN_ADDRESS if field in chosen}
    listed = [element[field] for field in sorted(element, key=lambda field: chosen[field].leaf) if element[field]]
    home = max(dict.fromkeys(listed), key=listed.count, default="")
    for field, path in element.items():
        if path and path != home:
            better = (one for one in offers if one.candidate.field == field and _element(leaves[one.leaf].path) == home)
            if (other := next(better, None)) is not None:
                sure = min(chosen[field].confidence, other.candidate.confidence)
                chosen[field] = Assigned(other.leaf, field, sure, other.candidate.rung)


def _element(path: str) -> str:
    """The path of the list's element in which something stands; "" where it stands in none."""
    return path[: path.rfind("]", 0, -1) + 1]


def settle_names(chosen: dict[str, Assigned], leaves: Sequence[Leaf], taken: Collection[str]) -> None:
    """`Name` is the last name beside `Vorname`, `Nombre` the first beside `Apellidos`."""
    first, last, full = (name in chosen or name in taken for name in ("first_name", "last_name", "full_name"))
    if first and last:
        _settle_last_name(chosen, leaves)
        return
    if full and "full_name" in chosen and (first or last):
        name, other = ("last_name", "first_name") if first else ("first_name", "last_name")
        whole, part = leaves[chosen["full_name"].leaf], chosen.get(other)  # None: declared
        if part is not None and part.confidence < A_PERSON:
            return
        beside = part is None or where(whole) == where(leaves[part.leaf])
        if beside and _is_bare(whole) and not (name == "first_name" and " " in str(whole.value).strip()):
            chosen[name] = replace(chosen.pop("full_name"), field=name)
    elif not full and not last and "first_name" in chosen and _is_whole(leaves[chosen["first_name"].leaf]):
        chosen["full_name"] = replace(chosen.pop("first_name"), field="full_name")


def _settle_last_name(chosen: dict[str, Assigned], leaves: Sequence[Leaf]) -> None:
    """Beside a first name, a bare `Nom` is the last name, not one that stands with somebody else."""
    if not {"first_name", "last_name", "full_name"} <= chosen.keys():
        return
    first, last, whole = (leaves[chosen[name].leaf] for name in ("first_name", "last_name", "full_name"))
    if where(last) != where(first) == where(whole) and _is_bare(whole) and " " not in str(whole.value).strip():
        chosen["last_name"] = replace(chosen.pop("full_name"), field="last_name")


def _is_whole(leaf: Leaf) -> bool:
    """`Nombre: Ana García`: a bare name of several words is the whole one."""
    return _is_bare(leaf) and " " in str(leaf.value).strip()


def _is_bare(leaf: Leaf) -> bool:
    book = lexicon().words
    told = [word for word in words(leaf.label) if word not in book["person"] and word not in book["plumbing"]]
    return len(told) == 1 and told[0] in _BARE
