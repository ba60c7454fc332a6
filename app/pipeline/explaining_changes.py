"""What one change would have made of a lead: the counterfactual, for who may still ask for a phone number.

The model is asked again with the change made. That costs as much as scoring, so it is asked only where a single change can be
expected to reach the next band, and first with all changes at once: where they do not reach it together, none does alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, expm1, inf, log1p
from typing import Final

from app.inventory.models import Routing
from app.ports import Model, Prediction

REACH: Final = 0.7  # log-odds, which doubles the odds: one detail more seldom does
_DETAIL: Final = 0.1  # of `completeness`
_ODDS: Final = exp(REACH)
_MESSAGE: Final = log1p(120.0)  # an ordinary message's length

Changes = dict[str, float | str]
_Numbers = Mapping[str, float]
_Categories = Mapping[str, str]
_Change = Callable[[_Numbers, _Categories], Changes | None]


def counterfactual(
    numbers: _Numbers, categories: _Categories, prediction: Prediction, model: Model, routing: Routing
) -> str | None:
    """`a phone number would have made it hot`; None for a hot lead, and where no single change lifts the band.

    The change that lifts it furthest; of several, the one that is least to ask for.
    """
    p, hot, warm = prediction.probability, routing.hot_from, routing.warm_from
    if p >= hot:
        return None
    reach = _reach(p)
    nearest = warm if p < warm else hot
    if reach < nearest:
        return None
    possible = [(what, changes) for what, change in _CHANGES if (changes := change(numbers, categories))]
    if not possible:
        return None
    if len(possible) > 1 and model.changed(numbers, categories, prediction, _all([one for _, one in possible])) < nearest:
        return None
    lifted: str | None = None
    for what, changes in possible:
        after = model.changed(numbers, categories, prediction, changes)
        if after >= hot:
            return f"{what} would have made it hot"
        if after >= nearest and lifted is None:
            lifted = f"{what} would have made it warm"
            if reach < hot:
                break
    return lifted


def _reach(p: float) -> float:
    """The probability that lies REACH above this one in log-odds."""
    odds = p / (1.0 - p) * _ODDS
    return odds / (1.0 + odds)


def _all(several: list[Changes]) -> Changes:
    """All changes at once; of `completeness`, where each counts one detail, all details."""
    together: Changes = {}
    details = 0.0
    least = inf
    for changes in several:
        together |= changes
        if isinstance(told := changes.get("completeness"), float):
            least = min(least, told)
            details += _DETAIL
    if details:
        together["completeness"] = min(1.0, least - _DETAIL + details)
    return together


def _with_detail(numbers: _Numbers, changes: Changes) -> Changes:
    changes["completeness"] = min(1.0, numbers.get("completeness", 0.0) + _DETAIL)
    return changes


def _phone(numbers: _Numbers, _: _Categories) -> Changes | None:
    return None if numbers.get("has_phone", 0.0) > 0.0 else _with_detail(numbers, {"has_phone": 1.0})


def _message(numbers: _Numbers, _: _Categories) -> Changes | None:
    if numbers.get("has_message", 0.0) > 0.0:
        return None
    return _with_detail(numbers, {"has_message": 1.0, "message_length": _MESSAGE})


def _company(numbers: _Numbers, _: _Categories) -> Changes | None:
    return None if numbers.get("has_company", 0.0) > 0.0 else _with_detail(numbers, {"has_company": 1.0})


def _email(numbers: _Numbers, categories: _Categories) -> Changes | None:
    kind = categories.get("email", "none")
    if kind == "corporate":
        return None
    changes: Changes = {"email": "corporate"}
    return _with_detail(numbers, changes) if kind == "none" else changes


def _visit(numbers: _Numbers, _: _Categories) -> Changes | None:
    """One more, just now, to as many pages as a visit had so far. Only of who is known in the shop."""
    sessions = numbers.get("sessions", 0.0)
    if sessions <= 0.0:
        return None
    visits, pages = expm1(min(sessions, 20.0)), expm1(min(numbers.get("pages_viewed", 0.0), 20.0))
    return {
        "sessions": log1p(visits + 1.0),
        "pages_viewed": log1p(pages * (visits + 1.0) / max(visits, 1.0)),
        "hours_since_visit": 0.0,
    }


_CHANGES: Final[tuple[tuple[str, _Change], ...]] = (  # what is least to ask for first
    ("a phone number", _phone),
    ("a message", _message),
    ("the name of the company", _company),
    ("a company e-mail address", _email),
    ("one more visit", _visit),
)
