"""Merging and un-merging whatever leads come, in whatever order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.revision.fields import BESIDE, FILLED
from app.pipeline.revision.form import attributes_of, ids, sources_of
from app.pipeline.revision.knowledge import with_knowledge
from app.pipeline.revision.unmerging import without
from tests.harness.examples import examples
from tests.harness.leads_told import a_lead, a_routed

TEXTS = ("email", "phone", "company", "message", "first_name", "last_name", "full_name", "city", "street", "postcode")
maybe = st.none() | st.sampled_from(("a", "b", "A "))


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any]:
    """What a lead may say."""
    fields: dict[str, Any] = {name: draw(maybe) for name in TEXTS}
    fields["source"] = draw(st.sampled_from(("web-form", "meta", "partner")))
    fields["campaign"] = draw(st.none() | st.sampled_from(("spring", "autumn")))
    fields["cost"] = draw(st.none() | st.integers(0, 400).map(lambda cents: cents / 100))
    fields["consent"] = draw(st.none() | st.booleans())
    fields["first_touch"] = draw(maybe)
    fields["last_touch"] = draw(maybe)
    return fields


@st.composite
def newcomers(draw: st.DrawFn, most: int = 4) -> list[dict[str, Any]]:
    """Leads that are merged into lead 0, in the order in which they came."""
    rows = draw(st.lists(told(), min_size=1, max_size=most))
    return [
        a_lead(n, **fields, attributes=draw(st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=2)))
        for n, fields in enumerate(rows, 1)
    ]


def merged(original: dict[str, Any], leads: list[dict[str, Any]]) -> dict[str, Any]:
    for one in leads:
        original = with_knowledge(original, one) or original
    return original


@given(told(), newcomers())
@examples(40)
def test_what_the_first_lead_said_stays(first: dict[str, Any], leads: list[dict[str, Any]]) -> None:
    """No merge changes a field that was known, how the lead came, or its cost; only consent may be taken back."""
    original = a_routed(0, **first)
    after = merged(original, leads)
    for name in (*FILLED, "source", "campaign", "cost", "received_at", "first_touch", "form_id", "score", "team"):
        if original[name] is not None:
            assert after[name] == original[name]
    assert original["consent"] is not False or after["consent"] is False


@given(told(), newcomers())
@examples(40)
def test_a_merge_counts_once(first: dict[str, Any], leads: list[dict[str, Any]]) -> None:
    """Merging all of them again, in whatever order, changes nothing more of what was merged."""
    once = merged(a_routed(0, **first), leads)
    again = [one for one in leads if one["lead_id"] in ids(once)]
    assert merged(once, again[::-1]) == once


@given(told(), newcomers(3))
@examples(25)
def test_the_order_of_merges_does_not_change_sums_sets_and_consent(first: dict[str, Any], leads: list[dict[str, Any]]) -> None:
    """Sources, cost, consent and which fields are known hang on who was merged, and not on the order of merging."""
    found = set()
    for order in permutations(leads):
        after = merged(a_routed(0, **first), list(order))
        known = frozenset(name for name in ("email", "phone", "company", "message") if after[name] is not None)
        found.add((frozenset(sources_of(after)), after["cost_total"], after["consent"], known, len(attributes_of(after))))
    assert len(found) == 1


@given(told(), newcomers(), st.data(), st.booleans())
@examples(60)
def test_an_unmerge_makes_it_as_if_that_lead_had_never_come(
    first: dict[str, Any], leads: list[dict[str, Any]], data: st.DataObject, held: bool
) -> None:
    """The original knows what its first revision and the other leads say, whether it was held or routed."""
    original = (a_lead if held else a_routed)(0, **first)
    newest = merged(original, leads)
    if not ids(newest):
        return
    gone = data.draw(st.sampled_from([one for one in leads if one["lead_id"] in ids(newest)]))
    after, never = without(newest, original, leads, gone), merged(original, [one for one in leads if one is not gone])
    for name in (*FILLED, *BESIDE, "sources", "cost_total"):
        assert after[name] == never[name], name
    assert gone["lead_id"] not in ids(after)
    assert set(ids(never)) <= set(ids(after))


@given(told(), newcomers())
@examples(30)
def test_what_people_corrected_survives_an_unmerge(first: dict[str, Any], leads: list[dict[str, Any]]) -> None:
    """A value that the merges do not explain is somebody's correction, and stays; so does the team."""
    original = a_routed(0, **first)
    newest = merged(original, leads) | {"company": "corrected", "team": "b2b"}
    after = without(newest, original, leads, leads[0])
    assert (after["company"], after["team"]) == ("corrected", "b2b")
