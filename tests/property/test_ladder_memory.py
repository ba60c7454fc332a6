"""What unfolding and climbing remember changes nothing: a record is read as if it were the first."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.inventory.models import Ladder as Limits
from app.inventory.models import Mapping, Source
from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.ladder.unfold.unfolder import Unfolder, unfold_all
from app.pipeline.mapping import compile_mapping
from tests.harness.examples import examples

SOURCE = Source(name="test", description="", owner="", format="json", mapping=Mapping(fields={}), expected_per_hour=1)
DECLARED = SOURCE.model_copy(update={"mapping": Mapping(fields={"email": "mail", "interest": "answers[name=topic].value"})})
MAPPERS = {id(source): compile_mapping(source) for source in (SOURCE, DECLARED)}

IDS = st.sampled_from(["k1", "k2", "topic", "email", "7", 7, "E-Mail", "Ihr Ort?"])
VALUES = st.sampled_from(
    [
        *(
            None,
            "",
            " ",
            "eva@example.com",
            "bob@example.com",
            "info@example.com",
            "+49 30 1234567",
            "030 / 12",
            "Eva Maier",
            "Eva",
        ),
        *(
            "DE",
            "Germany",
            "10115",
            "Example GmbH",
            "n/a",
            "true",
            True,
            1,
            1.0,
            0,
            13800138000,
            1763380021,
            "2026-11-20",
            "blue",
        ),
        *("Please call me back.", "Name: Eva\nE-Mail: e@x.de", '{"mail": "e@x.de"}', "a=1&city=Bern", "a<br>b", "\ud800"),
    ]
)
PART = st.dictionaries(st.sampled_from(["first", "city", "label", "value", "text", "id"]), VALUES, max_size=3)
ELEMENT = st.one_of(
    st.fixed_dictionaries({"name": IDS, "value": VALUES | PART}, optional={"label": IDS, "type": IDS}),
    st.fixed_dictionaries({"field": st.fixed_dictionaries({"id": IDS, "ref": IDS}), "type": st.just("text"), "text": VALUES}),
    st.fixed_dictionaries({"id": IDS, "title": IDS, "type": st.just("text")}),
    st.fixed_dictionaries({"bez": IDS, "inh": VALUES}),
    PART,
    VALUES,
)
PERSON = st.dictionaries(st.sampled_from(["email", "name", "a", "7", "title", "id"]), VALUES | PART)
MEMBERS = {
    **dict.fromkeys(("mail", "phone", "name", "company", "zzqx", "7", "c[0][name]", "c[0][value]", "d[a]"), VALUES),
    **dict.fromkeys(("answers", "list"), st.lists(ELEMENT, max_size=4)),
    **dict.fromkeys(("billing", "shipping"), PERSON),
    "definition": st.fixed_dictionaries({"id": IDS, "fields": st.lists(ELEMENT, max_size=3)}),
}
PAYLOADS = st.fixed_dictionaries({}, optional=MEMBERS)

MET = Unfolder()  # by all examples: by now they have met most places
LADDERS = {id(source): Ladder(Limits(), shipped()) for source in (SOURCE, DECLARED)}


@examples(150)
@given(PAYLOADS, st.sampled_from([SOURCE, DECLARED]))
def test_places_that_were_met_are_read_as_new_ones(payload: dict[str, Any], source: Source) -> None:
    """An unfolder that met all earlier examples finds the same leaves as one that met none."""
    left = MAPPERS[id(source)].map(payload).left
    for _ in range(2):
        outline, values, cut = MET.unfold(left)
        assert repr((outline.leaves(values), cut)) == repr(tuple(unfold_all(left)))
        assert len(set(outline.paths)) == len(outline.paths)


@examples(100)
@given(PAYLOADS, st.sampled_from([SOURCE, DECLARED]))
def test_shapes_that_were_met_are_mapped_as_new_ones(payload: dict[str, Any], source: Source) -> None:
    """A ladder that met all earlier examples maps a record as one that met none: whatever matters of a value is looked at."""
    mapped = MAPPERS[id(source)].map(payload)
    assert repr(LADDERS[id(source)].climb(mapped, source)) == repr(Ladder(Limits(), shipped()).climb(mapped, source))
