"""The way from a payload to fields and attributes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.inventory.models import Mapping, Source
from app.inventory.paths import PathError
from app.pipeline.attributes import MAX_ATTRIBUTES, MAX_PATH, MAX_TEXT, TRUNCATED
from app.pipeline.mapping import Mapped, Mapper, OpeningMapper, compile_mapping


def mapper(ignore: tuple[str, ...] = (), **fields: str | tuple[str, ...]) -> Mapper:
    """A mapper of these fields."""
    mapping = Mapping(fields=fields, ignore=ignore)
    return compile_mapping(Source(name="test", description="", owner="", format="json", mapping=mapping, expected_per_hour=1))


def mapped(payload: dict[str, Any], ignore: tuple[str, ...] = (), **fields: str | tuple[str, ...]) -> Mapped:
    """A payload, mapped by these fields."""
    return mapper(ignore, **fields).map(payload)


class TestInside:
    def test_json(self) -> None:
        """A path may go on inside a text that is JSON; what it does not take is left over under such paths."""
        payload = {"raw": '{"q": {"mail": "e@example.com", "n": 1}, "list": [{"name": "a", "value": "x"}]}', "b": 2}
        out = mapped(payload, email="raw@json.q.mail", city="raw@json.list[name=a].value")
        assert out.fields == {"email": "e@example.com", "city": "x"}
        assert out.attributes == {"b": "2", "raw@json.q.n": "1"}

    def test_not_json(self) -> None:
        """A text that cannot be read so is an ordinary value: an attribute, or the field that asked for it."""
        assert mapped({"raw": "{broken"}, email="raw@json.mail").attributes == {"raw": "{broken"}
        out = mapped({"raw": "plain"}, email="raw@json.mail", message="raw")
        assert (out.fields, out.attributes) == ({"message": "plain"}, {})

    def test_object_instead_of_text(self) -> None:
        """Where an object stands in the text's place, it is left over whole."""
        assert mapped({"raw": {"mail": "e"}}, email="raw@json.mail").attributes == {"raw.mail": "e"}

    def test_form(self) -> None:
        """A submitted form inside a text is read, too."""
        out = mapped({"raw": "mail=e%40example.com&n=1&n=2"}, email="raw@form.mail")
        assert (out.fields, out.attributes) == ({"email": "e@example.com"}, {"raw@form.n[0]": "1", "raw@form.n[1]": "2"})

    def test_block(self) -> None:
        """From lines of label and value the declared ones are taken; the text itself stays."""
        text = "Name: Eva\nE-Mail: e@example.com\nOrt: Bern"
        out = mapped({"m": text}, email="m@text.E-Mail", full_name="m@text.Name", message="m")
        assert out.fields == {"email": "e@example.com", "full_name": "Eva", "message": text}
        assert out.attributes == {"m@text.Ort": "Bern"}
        assert mapped({"m": text}, email="m@text.E-Mail").attributes["m"] == text

    def test_both(self) -> None:
        """A text may be read in several ways, and one inside the other."""
        text = '{"t": "Name: Eva\\nMail: e"}'
        out = mapped({"m": text}, email="m@json.t@text.Mail", message="m")
        assert out.fields == {"email": "e", "message": text}
        assert out.attributes == {"m@json.t": "Name: Eva\nMail: e", "m@json.t@text.Name": "Eva"}

    def test_in_a_list(self) -> None:
        """Of a list the first value that is not blank stands for it, inside, too."""
        out = mapped({"raw": ["", '{"mail": "e"}', "x"]}, email="raw@json.mail")
        assert (out.fields, out.attributes) == ({"email": "e"}, {"raw[2]": "x"})

    def test_ignored(self) -> None:
        """What is left out on purpose inside a text is left out."""
        raw = '{"mail": "e", "secret": "s"}'
        assert mapped({"raw": raw}, ignore=("raw@json.secret",), email="raw@json.mail").attributes == {}

    def test_others_do_not_look(self) -> None:
        """A mapping without such paths is mapped by a mapper that does not look for them."""
        assert type(mapper(email="a.b[c=d].e")) is Mapper
        assert type(mapper(email="a.b[c=d].e@json.f")) is OpeningMapper


class TestFields:
    def test_dotted(self) -> None:
        """Dots lead into objects; values keep their type."""
        out = mapped(
            {"traits": {"address": {"city": "Bern"}, "n": 5}, "ok": False},
            city="traits.address.city",
            budget="traits.n",
            consent="ok",
        )
        assert out.fields == {"city": "Bern", "budget": 5, "consent": False}
        assert out.attributes == {}

    def test_index(self) -> None:
        """A number in brackets is the n-th element; the others are attributes."""
        out = mapped({"items": [{"t": "a"}, {"t": "b"}]}, interest="items[1].t")
        assert (out.fields, out.attributes) == ({"interest": "b"}, {"items[0].t": "a"})

    def test_selector(self) -> None:
        """A selector finds an element by what it says of itself, in any order, number or text."""
        answers = [{"q": 7, "a": "Eva"}, {"q": "8", "a": "e@example.com"}]
        for payload in ({"x": answers}, {"x": answers[::-1]}):
            assert mapped(payload, email="x[q=8].a", first_name="x[q=7].a").fields == {
                "email": "e@example.com",
                "first_name": "Eva",
            }

    def test_dotted_selector(self) -> None:
        """A selector's key may lie deeper in the element."""
        payload = {"answers": [{"field": {"ref": "email", "id": "f1"}, "email": "e@example.com"}]}
        out = mapped(payload, email="answers[field.ref=email].email")
        assert out.fields == {"email": "e@example.com"}
        assert out.attributes == {"answers[field.ref=email].field.id": "f1"}

    def test_two_selectors_for_one_element(self) -> None:
        """An element that several paths name serves them all."""
        payload = {"answers": [{"ref": "mail", "type": "email", "email": "e@example.com", "n": 1}]}
        out = mapped(payload, email="answers[type=email].email", budget="answers[ref=mail].n", message="answers[0].type")
        assert out.fields == {"email": "e@example.com", "budget": 1, "message": "email"}
        assert out.attributes == {}

    def test_quoted_name(self) -> None:
        """A quoted name is literal, dots and brackets included."""
        assert mapped({"data[email]": "a", "b.c": "d"}, email='"data[email]"', city='"b.c"').fields == {"email": "a", "city": "d"}

    def test_first_filled_alternative(self) -> None:
        """The first alternative that is filled wins; blank text and null are not filled."""
        out = mapped({"a": " ", "b": None, "c": "x", "d": "y"}, email=("a", "b", "c", "d"))
        assert (out.fields, out.attributes) == ({"email": "x"}, {"d": "y"})

    def test_same_value_twice(self) -> None:
        """An alternative that says the same as the winner is not repeated as an attribute."""
        assert mapped({"a": "x", "b": "x"}, email=("a", "b")).attributes == {}

    def test_one_path_for_two_fields(self) -> None:
        """One path may fill several fields."""
        assert mapped({"id": 7}, event_id="id", customer_id="id").fields == {"event_id": 7, "customer_id": 7}

    def test_loser_here_winner_there(self) -> None:
        """A value that another field took is no attribute."""
        out = mapped({"a": "x", "b": "y"}, email=("a", "b"), phone="b")
        assert (out.fields, out.attributes) == ({"email": "x", "phone": "y"}, {})

    def test_list_of_values(self) -> None:
        """Of a list of values the first that is filled stands for it; the others are attributes."""
        out = mapped({"v": ["", "a", "b"]}, interest="v")
        assert (out.fields, out.attributes) == ({"interest": "a"}, {"v[2]": "b"})

    def test_same_answer_twice(self) -> None:
        """Of two elements with the same name the first filled one counts; the other is kept beside it."""
        out = mapped({"f": [{"n": "email", "v": ["a"]}, {"n": "email", "v": ["b"]}]}, email="f[n=email].v")
        assert (out.fields, out.attributes) == ({"email": "a"}, {"f[n=email].v[0]": "b"})
        out = mapped({"f": [{"n": "email", "v": [""]}, {"n": "email", "v": ["b"]}]}, email="f[n=email].v")
        assert (out.fields, out.attributes) == ({"email": "b"}, {})

    def test_object_where_a_value_was_declared(self) -> None:
        """An object where a value was expected fills no field and is not lost."""
        out = mapped({"email": {"address": "a"}}, email="email")
        assert (out.fields, out.attributes) == ({}, {"email.address": "a"})

    def test_value_and_object_by_the_same_name(self) -> None:
        """A path may end where another goes on: whichever the source sends is read."""
        assert mapped({"company": "Acme"}, company=("company.name", "company")).fields == {"company": "Acme"}
        assert mapped({"company": {"name": "Acme"}}, company=("company.name", "company")).fields == {"company": "Acme"}

    def test_text_is_clean(self) -> None:
        """No field or attribute holds what an encoder would choke on."""
        out = mapped({"a": "M\0ü\ud83d", "b\ud800": "x\udc00", "c": "\0"}, message="a", email="c")
        assert out.fields == {"message": "Mü\ufffd"}
        assert out.attributes == {"b\ufffd": "x\ufffd"}

    def test_bad_path(self) -> None:
        """A path that cannot be read is refused when the mapping is compiled."""
        with pytest.raises(PathError):
            mapper(email="a[")


class TestProvenance:
    def test_says_which_alternative(self) -> None:
        """Each field names the path it came from, the rung and a full confidence."""
        (origin,) = mapped({"b": {"c": "x"}}, email=("a", "b.c")).provenance
        assert (origin.field, origin.path, origin.rung, origin.confidence) == ("email", "b.c", "declared", 1.0)

    def test_is_shared(self) -> None:
        """Records share the objects: nothing is allocated per record."""
        one = mapper(email="a")
        assert one.map({"a": "x"}).provenance[0] is one.map({"a": "y"}).provenance[0]


class TestAttributes:
    def test_text(self) -> None:
        """Attributes are text as JSON spells it; times and bytes from Avro are ISO 8601 and hex."""
        payload = {"a": True, "b": 1.5, "c": 2**64 - 1, "d": datetime(2026, 1, 2, tzinfo=UTC), "e": b"\x01", "f": False}
        assert mapped(payload).attributes == {
            "a": "true", "b": "1.5", "c": "18446744073709551615", "d": "2026-01-02T00:00:00+00:00", "e": "01", "f": "false",
        }  # fmt: skip

    def test_named_by_their_question(self) -> None:
        """An answer that nobody mapped is named by its question, as a mapping would name it."""
        payload = {"f": [{"n": "email", "v": "a"}, {"n": "Car make?", "v": ["Honda"]}, {"v": "?"}]}
        assert mapped(payload, email="f[n=email].v").attributes == {'f[n="Car make?"].v[0]': "Honda", "f[2].v": "?"}

    def test_blank_is_nothing(self) -> None:
        """Null, blank text and empty containers hold nothing and are no attributes."""
        assert mapped({"a": None, "b": "", "c": " ", "d": [], "e": {"f": {}}, "g": [None, ""]}).attributes == {}

    def test_ignored(self) -> None:
        """What a mapping ignores is left out, with all below it; a field's own path below is still read."""
        payload = {"key": "secret", "x": {"links": [{"href": "h"}], "keep": 1}}
        assert mapped(payload, ignore=("key", "x.links")).attributes == {"x.keep": "1"}

    def test_at_most_so_many(self) -> None:
        """Beyond the limit attributes are counted, not kept; those nearest the top stay."""
        payload = {"deep": {"er": "x"}, **{f"k{n}": n for n in range(MAX_ATTRIBUTES + 9)}}
        out = mapped(payload).attributes
        assert len(out) == MAX_ATTRIBUTES + 1
        assert out[TRUNCATED] == "10"
        assert "deep.er" not in out

    def test_cut_text(self) -> None:
        """Text and paths beyond their limits are cut, and counted."""
        out = mapped({"a": "x" * (MAX_TEXT + 1), "n" * (MAX_PATH + 50): "y", "b": "x" * MAX_TEXT}).attributes
        assert out == {"a": "x" * MAX_TEXT, "n" * MAX_PATH: "y", "b": "x" * MAX_TEXT, TRUNCATED: "2"}

    def test_cut_paths_stay_apart(self) -> None:
        """Names that are the same after cutting get a number each."""
        name = "n" * MAX_PATH
        assert set(mapped({name + "a": 1, name + "b": 2}).attributes) == {name, name + "#2", TRUNCATED}

    def test_a_source_cannot_forge_the_count(self) -> None:
        """A member called like our count is told from it."""
        assert mapped({TRUNCATED: "0"}).attributes == {f'"{TRUNCATED}"': "0"}
