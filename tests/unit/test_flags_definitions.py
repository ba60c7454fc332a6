"""What a toggle's definition may say, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.flags.catalogue import AT, CATALOGUE, SWITCHES
from app.flags.definition import Definition, FlagError, Rule, known, parse
from app.flags.states import Changed, States, number_of
from app.flags.switches import ALL_ON, switches

OFF = Definition(enabled=False)


def changed(flag: str, definition: Definition | None, number: int = 1) -> dict[str, Changed]:
    return {flag: Changed(flag, definition, 1, "on-call", "a test", 1_000, number)}


class TestDefinitions:
    @pytest.mark.parametrize(
        ("flag", "data", "told"),
        [
            ("scoring.modle", {"enabled": True}, 'did you mean "scoring.model"'),
            ("scoring.model", {}, "needs either enabled or percent"),
            ("scoring.model", {"enabled": True, "percent": 5}, "needs either enabled or percent"),
            ("scoring.model", {"percent": 101}, "percent: input should be less than or equal to 100"),
            ("scoring.model", {"enabled": "perhaps"}, "enabled: input should be a valid boolean"),
            ("scoring.model", {"enable": True}, "enable: extra inputs are not permitted"),
            ("scoring.model", {"enabled": True, "rules": [{"enabled": False}]}, "rules.0: names neither sources nor teams"),
            ("scoring.model", {"enabled": True, "rules": [{"enabled": False, "sources": ["A.b"]}]}, "rules.0.sources.0"),
            ("scoring.model", {"enabled": True, "rules": [{"enabled": False, "teams": ["b2b"]}]}, "before a team is known"),
            ("automation", {"percent": 50}, "would let undeclared ones in"),
            ("automation", {"enabled": True, "rules": [{"percent": 5, "teams": ["b2b"]}]}, "needs the sources"),
            ("scoring.model", "{", "the definition is no JSON"),
            ("scoring.model", "[]", "valid dictionary"),
        ],
    )
    def test_what_cannot_be_used_says_why(self, flag: str, data: Any, told: str) -> None:
        """Unknown flags and bad definitions name the flag, the place in the definition, and what would do."""
        with pytest.raises(FlagError) as refused:
            parse(flag, data)
        assert told in str(refused.value)
        assert flag in str(refused.value)

    def test_text_and_back(self) -> None:
        """A definition written as text is the same when it is read; nothing that was not said is in it."""
        rule = Rule(sources=("partner-csv",), teams=("b2b",), percent=12.5)
        definition = Definition(enabled=True, rules=(rule,), until=1_763_900_000_000)
        assert parse("automation", definition.text()) == definition
        assert OFF.text() == '{"enabled":false}'

    def test_every_flag_says_what_off_means(self) -> None:
        """Each has words for on and off, and is asked at one moment; the share is no switch."""
        assert all(flag.on and flag.off and flag.stage for flag in CATALOGUE.values())
        assert sorted([*AT["arrival"], *AT["decision"]]) == sorted(SWITCHES)
        assert [known(name) for name in CATALOGUE] == list(CATALOGUE)


class TestStates:
    def test_the_first_rule_that_fits_decides(self) -> None:
        """Sources and teams of one rule must both fit; one that names teams never fits where no team is known."""
        rules = (
            Rule(sources=("web-form",), teams=("b2b",), percent=10),
            Rule(sources=("web-form",), enabled=False),
            Rule(teams=("b2b",), percent=30),
        )
        states = States({"routing.by_score": Definition(enabled=True, rules=rules)})
        asked = [("web-form", "b2b"), ("web-form", "dach"), ("web-form", None), ("other", "b2b"), ("other", None)]
        assert [states.share("routing.by_score", *one) for one in asked] == [0.1, 0.0, 0.0, 0.3, 1.0]

    def test_a_change_holds_until_it_is_taken_back_or_runs_out(self) -> None:
        """From the configuration to the change, and back to the configuration, whatever that says."""
        configured = {"scoring.model": Definition(percent=25)}
        temporary = Definition(enabled=False, until=5_000)
        shares = [
            States(configured, changed("scoring.model", definition), now).share("scoring.model", "web-form")
            for definition, now in ((OFF, 9_000), (None, 9_000), (temporary, 4_999), (temporary, 5_000))
        ]
        assert shares == [0.0, 0.25, 0.0, 0.25]
        assert States(configured, changed("scoring.model", temporary), 4_000).until_ms == 5_000

    def test_the_version_names_what_holds(self) -> None:
        """Equal states read from equal changes have one version; another definition, change or default has another."""
        versions = [
            States().version,
            States({"scoring.model": OFF}).version,
            States({}, changed("scoring.model", OFF, 7)).version,
            States({}, changed("scoring.model", OFF, 8)).version,
        ]
        assert len(set(versions)) == 4
        assert States({}, changed("scoring.model", OFF, 7)).version == versions[2]
        assert [number_of(version) for version in versions] == [0, 0, 7, 8]
        assert (number_of(""), number_of("flagd")) == (0, 0)

    def test_automation_is_the_inventorys_unless_a_change_says_otherwise(self) -> None:
        """On: no share is named; off: nobody's; a rule's percentage is that source's share."""
        rules = (Rule(sources=("partner-csv",), percent=40),)
        on, off = (switches(States({"automation": Definition(enabled=yes, rules=rules)})) for yes in (True, False))
        assert [one.share("automation", "web-form") for one in (on, off)] == [None, 0.0]
        assert [one.share("automation", "partner-csv") for one in (on, off)] == [0.4, 0.4]
        assert ALL_ON.on("automation", "web-form", "su_1")


class TestSwitches:
    def test_what_is_off_at_a_moment(self) -> None:
        """Only flags asked at that moment are named, in the order of the catalogue; a percentage names its own keys."""
        one = switches(
            States({"enrichment.place": OFF, "dedupe.fuzzy": Definition(percent=0), "scoring.model": OFF, "automation": OFF})
        )
        assert one.off("arrival", "web-form", "ld_1") == ("enrichment.place", "dedupe.fuzzy")
        assert one.off("decision", "web-form", "su_1") == ("scoring.model",)
        assert ALL_ON.off("arrival", "web-form", "ld_1") == ALL_ON.off("decision", "web-form", "su_1") == ()

    def test_on_and_off_agree(self) -> None:
        """What is listed as off is what is not on, for every flag and key, with percentages and rules."""
        configured = {flag: Definition(percent=10.0 * n, rules=(Rule(sources=("aa",), enabled=n % 2 == 0),)) for n, flag in
                      enumerate(SWITCHES)}  # fmt: skip
        one = switches(States(configured))
        for source in ("aa", "bb"):
            for n in range(200):
                off = {*one.off("arrival", source, f"k{n}"), *one.off("decision", source, f"k{n}")}
                assert off == {flag for flag in SWITCHES if not one.on(flag, source, f"k{n}")}
