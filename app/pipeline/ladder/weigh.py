"""What one leaf could be: its name's evidence, tempered by its value, completed by the value's own and by the classifier."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from app.inventory.models import Ladder as Limits
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.fitness import FITNESS
from app.pipeline.ladder.leaf import Candidate, Kind, Leaf
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.phrase import OFFERED
from app.pipeline.ladder.recogniser import candidates, fits

SURELY_NONE = 0.90  # a name that says so is not overruled by its value: a password may look like anything
_OFFERED = 0.99  # of the certain limit: what the classifier adds can make a field offered, never certain
_SURE_OF_NONE = 0.90  # from here on the classifier's "none" damps what a value alone suggests
OTHERWISE = {"email": "phone", "phone": "email"}  # `from`, `联系方式`: however the sender can be reached
_EITHER = 0.80  # a name less sure than this may mean either
# How surely a value alone can be a contact field, at most (recogniser.py); of the others a little less than a phone number.
_BY_VALUE = {"email": 0.95, "phone": 0.86}
_BY_ANY_VALUE = 0.80
_TEST_NAME = 0.62
_UNFIT = 0.05  # below it, the value cannot be what the name says

Asked = list[Callable[[Any], float]]


class Scales:
    """Weighs leaves.

    Args:
        limits: From where on a rung is sure: what a surer rung has settled, a lesser one is not asked about.
        classifier: The learned rung; None: switched off.
    """

    def __init__(self, limits: Limits, classifier: Classifier | None) -> None:
        self._limits, self._classifier, self._most = limits, classifier, _OFFERED * limits.certain_from

    def weigh(self, leaf: Leaf, kind: Kind, asked: Asked | None = None) -> tuple[Candidate, ...]:
        """Lead fields that the leaf could be, likeliest first; empty: surely none.

        Args:
            leaf: It, with its value.
            kind: Of the value.
            asked: To it the rules are added that the value was asked by: nothing else of it matters but these, its kind, and
                `recogniser.candidates`.
        """
        asked = [] if asked is None else asked
        named = by_name(leaf.label, leaf.context)
        if kind is Kind.PLACEHOLDER:
            return _stands_for(named, leaf.value)
        if named is not None and named.field is None and named.confidence >= SURELY_NONE:
            return ()
        found: dict[str, Candidate] = {}
        if named is not None and named.field is not None:
            field, fit = named.field, _fit(named.field, kind, leaf.value, asked)
            if fit <= _UNFIT and named.confidence <= _EITHER and field in OTHERWISE:
                field = OTHERWISE[field]
                fit = _fit(field, kind, leaf.value, asked)
            if fit > _UNFIT:
                found[field] = Candidate(field, named.confidence * (0.5 + 0.5 * fit), named.rung, named.most)
        settled = max((one.confidence for one in found.values()), default=0.0) >= self._limits.certain_from
        doubt = named.confidence if named is not None and named.field is None else 0.0
        for one in candidates(leaf.value, kind):
            if one.field in found:
                _support(found, one)
            elif not settled:
                _add(found, one, 1.0 - doubt)
        if not settled and self._classifier is not None:
            self._ask(self._classifier, leaf, kind, found, 1.0 - doubt / 2, asked)
        if named is not None and named.field in OTHERWISE and named.confidence == OFFERED:
            found = {field: one._replace(confidence=min(one.confidence, self._most)) for field, one in found.items()}
        return tuple(sorted(map(_capped, found.values()), key=_by_confidence))

    def can_be(self, leaf: Leaf, fields: Collection[str]) -> bool:
        """Whether any value could make the leaf one of these fields for certain."""
        named = by_name(leaf.label, leaf.context)
        if named is not None and (named.field in fields or OTHERWISE.get(named.field or "") in fields):
            return True
        return any(_BY_VALUE.get(field, _BY_ANY_VALUE) >= self._limits.certain_from for field in fields)

    def _ask(
        self, classifier: Classifier, leaf: Leaf, kind: Kind, found: dict[str, Candidate], trust: float, asked: Asked
    ) -> None:
        """The learned rung: supports what the others say, speaks up where they are silent, doubts where it knows better.

        It is trusted less where the name itself seems to be none of ours.
        """
        for one in classifier.predict(leaf.label, leaf.context, kind):
            if one.field is None and one.confidence >= _SURE_OF_NONE:
                for field, other in found.items():
                    if other.rung == "shape" and field != "email":  # an address is an address, whatever it is called
                        found[field] = other._replace(confidence=other.confidence * (1.0 - 0.7 * one.confidence))
            elif one.field in found:
                if found[one.field].confidence < self._most:
                    _support(found, one)
                    found[one.field] = found[one.field]._replace(confidence=min(found[one.field].confidence, self._most))
            elif one.field is not None:
                fit = _fit(one.field, kind, leaf.value, asked)
                _add(found, one._replace(confidence=min(one.confidence, self._most)), fit * trust)


def _fit(field: str, kind: Kind, value: Any, asked: Asked) -> float:
    """How well the value fits; a rule that says so is noted."""
    rule = FITNESS.get(field, {}).get(kind)
    if callable(rule):
        asked.append(rule)
    return fits(field, kind, value)


def _stands_for(named: Candidate | None, value: Any) -> tuple[Candidate, ...]:
    """`FirstName LastName`, what a vendor's test button sends: a name for validation to judge, after any other."""
    several = type(value) is str and " " in value.strip()
    if several and named is not None and named.field == "full_name" and named.confidence >= SURELY_NONE:
        return (named._replace(confidence=_TEST_NAME),)
    return ()


def _support(found: dict[str, Candidate], one: Candidate) -> None:
    """Two rungs that agree are surer than either; the surer one is named. Half of the lesser, for they are not independent."""
    assert one.field is not None
    first = found[one.field]
    strong, weak = (first, one) if first.confidence >= one.confidence else (one, first)
    sure = 1.0 - (1.0 - strong.confidence) * (1.0 - 0.5 * weak.confidence)
    found[one.field] = Candidate(one.field, sure, strong.rung, min(one.most, first.most))


def _add(found: dict[str, Candidate], one: Candidate, share: float) -> None:
    if one.field is not None and one.confidence * share > _UNFIT:
        found[one.field] = Candidate(one.field, one.confidence * share, one.rung)


def _capped(one: Candidate) -> Candidate:
    """Last of all: what the surroundings took away, neither the value nor the classifier gives back."""
    return one if one.confidence <= one.most else one._replace(confidence=one.most)


def _by_confidence(one: Candidate) -> float:
    return -one.confidence
