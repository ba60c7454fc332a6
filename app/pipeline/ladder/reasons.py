"""Certainty needs a reason: where a payload has several people, companies or places, only what is the lead's own stays certain.

What the doubts (doubts.py) ask of a leaf and its rivals is asked here of the objects that they stand in: whether the one with the
company, the city or the name in it is the one with the person, or one that a stranger could fill.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.label import words
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.lexicon import lexicon
from app.pipeline.ladder.offers import A_PERSON, NOT_SO_SURE, Assigned, Offer, where
from app.pipeline.ladder.surroundings import Around, around, goes_with_a_parcel, is_a_place, is_of_a_user, is_of_something, parts

_REACHED: Final = ("email", "phone", "full_name", "first_name", "last_name")
_NAMES: Final = ("full_name", "first_name", "last_name")
RECEIVERS: Final = ("phone", "full_name", "first_name")
_OF_A_PLACE: Final = ("street", "city", "region", "postcode", "country")
_ANOTHER: Final = 0.80  # so sure of the same field, and it is another's
_OF_A_THING: Final = ("interest", "page_url", "budget", "customer_id")
_REMARKS: Final = frozenset(
    "comment comments note notes remark remarks bemerkung bemerkungen kommentar kommentare notiz commentaire commentaires "
    "remarque remarques observaciones observacion comentario comentarios nota notas observacoes observacao commento commenti "
    "opmerking opmerkingen uwagi komentarz poznamka комментарий комментарии примечание заметка коментар примітка "
    "备注 備註 评论 備考 メモ 메모 비고".split()
)
_KEEPERS: Final = frozenset(  # a record with a keeper or a date of its last change is one that staff write in
    "owner assigned assignee assignedto updated modified modify changed salesperson bearbeiter zustandig geandert proprietario "
    "asignado attribue modificado alterado atualizado actualizado ответственный изменен 跟进人 更新时间 修改时间".split()
)
_ELEMENT: Final = re.compile(r'(?:"[^"]*"|[^"])*\[\d+\]')  # of a list; what is quoted is one name
_SPEAKERS: Final = (
    ("sender", "type"),
    ("author", "type"),
    ("sender",),
    ("author",),
    ("speaker",),
    ("sent", "by"),
    ("from", "type"),
)
_BY_IP: Final = frozenset({"ip", "geo", "geoip", "geolocation", "geodata"})
_SITES: Final = frozenset(  # ours as often as theirs
    "agency branch building centre center clinic facility office practice property school site tenant venue praxis standort "
    "filiale sede sucursal unidade agence imovel inmueble immobile".split()
)
_EMPLOYERS: Final = frozenset(
    "company employer firm firma empresa entreprise societe azienda bedrijf foretag компания 公司".split()
)
_HAPPENINGS: Final = frozenset(
    {"event", "venue", "session", "webinar", "meeting", "appointment", "booking", "reservation", "visit"}
)

Place = tuple[str, ...]


def doubt_without_reason(
    chosen: dict[str, Assigned],
    offers: Sequence[Offer],
    leaves: Sequence[Leaf],
    own: Sequence[bool],
    certain_from: float,
    *,
    kept: bool,
    spoken: Collection[Place] = (),
) -> None:
    """Lowers what stands with nobody, above everybody, or beside an equal; takes what stands with the person instead.

    Args:
        chosen: What is assigned; it is changed.
        offers, leaves, own: As in assign.py.
        certain_from: What is lowered ends a little below it.
        kept: Whether the payload is a record that staff keep (see `is_kept`).
        spoken: Where a message tells who speaks (see `spoken_in`).
    """
    known = [chosen[field] for field in _REACHED if field in chosen]
    known = [one for one in known if one.confidence >= A_PERSON] or known
    some = [leaves[one.leaf] for one in known]
    homes = list(map(_home, some))
    crowds = _crowds(offers, leaves)
    reached = [leaves[chosen[field].leaf] for field in ("email", "phone") if field in chosen]
    used = {one.leaf for one in chosen.values()}
    for field, one in list(chosen.items()):
        if one.confidence < certain_from:
            continue
        leaf, most = leaves[one.leaf], certain_from * NOT_SO_SURE
        if (
            (field in _OF_A_PLACE and _is_told_by_ip(leaf, offers, some))
            or _is_of_many(one, leaf, crowds)
            or _is_a_users(leaf, some)
        ):
            chosen[field] = replace(_beside(one, offers, leaves, homes, used), confidence=most)
        elif _takes_part(field, leaf, reached) or (_is_a_participants(leaf) and _is_not_alone(one, offers, leaves)):
            chosen[field] = replace(one, confidence=most)
        elif own[one.leaf]:
            continue
        elif field == "message" and where(leaf) in spoken:
            chosen[field] = replace(one, confidence=most)  # an agent, perhaps
        elif field == "message" and (kept or "order_value" in chosen) and _is_a_remark(leaf):
            chosen[field] = replace(one, confidence=most)  # those who keep the records write there, too
        elif field in _OF_A_PLACE and _is_anothers_parcel(leaf, chosen, offers, leaves):
            chosen[field] = replace(one, confidence=most)
        elif (field in _OF_A_PLACE and _has_equal(one, offers, leaves, homes)) or _is_doubtful(field, leaf, homes):
            chosen[field] = replace(_beside(one, offers, leaves, homes, used), confidence=most)


def _beside(one: Assigned, offers: Sequence[Offer], leaves: Sequence[Leaf], homes: Sequence[Place], used: set[int]) -> Assigned:
    """What says the same of the person's own object, if anything does: first of all in an object of its own."""
    by_ip = _is_by_ip(leaves[one.leaf])
    if _home(leaves[one.leaf]) in homes and not by_ip:
        return one
    found = [
        it
        for it in offers
        if it.candidate.field == one.field
        and it.candidate.confidence >= _ANOTHER
        and it.leaf not in used
        and _home(leaves[it.leaf]) in homes
        and not (by_ip and _is_by_ip(leaves[it.leaf]))
    ]
    if not found:
        return one
    used.add(found[0].leaf)
    return replace(one, leaf=found[0].leaf, rung=found[0].candidate.rung)


def _is_doubtful(field: str, leaf: Leaf, homes: Sequence[Place]) -> bool:
    place = _home(leaf)
    if field == "company" or field in _OF_A_PLACE:
        if not _SITES.isdisjoint(parts(leaf.label)[:-1]):
            return True  # `office_city`
        strange = _is_of_a_stranger(place, homes) and not goes_with_a_parcel(leaf.label, leaf.context)
        if strange or _is_of_a_happening(place, homes):
            return True
        return _is_above(place, homes) and not is_a_place(leaf.context)
    if field in _OF_A_THING or (field == "message" and _is_a_remark(leaf)):
        return is_of_something(leaf.context) and "=" not in leaf.path
    return False


def _is_a_remark(leaf: Leaf) -> bool:
    return "=" not in leaf.path and not _REMARKS.isdisjoint(parts(leaf.label)[-1:])


def _is_anothers_parcel(leaf: Leaf, chosen: Mapping[str, Assigned], offers: Sequence[Offer], leaves: Sequence[Leaf]) -> bool:
    """Where goods go to somebody of another name or number than the lead's."""
    if not goes_with_a_parcel(leaf.label, leaf.context):
        return False
    told = [
        leaves[it.leaf].value == leaves[chosen[field].leaf].value
        for it in offers
        if (field := it.candidate.field) in RECEIVERS
        and field in chosen
        and it.leaf != chosen[field].leaf
        and goes_with_a_parcel(leaves[it.leaf].label, leaves[it.leaf].context)
    ]
    return bool(told) and not any(told)


def _is_not_alone(winner: Assigned, offers: Sequence[Offer], leaves: Sequence[Leaf]) -> bool:
    """Whether somebody of no role, or who has the payload to himself, says something else of the same."""
    return any(
        one.candidate.field == winner.field
        and one.candidate.confidence >= _ANOTHER
        and leaves[one.leaf].value != leaves[winner.leaf].value
        and (not (home := _home(leaves[one.leaf])) or around((home[-1],))[0] is Around.PERSON)
        for one in offers
    )


def _is_above(place: Place, homes: Sequence[Place]) -> bool:
    """`company` beside an `applicant`: whoever runs the system is told there, too."""
    return bool(homes) and all(len(home) > len(place) and home[: len(place)] == place for home in homes)


def is_kept(leaves: Iterable[Leaf]) -> bool:
    """Whether the leaves, those that are no fields of a lead among them, tell of somebody who keeps the record."""
    return any(_keeps(name) for leaf in leaves for name in (leaf.label, *leaf.context[:2]))


def spoken_in(leaves: Iterable[Leaf]) -> frozenset[Place]:
    """The objects that tell what kind of speaker a message is of."""
    return frozenset(where(leaf) for leaf in leaves if words(leaf.label) in _SPEAKERS)


@lru_cache(maxsize=4096)
def _keeps(name: str) -> bool:
    return not _KEEPERS.isdisjoint(parts(name)[:4])


def _is_told_by_ip(leaf: Leaf, offers: Sequence[Offer], some: Sequence[Leaf]) -> bool:
    """Where a network's address is, which may be a provider's."""
    if _is_by_ip(leaf):
        return True
    place = where(leaf)
    if not place or any(where(one) == place for one in some):
        return False
    return any(one.candidate.field == "ip" and one.place == place for one in offers)


def _is_by_ip(leaf: Leaf) -> bool:
    """Whether a name says so; what a `visitor_city` is, no visitor wrote."""
    if "visitor" in parts(leaf.label)[:-1]:
        return True
    return any(not _BY_IP.isdisjoint(parts(name)) for name in (leaf.label, *leaf.context[:3]))


def _crowds(offers: Sequence[Offer], leaves: Sequence[Leaf]) -> set[Place]:
    """Lists that have several people: of two elements or more both a name and an address."""
    met: dict[tuple[Place, bool], set[str]] = {}
    for one in offers:
        leaf = leaves[one.leaf]
        if one.candidate.field in _REACHED and not is_a_place(leaf.context) and (found := _ELEMENT.match(leaf.path)):
            met.setdefault((one.place, one.candidate.field in _NAMES), set()).add(found[0])
    return {
        place for (place, named), elements in met.items() if named and len(elements) > 1 and len(met.get((place, False), ())) > 1
    }


def _is_of_many(one: Assigned, leaf: Leaf, crowds: set[Place]) -> bool:
    """Whether it is one of several people's, of whom nothing says which is meant."""
    return bool(crowds) and one.field in _REACHED and where(leaf) in crowds


def _is_a_users(leaf: Leaf, some: Sequence[Leaf]) -> bool:
    """Whether it is a `user`'s, where somebody who is no user is told, too: those who run the system are users of it."""
    return is_of_a_user(leaf.context) and not all(is_of_a_user(one.context) for one in some)


def _takes_part(field: str, leaf: Leaf, reached: Sequence[Leaf]) -> bool:
    """A pupil's or a guest's name, where the address is not said to be theirs: a parent's, perhaps, or the host's."""
    return field in _NAMES and _is_a_participants(leaf) and not any(map(_is_a_participants, reached))


def _is_a_participants(leaf: Leaf) -> bool:
    known = lexicon().words["participant"]
    return any(not known.isdisjoint(parts(name)) for name in (leaf.label, *leaf.context[:2]))


def _is_of_a_stranger(place: Place, homes: Sequence[Place]) -> bool:
    """In an object that nobody stands in and that neither a person nor an order has: a branch, a flat, a car."""
    if not place or not homes or any(home[: len(place)] == place or place[: len(home)] == home != () for home in homes):
        return False
    if place[:-1] in homes and not _EMPLOYERS.isdisjoint(parts(place[-1])[-1:]):
        return False  # the `company` beside a name and an address is where they work
    return around((place[-1],))[0] not in (Around.PERSON, Around.ORDER, Around.EVENT, Around.FORM)


def _is_of_a_happening(place: Place, homes: Sequence[Place]) -> bool:
    """Where an event takes place, and who holds it."""
    return any(
        not _HAPPENINGS.isdisjoint(parts(name)[-1:]) and all(home[: n + 1] != place[: n + 1] for home in homes)
        for n, name in enumerate(place)
    )


def _has_equal(winner: Assigned, offers: Sequence[Offer], leaves: Sequence[Leaf], homes: Sequence[Place]) -> bool:
    """Whether another object, as near to the person, says something else of the same; where goods go does not count."""
    home, its = where(leaves[winner.leaf]), _home(leaves[winner.leaf])
    if its and its in homes:
        return False
    beside = its in homes
    return any(
        one.candidate.field == winner.field
        and one.leaf != winner.leaf
        and one.place != home
        and one.candidate.confidence >= _ANOTHER
        and leaves[one.leaf].value != leaves[winner.leaf].value
        and (not beside or _home(leaves[one.leaf]) in homes)
        and not goes_with_a_parcel(leaves[one.leaf].label, leaves[one.leaf].context)
        for one in offers
    )


def _home(leaf: Leaf) -> Place:
    """The objects around a leaf that mean something: no envelope, no list of answers, and no address."""
    return tuple(name for name in where(leaf) if not _is_idle(name))


@lru_cache(maxsize=4096)
def _is_idle(name: str) -> bool:
    book, found = lexicon().words, [word for word in parts(name) if not word.isdigit()]
    match around((name,))[0]:
        case Around.PERSON:
            return False
        case _ if not _SITES.isdisjoint(found):
            return False
        case Around.NOTHING | Around.EVENT if found and found[-1] in book["container"]:
            return True  # `additional_fields`, `form_data`
    return (book["container"] | book["plumbing"] | book["filler"] | book["noise"] | book["place"]).issuperset(found)
