"""The rules, compiled: from the tables to the rule that takes a lead, and to what is told of the others.

A lead costs one look-up per thing that rules look at. What follows from the answers is worked out once for each combination
of answers, and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from app.inventory.models import Routing, Rule, Team
from app.inventory.privacy import CONTACT
from app.pipeline.consent import EXPIRED, NO_CONSENT, Lacking, state_of, why_not
from app.pipeline.fate import Score, TeamConsidered
from app.pipeline.lead import Lead
from app.pipeline.routing.aspects import aspects, required

CATCH_ALL: Final = "catch-all"
MISSES, FOLLOWERS = 6, 2  # rules told before and after the one that took the lead
MOST: Final = 16_384  # combinations remembered
_SPECIAL = frozenset({"band", "score", "consent", "returning"})


class Found(NamedTuple):
    """What the rules say of a lead.

    Attributes:
        rule: None: none takes it.
        considered: The nearest misses before it, itself, and the next ones that would have taken it, in the order of the rules.
        lacks: Why not even the catch-all may have it; None: the team may contact the person.
    """

    rule: Rule | None
    team: str
    name: str
    considered: tuple[TeamConsidered, ...]
    lacks: Lacking | None = None


class Rules:
    """See the module.

    Args:
        routing: The rules.
        teams: For their named accounts.
        by_score: Whether scores count.
    """

    def __init__(self, routing: Routing, teams: Mapping[str, Team], *, by_score: bool = True) -> None:
        self._routing, self._all = routing, (1 << len(routing.rules)) - 1
        self._purposes = _Purposes(routing, teams)
        looked_at = aspects(routing, teams, by_score=by_score)
        plain = [one for one in looked_at if one.looks_at not in _SPECIAL and " " not in one.looks_at]
        paths = [one for one in looked_at if " " in one.looks_at]
        special = {one.looks_at: one.table for one in looked_at if one.looks_at in _SPECIAL}
        self._fields, self._tables = _getter([one.looks_at for one in plain]), [one.table for one in plain]
        self._paths = [(one.looks_at.partition(" ")[2], one.table) for one in paths]
        self._band, self._score = special.get("band"), special.get("score")
        self._consent, self._returning = special.get("consent"), special.get("returning")
        fields, lacking = required(routing)
        self._filled, self._wanting = _getter(list(fields)), list(fields.values())
        in_order = [one.why for name in ("band", "score", "consent", "returning") for one in looked_at if one.looks_at == name]
        self._why = [*(one.why for one in plain), *(one.why for one in paths), *in_order, lacking, *self._purposes.why]
        self._found: dict[tuple[int, ...], Found] = {}
        self._reasons: dict[tuple[int, int], TeamConsidered] = {}  # rule, what it failed on; they are shared

    def take(self, lead: Lead, score: Score, returning: bool | None) -> Found:
        """The first rule that holds."""
        failing = [table[value] for table, value in zip(self._tables, self._fields(lead), strict=True)]
        for path, table in self._paths:
            failing.append(table[lead.attributes.get(path)])
        if self._band is not None:
            failing.append(self._band[score.band])
        if self._score is not None:
            failing.append(self._score[score.probability])
        if self._consent is not None:
            failing.append(self._consent[state_of(lead)])
        if self._returning is not None:
            failing.append(self._returning[returning])
        lacking = 0
        for value, rules in zip(self._filled(lead), self._wanting, strict=True):
            if value is None:
                lacking |= rules
        failing.append(lacking)
        until = lead.consent_until
        over = until is not None and until <= lead.received_at
        failing += self._purposes[lead.consent_basis, lead.consent, lead.consent_purposes, over]
        answers = tuple(failing)
        found = self._found.get(answers)
        if found is None:
            if len(self._found) >= MOST:
                self._found.clear()
            found = self._found[answers] = self._work_out(answers)
        return found

    def _work_out(self, failing: tuple[int, ...]) -> Found:
        once = more = 0  # rules that fail on one condition at least, and on two
        for rules in failing:
            more |= once & rules
            once |= rules
        holding = self._all & ~once
        first = holding & -holding
        before = first - 1 if first else self._all
        told = _lowest(before & once & ~more, MISSES)
        if (wanting := MISSES - told.bit_count()) > 0:
            told |= _lowest(before & more, wanting)
        considered = self._missed(told, failing)
        rest = before.bit_count() - told.bit_count()
        considered.append(self._taken(first, rest))
        later = _lowest(holding ^ first, FOLLOWERS)
        while later:
            considered.append(self._later(later & -later))
            later &= later - 1
        rule = self._routing.rules[first.bit_length() - 1] if first else None
        taken = considered[told.bit_count()]
        return Found(rule, taken.team, taken.rule, tuple(considered), None if rule else self._catch_all_lacks(failing))

    def _catch_all_lacks(self, failing: tuple[int, ...]) -> Lacking | None:
        refused, over = failing[-2:]
        return NO_CONSENT if refused > self._all else EXPIRED if over > self._all else None

    def _missed(self, told: int, failing: tuple[int, ...]) -> list[TeamConsidered]:
        """Why each of these rules did not hold, in their order."""
        by_rule: dict[int, int] = {}  # what it failed on: bits, by their place in `failing`
        place = 1
        for rules in failing:
            if hits := rules & told:
                while hits:
                    rule = hits & -hits
                    by_rule[rule] = by_rule[rule] | place if rule in by_rule else place
                    hits ^= rule
            place <<= 1
        known, reason = self._reasons.get, self._reason
        return [known(one) or reason(*one) for one in sorted(by_rule.items())]

    def _reason(self, rule: int, failed: int) -> TeamConsidered:
        n = rule.bit_length() - 1
        why = "; ".join(reasons[n] for place, reasons in enumerate(self._why) if failed >> place & 1)
        return self._told(rule, failed, False, why)

    def _taken(self, rule: int, rest: int) -> TeamConsidered:
        found = self._reasons.get((rule, -1 - rest))
        if found is None:
            others = f"; {rest} more rules before were passed over" if rest else ""
            found = self._told(rule, -1 - rest, True, f"{'all conditions hold' if rule else 'no rule took the lead'}{others}")
        return found

    def _later(self, rule: int) -> TeamConsidered:
        return self._reasons.get((rule, 0)) or self._told(rule, 0, False, "holds, too, and comes later")

    def _told(self, rule: int, key: int, passed: bool, why: str) -> TeamConsidered:
        if len(self._reasons) >= MOST:
            self._reasons.clear()
        one = self._routing.rules[rule.bit_length() - 1] if rule else None
        team, name = (self._routing.catch_all, CATCH_ALL) if one is None else (one.team, one.name)
        found = self._reasons[rule, key] = TeamConsidered(team, name, passed, why)
        return found


class _Purposes(dict[tuple[str, bool | None, str | None, bool], tuple[int, int]]):
    """Basis, what was said, purposes and whether that is over → rules to whose teams nobody agreed, or no longer.
    The catch-all stands for a rule behind the last.

    Attributes:
        why: Of the first, and of the second: rule → the reason in words.
    """

    def __init__(self, routing: Routing, teams: Mapping[str, Team]) -> None:
        super().__init__()
        names = [*(rule.team for rule in routing.rules), routing.catch_all]
        self._of = [teams[name].purpose if name in teams else CONTACT for name in names]
        told = list(enumerate(zip(names, self._of, strict=True)))
        self.why = (
            {n: f"there is no consent for {purpose}, which is what {name} is for" for n, (name, purpose) in told},
            {n: f"the consent for {purpose}, which is what {name} is for, has expired" for n, (name, purpose) in told},
        )

    def __missing__(self, asked: tuple[str, bool | None, str | None, bool]) -> tuple[int, int]:
        if len(self) >= MOST:
            self.clear()
        basis, said, purposes, over = asked
        refused = expired = 0
        for n, purpose in enumerate(self._of):
            match why_not(purpose, basis, said, purposes, expired=over):
                case "no_consent":
                    refused |= 1 << n
                case "consent_expired":
                    expired |= 1 << n
        self[asked] = refused, expired
        return refused, expired


def _lowest(rules: int, most: int) -> int:
    """The first rules of a set, as a set."""
    rest = rules
    for _ in range(most):
        rest &= rest - 1
        if not rest:
            return rules
    return rules ^ rest


def _getter(fields: list[str]) -> Any:
    """A function from a lead to the values of these fields, as a tuple."""
    if not fields:
        return lambda _: ()
    get = attrgetter(*fields)
    return get if len(fields) > 1 else lambda lead: (get(lead),)
