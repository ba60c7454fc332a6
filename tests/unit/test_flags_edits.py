"""What an order of `leadstream flags` makes of a definition, and whom it concerns."""

from __future__ import annotations

import pytest

from app.flags.catalogue import AUTOMATION, SWITCHES
from app.flags.definition import Definition, FlagError, Rule
from app.flags.edits import Difference, Order, differences, edited, named, spoken
from app.flags.states import Changed, States

FLAG = "routing.by_score"
RULES = (Rule(sources=("partner-csv",), enabled=False), Rule(teams=("b2b",), percent=10))


def held(definition: Definition) -> States:
    """The flag as it was changed."""
    return States({}, {FLAG: Changed(FLAG, definition, 1, "on-call", "a test", 1, 1)})


def test_all_is_every_switch() -> None:
    """Not the share of automation; a flag named twice is meant once, an unknown one is refused."""
    assert named(["all"]) == [*SWITCHES]
    assert AUTOMATION not in named(["all"])
    assert named([FLAG, "all", FLAG])[0] == FLAG
    assert len(named([FLAG, "all", FLAG])) == len(SWITCHES)
    with pytest.raises(FlagError, match="did you mean"):
        named(["routing.by_scores"])


class TestEdited:
    def test_an_order_for_all_drops_the_rules(self) -> None:
        """Off is off, whatever rules said; on is on."""
        states = held(Definition(enabled=True, rules=RULES))
        assert edited(FLAG, states, Order(0.0)) == Definition(enabled=False)
        assert edited(FLAG, states, Order(100.0)) == Definition(enabled=True)
        assert edited(FLAG, states, Order(12.5)) == Definition(percent=12.5)

    def test_an_order_for_some_becomes_the_first_rule(self) -> None:
        """In place of one for the same sources and teams; the others and the rest of the definition stay."""
        states = held(Definition(percent=50, rules=RULES))
        found = edited(FLAG, states, Order(30.0, ("partner-csv",)))
        assert found == Definition(percent=50, rules=(Rule(sources=("partner-csv",), percent=30), RULES[1]))
        found = edited(FLAG, states, Order(0.0, ("web-form",), ("b2b",)))
        assert found.rules == (Rule(sources=("web-form",), teams=("b2b",), enabled=False), *RULES)

    def test_for_good_and_for_a_while_do_not_mix(self) -> None:
        """A definition runs out as a whole: an order that would end, or prolong, what somebody else said is refused."""
        for before, until in ((Definition(enabled=False), 5), (Definition(enabled=False, until=5), None)):
            with pytest.raises(FlagError, match="reset it first"):
                edited(FLAG, held(before), Order(0.0, ("web-form",), (), until))
        assert edited(FLAG, held(Definition(enabled=False)), Order(0.0, until_ms=5)).until == 5
        assert edited(FLAG, States(), Order(0.0, ("web-form",), (), 5)).until == 5

    def test_what_makes_no_sense_is_refused(self) -> None:
        """Teams of a flag that is asked before one is known; a share for everybody at once."""
        with pytest.raises(FlagError, match="before a team is known"):
            edited("scoring.model", States(), Order(0.0, (), ("b2b",)))
        with pytest.raises(FlagError, match="undeclared"):
            edited(AUTOMATION, States(), Order(50.0))


def test_whom_a_change_concerns() -> None:
    """Each source whose leads fare otherwise; a team only where it fares otherwise than the rest of the source."""
    before, after = held(Definition(enabled=True, rules=RULES)), held(Definition(enabled=True, rules=RULES[1:]))
    sources, teams = ("web-form", "partner-csv"), ("b2b", "nurture")
    assert list(differences(before, after, sources, teams)) == [
        Difference(FLAG, "partner-csv", None, 0.0, 1.0),
        Difference(FLAG, "partner-csv", "b2b", 0.0, 0.1),
    ]
    assert list(differences(before, before, sources, teams)) == []
    assert [spoken(share) for share in (0.0, 0.125, 1.0, None)] == ["off", "12.5 %", "on", "on (the source's own share)"]
