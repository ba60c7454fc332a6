"""The shipped inventory holds together, and a broken one says everything that is wrong, with lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.inventory.load import load
from app.inventory.models import Fairness, Ladder
from app.inventory.problems import InventoryError, Problem

SHIPPED = Path(__file__).parents[2] / "deploy" / "config"

SOURCE = """\
name: shop
description: A shop
owner: e-commerce
format: json
mapping:
  fields:
    email: email
    phone: [phone, "billing.phone"]
required: [email|phone]
expected_per_hour: 10
"""
TEAMS = "teams:\n  - {name: sales-desk, description: Everyone}\n  - {name: dach-sales, description: DACH}\n"
ROUTING = """\
version: 1
rules:
  - name: dach
    when: {countries: [DE, AT]}
    team: dach-sales
catch_all: sales-desk
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small folder that is in order."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "shop.yaml").write_text(SOURCE)
    (tmp_path / "teams.yaml").write_text(TEAMS)
    (tmp_path / "routing.yaml").write_text(ROUTING)
    return tmp_path


def problems(config: Path) -> list[Problem]:
    """What is wrong with a folder; empty where nothing is."""
    try:
        load(config)
    except InventoryError as error:
        return list(error.problems)
    return []


def edited(config: Path, file: str, old: str, new: str) -> list[Problem]:
    """What is wrong after replacing one piece of text in a file that was in order."""
    path = config / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return problems(config)


class TestShipped:
    def test_loads(self) -> None:
        """The shipped inventory has all the vendors' shapes and formats, and expects thousands of leads an hour."""
        inventory = load(SHIPPED)
        assert len(inventory.sources) >= 11
        assert {source.format for source in inventory.sources.values()} == {"json", "form", "csv", "avro"}
        assert 1_000 < sum(source.expected_per_hour for source in inventory.sources.values()) < 10_000
        assert {team.format for team in inventory.teams.values()} == {"avro", "json"}

    def test_file_names(self) -> None:
        """Each source is found in the file of its name."""
        assert {path.stem for path in (SHIPPED / "sources").iterdir()} == set(load(SHIPPED).sources)

    def test_every_source_can_be_contacted_and_recognised(self) -> None:
        """Each source requires a way to contact the person, and maps what its vendor identifies an event by."""
        for source in load(SHIPPED).sources.values():
            assert any("email" in names for names in source.required), source.name
            assert "event_id" in source.mapping.fields, source.name

    def test_every_team_is_used(self) -> None:
        """A team that no rule names would wait for ever."""
        inventory = load(SHIPPED)
        assert {rule.team for rule in inventory.routing.rules} | {inventory.routing.catch_all} == set(inventory.teams)


class TestFormat:
    def test_in_order(self, config: Path) -> None:
        """The folder that the other tests break is in order."""
        assert problems(config) == []

    def test_text(self, config: Path) -> None:
        """A problem reads `file:line: field: what is wrong; how to mend it`, and is a ConfigurationError."""
        edited(config, "sources/shop.yaml", "    email: email", "    emial: email")
        with pytest.raises(ConfigurationError) as caught:
            load(config)
        file = config / "sources" / "shop.yaml"
        assert str(caught.value) == f'{file}:7: mapping.fields.emial: is no field of a lead; did you mean "email"?'

    def test_all_at_once(self, config: Path) -> None:
        """All problems of all files are told together, in the order of files and lines."""
        edited(config, "sources/shop.yaml", "owner: e-commerce", "onwer: e-commerce")
        edited(config, "teams.yaml", "name: dach-sales", "name: Dach")
        found = edited(config, "routing.yaml", "[DE, AT]", "[DE, UK]")
        assert [(Path(one.file).name, one.line, one.field) for one in found] == [
            ("routing.yaml", 4, "rules[0].when.countries[1]"),
            ("shop.yaml", 1, "owner"),
            ("shop.yaml", 3, "onwer"),
            ("teams.yaml", 3, "teams[1].name"),
        ]


S, T, R = "sources/shop.yaml", "teams.yaml", "routing.yaml"
MAPPING = SOURCE[SOURCE.index("mapping:") : SOURCE.index("\nrequired:")]
RULE = "    team: dach-sales\n"

# name: (file, old text, new text, line, field, words of what is wrong, words of how to mend it)
BROKEN: dict[str, tuple[str, str, str, int, str, str, str]] = {
    # YAML
    "syntax": (S, "format: json", "format: [json", 5, "(file)", "is not YAML", "this line"),
    "tab": (S, "    email: email", "\temail: email", 7, "(file)", "is not YAML", "this line"),
    "duplicate key": (S, "owner: e-commerce", "owner: a\nowner: b", 4, "owner", "is set twice, first in line 3", "keep one"),
    "alias": (S, "description: A shop", "description: &a x\ncurrency: *a", 3, "currency", "aliases", "write the value out"),
    "norway": (R, "[DE, AT]", "[DE, NO]", 4, "rules[0].when.countries[1]", "YAML reads NO as false", '"NO"'),
    "norway again": (S, "format: json", "format: json\ndefault_country: NO", 5, "default_country", "reads NO as false", '"NO"'),
    # shape
    "unknown key": (S, "owner:", "timezone: UTC\nowner:", 3, "timezone", "is not a known setting", '"time_zone"'),
    "unknown key within": (S, "  fields:", "  vresion: 1\n  fields:", 6, "mapping.vresion", "not a known", '"version"'),
    "unknown key in a rule": (R, "{countries:", "{country:", 4, "rules[0].when.country", "not a known", '"countries"'),
    "missing key": (S, "owner: e-commerce\n", "", 1, "owner", "is missing", "add it"),
    "wrong choice": (S, "format: json", "format: jsn", 4, "format", '"jsn" is not possible', "'csv', 'avro' or 'auto'"),
    "bad slug": (S, "name: shop", "name: My_Shop", 1, "name", "does not fit", "lower-case"),
    "number as text": (S, "per_hour: 10", "per_hour: many", 10, "expected_per_hour", "valid number", "correct"),
    "forgotten too soon": (
        *(S, "per_hour: 10", "per_hour: 10\nremember_days: 7", 11, "remember_days"),
        *("forgotten after 7 days, before the window for duplicates ends (30)", "for 30 days or longer"),
    ),
    "a window beyond memory": (
        *(S, "per_hour: 10", "per_hour: 10\ndedupe_window_hours: 2400", 11, "dedupe_window_hours"),
        *("forgotten after 90 days", "for 100 days or longer, or shorten"),
    ),
    "below the limit": (S, "per_hour: 10", "per_hour: 0", 10, "expected_per_hour", "greater than 0", "correct"),
    "path of a wrong type": (S, "    email: email", "    email: 5", 7, "mapping.fields.email", "must be text", '"5"'),
    "list of nothing": (S, "required: [email|phone]", "required: email", 9, "required", "must be a list", "[one, two]"),
    "text for a block": (S, MAPPING, "mapping: x", 5, "mapping", "name: value", "indent"),
    "empty file": (T, TEAMS, "", 1, "(file)", "holds nothing", "teams"),
    "list for a file": (T, "teams:\n", "", 1, "(file)", "holds a list", "teams"),
    # sources
    "own field": (
        S,
        "    email: email",
        "    email: email\n    cost: price",
        8,
        "mapping.fields.cost",
        "set by the pipeline",
        "remove it",
    ),
    "bad path": (S, "email: email", 'email: "a[b"', 7, "mapping.fields.email", "cannot be read", "character 4"),
    "bad alternative": (S, '"billing.phone"', '"billing."', 8, "mapping.fields.phone[1]", "cannot be read", "expected a name"),
    "bad ignore": (S, "mapping:", "mapping:\n  ignore: [a..b]", 6, "mapping.ignore[0]", "cannot be read", "expected a name"),
    "no path": (S, '[phone, "billing.phone"]', "[]", 8, "mapping.fields.phone", "names no path", "write one"),
    "unknown required": (S, "[email|phone]", "[email|fone]", 9, "required[0]", '"fone" is no field', '"phone"'),
    "required, not mapped": (S, "[email|phone]", "[email, company]", 9, "required[1]", "no path gives company", "map it"),
    "time zone": (S, "format: json", "format: json\ntime_zone: Europe/Berln", 5, "time_zone", "no time zone", '"Europe/Berlin"'),
    "zone by offset": (
        S,
        "format: json",
        'format: json\ntime_zone: "+02:00"',
        5,
        "time_zone",
        "no time zone",
        "like Europe/Berlin",
    ),
    "country": (S, "format: json", "format: json\ndefault_country: UK", 5, "default_country", "no country", "GB"),
    "currency": (S, "format: json", "format: json\ncurrency: EUX", 5, "currency", "no currency", "ISO 4217"),
    "cost": (S, "format: json", "format: json\ncost_per_lead: -1", 5, "cost_per_lead", "below zero", "0 where"),
    "csv without columns": (S, "format: json", "format: csv", 4, "format", "needs its columns", "add csv"),
    "avro without record": (S, "format: json", "format: avro", 4, "format", "needs the name", "add record"),
    "columns without csv": (S, "format: json", "format: json\ncsv: {columns: [a]}", 5, "csv", "means nothing", "format: csv"),
    "record without avro": (S, "format: json", "format: json\nrecord: x", 5, "record", "means nothing", "format: avro"),
    "path is no column": (
        S,
        "format: json",
        "format: csv\ncsv: {columns: [email, phone, x]}",
        9,
        "mapping.fields.phone[1]",
        "billing is no column",
        "known are",
    ),
    "column twice": (
        S,
        "format: json",
        "format: csv\ncsv: {columns: [email, phone, billing, phone]}",
        5,
        "csv.columns[3]",
        "named twice",
        "own name",
    ),
    "delimiter": (
        S,
        "format: json",
        "format: csv\ncsv: {delimiter: ' ', columns: [email, phone, billing]}",
        5,
        "csv.delimiter",
        "cannot be",
        '";"',
    ),
    # teams and rules
    "team twice": (
        T,
        "DACH}\n",
        "DACH}\n  - {name: dach-sales, description: x}\n",
        4,
        "teams[2].name",
        "another team",
        "own name",
    ),
    "unknown team": (R, RULE, "    team: dach-sale\n", 5, "rules[0].team", "is no team", '"dach-sales"'),
    "catch-all": (R, "catch_all: sales-desk", "catch_all: desk", 6, "catch_all", "is no team", "known are"),
    "limits": (R, "catch_all:", "warm_from: 0.4\ncatch_all:", 6, "warm_from", "not below hot_from", "lower it"),
    "unknown source": (R, "{countries: [DE, AT]}", "{sources: [shopp]}", 4, "rules[0].when.sources[0]", "no source", '"shop"'),
    "unknown field": (R, "{countries: [DE, AT]}", "{has: [mail]}", 4, "rules[0].when.has[0]", "no field", '"email"'),
    "small country": (R, "[DE, AT]", "[de]", 4, "rules[0].when.countries[0]", "no country", "write DE"),
    "empty list": (R, "[DE, AT]", "[]", 4, "rules[0].when.countries", "empty list", "fill it"),
    "blank word": (
        R,
        "{countries: [DE, AT]}",
        "{interest_contains: [' ']}",
        4,
        "rules[0].when.interest_contains[0]",
        "blank",
        "word",
    ),
    "score": (
        R,
        "{countries: [DE, AT]}",
        "{score_at_least: 40}",
        4,
        "rules[0].when.score_at_least",
        "outside",
        "between 0 and 1",
    ),
    "short name": (R, "name: dach", "name: d", 3, "rules[0].name", "does not fit", "2 to 41"),
    "rule twice": (
        R,
        RULE,
        RULE + "  - {name: dach, when: {countries: [CH]}, team: sales-desk}\n",
        6,
        "rules[1].name",
        'called "dach"',
        "own name",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(config: Path, case: str) -> None:
    """Each mistake is told once: its file, its line, its field, what is wrong and how to mend it."""
    file, old, new, line, field, what, mend = BROKEN[case]
    (found,) = edited(config, file, old, new)
    assert (found.file, found.line, found.field) == (str(config / file), line, field)
    assert what in found.what
    assert mend in found.mend


class TestUnreachable:
    def test_after_an_empty_condition(self, config: Path) -> None:
        """A rule behind one without a condition can never decide."""
        rules = "  - {name: all, team: sales-desk}\n  - {name: later, when: {countries: [CH]}, team: dach-sales}\n"
        (found,) = edited(config, R, RULE, RULE + rules)
        assert (found.line, found.field) == (7, "rules[2].name")
        assert 'the rule "all" (line 6) before it has no condition' in found.what

    @pytest.mark.parametrize(
        ("earlier", "later", "reachable"),
        [
            ("{bands: [hot, warm]}", "{bands: [hot]}", False),
            ("{bands: [hot]}", "{bands: [hot, warm]}", True),
            ("{bands: [hot]}", "{has: [email]}", True),
            ("{has: [email]}", "{has: [email, phone], bands: [hot]}", False),
            ("{has: [email, phone]}", "{has: [email]}", True),
            ("{score_at_least: 0.3}", "{score_at_least: 0.5}", False),
            ("{score_at_least: 0.5}", "{score_at_least: 0.3}", True),
            ("{order_value_at_least: 5}", "{score_at_least: 0.5}", True),
            ("{sources: [shop]}", "{sources: [shop], countries: [CH]}", False),
        ],
    )
    def test_behind_a_wider_one(self, config: Path, earlier: str, later: str, reachable: bool) -> None:
        """A rule is reachable unless an earlier one takes every lead that it would."""
        rules = f"  - {{name: first, when: {earlier}, team: sales-desk}}\n  - {{name: then, when: {later}, team: dach-sales}}\n"
        found = edited(config, R, RULE, RULE + rules)
        assert [one.field for one in found] == ([] if reachable else ["rules[2].name"])


class TestFolder:
    def test_missing_files(self, tmp_path: Path) -> None:
        """An empty folder lacks all three, and each is told."""
        assert [(Path(one.file).name, one.field) for one in problems(tmp_path)] == [
            ("routing.yaml", "(file)"),
            ("sources", "(folder)"),
            ("teams.yaml", "(file)"),
        ]

    def test_same_name_in_two_files(self, config: Path) -> None:
        """Two sources cannot share a name: it names their topic."""
        shutil.copy(config / S, config / "sources" / "zebra.yaml")
        (found,) = problems(config)
        assert (Path(found.file).name, found.line, found.field) == ("zebra.yaml", 1, "name")
        assert "shop.yaml" in found.what

    def test_not_utf8(self, config: Path) -> None:
        """A file in another encoding is told as such."""
        (config / S).write_bytes(SOURCE.replace("A shop", "Händler").encode("latin-1"))
        (found,) = problems(config)
        assert "UTF-8" in found.what

    def test_unreadable_source_blames_no_rule(self, config: Path) -> None:
        """While a source cannot be read, rules that name it are not called wrong."""
        edited(config, R, "{countries: [DE, AT]}", "{sources: [shop]}")
        found = edited(config, S, "format: json", "format: xml")
        assert [Path(one.file).name for one in found] == ["shop.yaml"]


class TestLadder:
    """The limits of the mapping ladder."""

    def test_defaults(self, config: Path) -> None:
        """Without a mapping.yaml the ladder has its own limits."""
        assert load(config).ladder == Ladder()

    def test_limits_in_the_wrong_order(self, config: Path) -> None:
        """Limits between which nothing lies are told, with the line."""
        (config / "mapping.yaml").write_text("version: 2\ncertain_from: 0.7\nplausible_from: 0.8\n")
        with pytest.raises(InventoryError) as caught:
            load(config)
        (problem,) = caught.value.problems
        assert (problem.line, problem.field) == (3, "plausible_from")


class TestFairness:
    """The limits of the audit of fairness."""

    def test_defaults(self, config: Path) -> None:
        """Without a fairness.yaml the audit has its own limits, and no team is first class."""
        assert load(config).fairness == Fairness()

    def test_shipped_limits_are_the_defaults(self) -> None:
        """The shipped file says what holds without it, and which teams are first class."""
        shipped = load(Path("deploy/config")).fairness
        assert shipped.model_copy(update={"first_class": ()}) == Fairness()
        assert shipped.first_class

    def test_a_team_that_is_none(self, config: Path) -> None:
        """A first-class team must be a team; a measure must be one."""
        (config / "fairness.yaml").write_text("version: 1\nfirst_class: [nobody]\n")
        with pytest.raises(InventoryError) as caught:
            load(config)
        (problem,) = caught.value.problems
        assert (problem.line, problem.field) == (2, "first_class[0]")
        (config / "fairness.yaml").write_text("judged:\n  country: [hott]\n")
        with pytest.raises(InventoryError):
            load(config)


class TestPurposes:
    @pytest.mark.parametrize(
        ("lines", "field", "told"),
        [
            ("features: [role, age]\nsensitive: [age]\n", "sensitive[0]", "stands under features, too"),
            ("features: ['\"age\"']\nsensitive: [age]\n", "sensitive[0]", "stands under features, too"),
            ("features: [billing.phone]\n", "features[0]", "is mapped to phone, which is personal"),
            ("sensitive: [email]\n", "sensitive[0]", "is mapped to email, which is personal"),
            ("features: ['answers[']\n", "features[0]", "cannot be read"),
            ("features: [role, role]\n", "features[1]", "is listed twice"),
            (f"features: [{', '.join(f'a{n}' for n in range(65))}]\n", "features", "lists 65 paths"),
            ("features: role\n", "features", "must be a list"),
        ],
    )
    def test_a_wrong_declaration_is_refused(self, config: Path, lines: str, field: str, told: str) -> None:
        """A path serves one purpose, can be read, and names nobody; the message says where it stands."""
        found = edited(config, "sources/shop.yaml", "expected_per_hour: 10\n", f"expected_per_hour: 10\n{lines}")
        assert [(problem.field, told in problem.what) for problem in found] == [(field, True)]

    def test_attributes_of_both_kinds_may_be_declared(self, config: Path) -> None:
        """Paths of attributes, and of fields that name nobody, are fine."""
        lines = "features: [role, billing.country]\nsensitive: [age]\n"
        assert edited(config, "sources/shop.yaml", "expected_per_hour: 10\n", f"expected_per_hour: 10\n{lines}") == []
