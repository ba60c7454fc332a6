"""What names the values of a payload, whatever its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.inventory.models import Mapping, Source
from app.pipeline.attributes import MAX_ATTRIBUTES, MAX_PATH, MAX_VISITED, TRUNCATED, collect, segment
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.unfold.forms import Definitions
from app.pipeline.ladder.unfold.unfolder import unfold_all
from app.pipeline.mapping import Left, compile_mapping

SHARED = Path(__file__).parents[3] / "shared" / "data" / "payloads"


def left(payload: dict[str, Any], **fields: str) -> Left:
    """What a mapping of these fields leaves over."""
    source = Source(
        name="test", description="", owner="", format="json", mapping=Mapping(fields=dict(fields)), expected_per_hour=1
    )
    return compile_mapping(source).map(payload).left


def leaves(payload: dict[str, Any], definitions: Definitions | None = None, **fields: str) -> dict[str, Leaf]:
    """Path → leaf."""
    return {leaf.path: leaf for leaf in unfold_all(left(payload, **fields), definitions or Definitions()).leaves}


def labels(payload: dict[str, Any], definitions: Definitions | None = None, **fields: str) -> dict[str, str]:
    """Path → label, of the values."""
    return {path: leaf.label for path, leaf in leaves(payload, definitions, **fields).items() if leaf.role == "value"}


class TestNested:
    def test_members(self) -> None:
        """A member is called by its name, around it are the members that enclose it, the nearest first."""
        assert unfold_all(left({"data": {"billing": {"city": "Bern"}}, "n": 5})).leaves == [
            Leaf("n", "n", (), 5),
            Leaf("data.billing.city", "city", ("billing", "data"), "Bern"),
        ]

    def test_nearest_the_top_first(self) -> None:
        """What stands nearer the top comes first."""
        assert [leaf.path for leaf in unfold_all(left({"a": {"b": {"c": 1}, "d": 2}, "e": 3})).leaves] == ["e", "a.d", "a.b.c"]

    def test_blank_says_nothing(self) -> None:
        """Null, blank text and empty containers are no leaves; false and zero are."""
        assert leaves({"a": None, "b": " \n", "c": [], "d": {}, "e": [None, ""], "f": "\0"}) == {}
        assert set(leaves({"a": False, "b": 0})) == {"a", "b"}

    def test_lists_of_objects(self) -> None:
        """Elements without a name of their own go by their number."""
        out = leaves({"items": [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}]})
        assert list(out) == ["items[0].sku", "items[0].qty", "items[1].sku", "items[1].qty"]
        assert (out["items[1].sku"].label, out["items[1].sku"].context) == ("sku", ("items",))

    def test_lists_of_values(self) -> None:
        """Of a list of values the first that is filled has the list's path, the others have their number."""
        assert {path: leaf.value for path, leaf in leaves({"v": ["", "a", None, "b"], "w": ["x"]}).items()} == {
            "v": "a",
            "v[3]": "b",
            "w": "x",
        }

    def test_a_value_object(self) -> None:
        """`value` is called by what encloses it."""
        out = leaves({"properties": {"email": {"value": "e@example.com", "timestamp": 1}}})
        assert (out["properties.email.value"].label, out["properties.email.value"].context) == ("email", ("properties",))


class TestFlatNames:
    @pytest.mark.parametrize(
        ("name", "label", "context"),
        [
            ("data[merges][EMAIL]", "EMAIL", ("merges", "data")),
            ("contact[email]", "email", ("contact",)),
            ("user.address.zip", "zip", ("address", "user")),
            ("interests[]", "interests", ()),
            ("answers[email][value]", "email", ("answers",)),
            ("Ihre E-Mail. Bitte angeben", "Ihre E-Mail. Bitte angeben", ()),
            ("v1.2", "2", ("v1",)),
            ("x@y", "x@y", ()),
            ("Your name [required]", "Your name [required]", ()),
        ],
    )
    def test_names_in_brackets_and_dots(self, name: str, label: str, context: tuple[str, ...]) -> None:
        """The last part is the label and those before it the context; the path is the name as it stands."""
        (leaf,) = leaves({name: 1}).values()
        if name == "v1.2":
            label, context = "v1", ()  # a number names nothing
        assert (leaf.path, leaf.label, leaf.context) == (segment(name), label, context)

    def test_flattened_fields(self) -> None:
        """The parts of a field that a form sends flat name each other."""
        out = leaves({"f[x][id]": "x", "f[x][title]": "Ihre E-Mail", "f[x][value]": "e@example.com", "other[a]": 1})
        assert (out['"f[x][value]"'].label, out['"f[x][value]"'].context) == ("Ihre E-Mail", ("x", "f"))
        assert out['"f[x][title]"'].role == "name"
        assert out['"other[a]"'].label == "a"

    def test_flattened_lists(self) -> None:
        """Lists whose elements name themselves are understood flat, too, and what a flat value holds inside."""
        payload = {
            "c[0][f][0][name]": "Tel",
            "c[0][f][0][value]": "030",
            "c[0][f][1][name]": "Ort",
            "c[0][f][1][value]": '{"x": 1}',
        }
        assert labels(payload) == {'"c[0][f][0][value]"': "Tel", '"c[0][f][1][value]"@json.x': "x"}

    def test_flat_names_that_clash(self) -> None:
        """A name that is a value and an object at once is taken as it is."""
        assert labels({"a[b]": 1, "a[b][c]": 2}) == {'"a[b]"': "b", '"a[b][c]"': "c"}


class TestElements:
    @pytest.mark.parametrize(
        ("element", "path", "label", "context"),
        [
            ({"name": "city", "values": ["Bern"]}, "f[name=city].values", "city", ("f",)),
            ({"key": "city", "value": "Bern"}, "f[key=city].value", "city", ("f",)),
            ({"label": "Your city", "answer": "Bern"}, 'f[label="Your city"].answer', "Your city", ("f",)),
            ({"question": "City?", "answer": "Bern"}, "f[question=City?].answer", "City?", ("f",)),
            ({"title": "City", "value": "Bern"}, "f[title=City].value", "City", ("f",)),
            ({"attribute": "city", "data": "Bern"}, "f[attribute=city].data", "city", ("f",)),
            ({"frage": "Ort", "antwort": "Bern"}, "f[frage=Ort].antwort", "Ort", ("f",)),
            ({"pregunta": "Ciudad", "respuesta": "Bern"}, "f[pregunta=Ciudad].respuesta", "Ciudad", ("f",)),
            ({"вопрос": "Город", "ответ": "Bern"}, "f[вопрос=Город].ответ", "Город", ("f",)),
            ({"问题": "城市", "答案": "Bern"}, "f[问题=城市].答案", "城市", ("f",)),
            (
                {"column_name": "User City", "string_value": "Bern", "column_id": "CITY"},
                "f[column_id=CITY].string_value",
                "User City",
                ("CITY", "f"),
            ),
            (
                {"questionId": 7, "answerDetails": {"x": {"answer": "Bern"}}},
                "f[questionId=7].answerDetails.x.answer",
                "7",
                ("f",),
            ),
            ({"type": "text", "text": "Bern", "field": {"id": "i", "ref": "r"}}, "f[field.ref=r].text", "r", ("f",)),
            (
                {"type": "email", "email": "e@example.com", "field": {"id": "i", "ref": "r", "title": "Mail?"}},
                "f[field.ref=r].email",
                "Mail?",
                ("r", "email", "f"),
            ),
            ({"type": "choice", "choice": {"label": "Bern"}, "field": {"ref": "r"}}, "f[field.ref=r].choice.label", "r", ("f",)),
            ({"field_type": "CITY", "value": "Bern"}, "f[field_type=CITY].value", "CITY", ("f",)),
            ({"name": "City", "type": "name", "value": "Bern"}, "f[name=City].value", "City", ("f",)),
            ({"id": 812, "label": "City", "value": "Bern"}, "f[label=City].value", "City", ("f",)),
        ],
    )
    def test_elements_that_name_themselves(self, element: Any, path: str, label: str, context: tuple[str, ...]) -> None:
        """A value is called by what stands beside it: the question, else the name; the path selects the element by its name."""
        values = [leaf for leaf in leaves({"f": [element]}).values() if leaf.role == "value"]
        assert [(leaf.path, leaf.label, leaf.context) for leaf in values] == [(path, label, context)]

    def test_names_and_types_are_no_values(self) -> None:
        """What names or describes an answer is told from the answer."""
        out = leaves({"f": [{"name": "a", "label": "Your city", "type": "text", "value": "Bern"}]})
        assert {path: leaf.role for path, leaf in out.items()} == {
            "f[name=a].value": "value",
            "f[name=a].label": "name",
            "f[name=a].type": "name",
        }

    def test_options_are_no_answers(self) -> None:
        """What could have been answered is told from what was."""
        out = leaves({"f": [{"name": "a", "value": "o1", "options": [{"id": "o1", "text": "Oak"}]}]})
        assert [path for path, leaf in out.items() if leaf.role == "value"] == ["f[name=a].value"]

    def test_unanswered(self) -> None:
        """Of a question without an answer its name is left."""
        assert [(leaf.path, leaf.role) for leaf in leaves({"f": [{"name": "a", "value": ""}]}).values()] == [
            ("f[name=a].name", "name")
        ]

    def test_repeated_names(self) -> None:
        """A name that comes again is told by its number, for a selector finds the first."""
        out = leaves({"f": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]})
        assert {path: leaf.label for path, leaf in out.items() if leaf.role == "value"} == {
            "f[name=a].value": "a",
            "f[1].value": "a",
        }

    def test_answers_in_parts(self) -> None:
        """The parts of an answer keep their names, and the question is near."""
        out = leaves({"f": [{"name": "q3", "answer": {"first": "Eva", "last": "Maier"}}]})
        assert out["f[name=q3].answer.first"][:3] == ("f[name=q3].answer.first", "first", ("q3", "f"))

    def test_structure_alone(self) -> None:
        """Unknown member names are understood where one names each element and the other holds values of different kinds."""
        data = [{"bez": "Name", "inh": "Eva"}, {"bez": "Mail", "inh": "e@example.com"}, {"bez": "Tel", "inh": "030 123"}]
        assert labels({"d": data}) == {"d[bez=Name].inh": "Name", "d[bez=Mail].inh": "Mail", "d[bez=Tel].inh": "Tel"}

    @pytest.mark.parametrize(
        "records",
        [
            [{"name": "Eva", "email": "e@example.com"}, {"name": "Bob", "email": "b@example.com"}],
            [{"sku": "A1", "qty": 1}, {"sku": "B2", "qty": 2}],
            [{"name": "Shirt", "price": 5, "value": 5}, {"name": "Hat", "price": 7, "value": 7}],
            [{"title": "A note", "text": "Call him"}, {"title": "Another", "text": "Done"}],
        ],
    )
    def test_records_are_no_names(self, records: Any) -> None:
        """People, products and notes have names, too: they name no values."""
        assert all(path.startswith(("r[0].", "r[1].")) for path in labels({"r": records}))

    def test_left_by_a_declaration(self) -> None:
        """What a declared selector left over is still called by its name."""
        payload = {"f": [{"name": "email", "values": ["e"]}, {"name": "city", "label": "Ihr Ort", "values": ["Bern", "Wil"]}]}
        out = labels(payload, email="f[name=email].values")
        assert out == {"f[name=city].values": "Ihr Ort", "f[name=city].values[1]": "Ihr Ort"}


class TestWrapped:
    def test_fields_with_their_questions(self) -> None:
        """Objects of the same make, each with a question and a value, are fields."""
        out = labels({"email": {"label": "Ihre E-Mail", "value": "e"}, "menu": {"label": "Land", "value": "DE"}})
        assert out == {"email.value": "Ihre E-Mail", "menu.value": "Land"}

    def test_names_that_say_nothing(self) -> None:
        """A field whose name is a number has its question for a label."""
        assert labels({"a": 1, "field_7": {"title": "Land", "value": "DE"}})["field_7.value"] == "Land"

    def test_a_chosen_option(self) -> None:
        """An option's text is no question: the field keeps its name."""
        assert labels({"name": "Eva", "email": "e", "country": {"value": "DE", "label": "Germany"}})["country.value"] == "country"


class TestInsideTexts:
    def test_json(self) -> None:
        """JSON in a text is unfolded, too, and integers stay exact."""
        out = leaves(
            {"raw": ' {"q3_name": {"first": "Eva"}, "id": 123456789012345678901}', "list": '["a", "b"]', "no": "{x}", "e": "{}"}
        )
        assert {path: leaf.value for path, leaf in out.items()} == {
            "no": "{x}",
            "e": "{}",
            "raw@json.id": 123456789012345678901,
            "list@json": "a",
            "list@json[1]": "b",
            "raw@json.q3_name.first": "Eva",
        }
        assert out["raw@json.q3_name.first"].context == ("q3_name", "raw")

    def test_form(self) -> None:
        """A submitted form in a text is unfolded; an address with a query is a value."""
        url = "https://example.com/?a=1&b=2"
        assert {path: leaf.value for path, leaf in leaves({"raw": "email=e%40x.de&name=Eva+M", "url": url}).items()} == {
            "url": url,
            "raw@form.email": "e@x.de",
            "raw@form.name": "Eva M",
        }

    def test_block(self) -> None:
        """Lines of label and value are leaves beside the text that holds them, which is marked."""
        out = leaves({"message": "Name: Eva\nE-Mail: e@example.com"})
        assert out["message"].role == "block"
        assert out["message@text.E-Mail"] == Leaf("message@text.E-Mail", "E-Mail", ("message",), "e@example.com")


TYPEFORM = {
    "definition": {
        "id": "F",
        "title": "Contact us",
        "fields": [{"id": "k1", "title": "Your name?", "type": "text", "ref": "r1"}],
    },
    "answers": [
        {"type": "text", "text": "Eva", "field": {"id": "k1", "type": "text", "ref": "r1"}},
        {"type": "text", "text": "Bern", "field": {"id": "k2", "type": "text", "ref": "r2"}},
    ],
}
QUESTIONS = [{"questionId": 7, "question": {"localized": {"de_DE": "Ihr Ort?"}}, "name": "q", "predefinedField": "CITY"}]
ANSWERS = [{"questionId": 7, "answerDetails": {"textQuestionAnswer": {"answer": "Bern"}}}]
ANSWER = "answers[questionId=7].answerDetails.textQuestionAnswer.answer"


class TestForms:
    def test_definition_beside_the_answers(self) -> None:
        """A question in the payload's own form definition is its answer's label; an unknown answer keeps its name."""
        out = labels({"r": TYPEFORM})
        assert out["r.answers[field.ref=r1].text"] == "Your name?"
        assert out["r.answers[field.ref=r2].text"] == "r2"

    def test_definitions_say_nothing_of_the_person(self) -> None:
        """The texts of a definition are no values; its id may be the form's."""
        out = leaves({"r": TYPEFORM})
        assert out["r.definition.title"].role == "name"
        assert out["r.definition.fields[0].title"].role == "name"
        assert out["r.definition.id"].role == "value"

    def test_localized(self) -> None:
        """A question may be written per language, and have further names."""
        out = leaves({"form": {"questions": QUESTIONS}, "answers": ANSWERS})[ANSWER]
        assert (out.label, out.context) == ("Ihr Ort?", ("q", "CITY", "answers"))

    def test_definition_from_outside(self) -> None:
        """A form that the source lists explains answers whose payload does not hold it."""
        definitions = Definitions.of([{"elements": [{"content": {"questions": QUESTIONS}}]}])
        assert leaves({"answers": ANSWERS})[ANSWER].label == "7"
        assert leaves({"answers": ANSWERS}, definitions)[ANSWER].label == "Ihr Ort?"

    def test_members_named_by_ids(self) -> None:
        """A member may be a question's id, too."""
        fields = [{"id": 2, "label": "E-Mail", "type": "email"}, {"id": "input_5", "label": "Ort", "type": "text"}]
        assert labels({"2": "e", "input_5": "Bern"}, Definitions.of([{"fields": fields}])) == {"2": "E-Mail", "input_5": "Ort"}
        assert labels({"entry": {"2": "e"}, "form": {"id": 1, "fields": fields}})["entry.2"] == "E-Mail"

    def test_an_id_of_two_questions(self) -> None:
        """An id that two different questions share explains nothing."""
        forms = [{"fields": [{"id": 1, "label": "Name", "type": "x"}]}, {"fields": [{"id": 1, "label": "Mail", "type": "x"}]}]
        assert not Definitions.of(forms)

    def test_products_are_no_questions(self) -> None:
        """Lists with ids and titles that no answer refers to stay what they are."""
        out = leaves({"lines": [{"id": 5, "label": "Shirt"}], "meta": [{"id": 9, "key": "a", "value": "b"}]})
        assert out["lines[0].label"].role == "value"


class TestBounds:
    def test_beyond(self) -> None:
        """What lies beyond the bounds is counted."""
        out = unfold_all(left({"a": {f"n{n}": n for n in range(MAX_VISITED + 7)}, "b": 1}))
        assert len(out.leaves) + out.cut == MAX_VISITED + 8
        assert out.cut > 0

    def test_long_paths(self) -> None:
        """A path beyond its bound is cut, can still be read, and stays apart from others."""
        name = "n" * MAX_PATH
        out = leaves({name + "a": 1, name + "b": 2})
        assert len(out) == 2
        assert all(len(path) <= MAX_PATH + 10 for path in out)


def test_recorded_payloads() -> None:
    """In the vendors' recorded payloads names stand where they should."""
    if not SHARED.exists():
        pytest.skip("../shared/data/payloads is not beside the repository")

    def of(name: str) -> dict[str, str]:
        return labels(json.loads((SHARED / f"{name}.json").read_text("utf-8")))

    assert of("facebook_lead_graph_api")["field_data[name=email].values"] == "email"
    assert of("google_ads_lead_form_webhook_test")["user_column_data[column_id=PHONE_NUMBER].string_value"] == "User Phone"
    assert of("mailchimp_subscribe_flat")['"data[merges][FNAME]"'] == "FNAME"
    assert of("woocommerce_order")["billing.email"] == "email"
    assert of("hubspot_form_submission")["values[name=email].value"] == "email"
    typeform = of("typeform_form_response_mismatched_field")
    assert typeform["form_response.answers[field.ref=b78711bb4559132e].text"] == "b78711bb4559132e"
    assert not any("definition.fields" in path for path in typeform)


def test_what_is_cut_stays_counted() -> None:
    """What unfolding left out is counted among the attributes, in the same words as ever."""
    payload = {"a": {f"n{n}": n for n in range(MAX_VISITED + 7)}}
    out = unfold_all(left(payload))
    said = collect([(leaf.path, leaf.value) for leaf in out.leaves], cut=out.cut)
    assert int(said[TRUNCATED]) == MAX_VISITED + 7 - MAX_ATTRIBUTES
