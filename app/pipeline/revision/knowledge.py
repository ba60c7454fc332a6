"""What a merged newcomer adds to its original. What the first lead said is never overwritten; what it left open is filled.

Consent: where any of the leads says no, no it is. A yes that comes later does not undo it: which of two boxes was meant to hold
is for people to say (`corrections` of a verdict), and nobody is written to meanwhile.
"""

from __future__ import annotations

from typing import Any, Final

from app.pipeline.revision.fields import GROUPS, Group
from app.pipeline.revision.form import Value, attributes_of, ids, sources_of, told, violations_of

MOST_ATTRIBUTES: Final = 1_000  # of one lead; those of further newcomers stay in their own records
_CENT_OF_A_CENT: Final = 4  # digits of sums of cost


def with_knowledge(original: Value, newcomer: Value, *, always: bool = False) -> dict[str, Any] | None:
    """The original with what the newcomer adds, in the original's form; None where it adds nothing, or was merged before.

    Args:
        original, newcomer: Leads in either form; the newcomer with what was merged into it.
        always: Count the newcomer as merged although it adds nothing.
    """
    merged = ids(original)
    fresh = [one for one in (newcomer["lead_id"], *ids(newcomer)) if one not in merged and one != original["lead_id"]]
    if newcomer["lead_id"] not in fresh:
        return None
    changed = _filled(original, newcomer) | _beside(original, newcomer)
    attributed = _attributed(original, newcomer)
    if not changed and not attributed and not always:
        return None
    revised = dict(original) | changed | attributed
    revised["merged"] = " ".join([*merged, *fresh])
    return revised | _last(original, newcomer) | _violated(original, newcomer, changed, revised)


def _filled(original: Value, newcomer: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for group in GROUPS:
        if not _contradict(original, newcomer, group):
            found |= {name: newcomer[name] for name in group.fields if original[name] is None and newcomer[name] is not None}
    return found


def _contradict(original: Value, newcomer: Value, group: Group) -> bool:
    for name in group.telling:
        one, other = original[name], newcomer[name]
        if one is not None and other is not None and _plain(one) != _plain(other):
            return True
    return False


def _plain(value: object) -> object:
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _beside(original: Value, newcomer: Value) -> dict[str, Any]:
    """Attributes, consent and touches."""
    found: dict[str, Any] = {}
    mine, its = attributes_of(original), attributes_of(newcomer)
    more = {path: text for path, text in its.items() if path not in mine}
    if more and len(mine) + len(more) <= MOST_ATTRIBUTES:
        found["attributes"] = told(original, mine | more, ())["attributes"]
    if newcomer["consent"] is not None and original["consent"] is not False and newcomer["consent"] != original["consent"]:
        found["consent"] = newcomer["consent"]
    if original["consent_basis"] == "unknown" and newcomer["consent_basis"] != "unknown":
        found["consent_basis"] = newcomer["consent_basis"]
    found |= _agreed(original, newcomer)
    if original["first_touch"] is None and newcomer["first_touch"] is not None:
        found["first_touch"] = newcomer["first_touch"]
    touch = newcomer["last_touch"]
    if touch is not None and touch != original["last_touch"] and (original["last_touch"] is None or _later(original, newcomer)):
        found["last_touch"] = touch
    return found


def _agreed(original: Value, newcomer: Value) -> dict[str, Any]:
    """Purposes: filled where nothing was known of them, with their end; a no takes away what the newcomer does not agree to."""
    mine, its = original["consent_purposes"], newcomer["consent_purposes"]
    if its is None:
        return {}
    if mine is None:
        return {"consent_purposes": its, "consent_until": newcomer["consent_until"]} if original["consent"] is not False else {}
    left = " ".join(one for one in mine.split() if one in its.split())
    return {"consent_purposes": left} if newcomer["consent"] is False and left != mine else {}


def _attributed(original: Value, newcomer: Value) -> dict[str, Any]:
    """Sources and cost, where the newcomer came another way or cost something; empty where neither."""
    found: dict[str, Any] = {}
    sources = sources_of(original)
    more = [one for one in sources_of(newcomer) if one not in sources]
    if more:
        found["sources"] = " ".join([*sources, *more])
    cost = _total(newcomer)
    if cost:
        found["cost_total"] = round(_total(original) + cost, _CENT_OF_A_CENT)
    if _later(original, newcomer):
        source, campaign = _way(newcomer)
        before = _way(original)
        if source != before[0] or (campaign is not None and campaign != before[1]):
            found["last_source"], found["last_campaign"] = source, campaign
    return found


def _last(original: Value, newcomer: Value) -> dict[str, Any]:
    if not _later(original, newcomer):
        return {}
    source, campaign = _way(newcomer)
    return {"last_source": source, "last_campaign": campaign, "last_received_at": _came(newcomer)}


def _way(value: Value) -> tuple[str, str | None]:
    """Source and campaign by which it came last."""
    return (value["last_source"], value["last_campaign"]) if value["last_source"] else (value["source"], value["campaign"])


def _came(value: Value) -> int:
    return int(value["last_received_at"] or value["received_at"])


def _later(original: Value, newcomer: Value) -> bool:
    """Whether the newcomer is the last to have come. Of leads merged in another order than they came, the latest stays last."""
    return original["last_received_at"] is None or _came(newcomer) >= original["last_received_at"]


def _total(value: Value) -> float:
    cost = value["cost"] if value["cost_total"] is None else value["cost_total"]
    return float(cost or 0.0)


def _violated(original: Value, newcomer: Value, filled: Value, revised: Value) -> dict[str, Any]:
    """Violations: of a field that was filled, what is said of it is the newcomer's."""
    kept = [one for one in violations_of(original) if one.partition(":")[0] not in filled]
    if revised["email"] is not None or revised["phone"] is not None:
        kept = [one for one in kept if one != "contact:uncontactable"]
    kept += [one for one in violations_of(newcomer) if one.partition(":")[0] in filled and one not in kept]
    if kept == violations_of(original):
        return {}
    return {"violations": told(original, {}, kept)["violations"]}
