"""Verdicts in any order, repeated, by people and by the clock: a lead stands in one place, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.revision.carrying import Done
from app.pipeline.revision.learning import learn
from app.pipeline.revision.records import Work
from app.pipeline.revision.verdict import WORDS
from tests.harness.examples import examples
from tests.harness.leads_told import a_decision, a_lead, a_routed, lead_id
from tests.harness.verdicts import MEMBERS, FirstOfTeam, Shelf, decision, house, say, value

LEADS = 4
SCORED: dict[str, Any] = {"score": 0.2, "band": "warm", "confidence": 0.9, "team": "nurture", "rule": "catch-all"}
PLACES = {"routed": "routed", "review": "review", "rejected": "rejected", "duplicate": "duplicates"}


def shelf() -> Shelf:
    """Lead 0 is routed, degraded; 1 and 2 are held, 2 as a possible duplicate; 3 is a duplicate of 0."""
    made = Shelf()
    of = {"duplicate_of": lead_id(0), "duplicate_kind": "same_lead"}
    match = {"lead": lead_id(0), "of": lead_id(0), "root": lead_id(0), "probability": 0.4, "weight": 0.0, "nearest": "household"}
    about: dict[str, Any] = {"team": "nurture", "rule": "catch-all", "owner": "nurture-1", "fallbacks": {"model": "missing"}}
    made.put("routed", a_routed(0, email="0@b.example", order_value=5000.0, owner="nurture-1"), a_decision(0, **about))
    held = {"fate": "review", "team": "nurture", "rule": "catch-all"}
    made.put("review", a_lead(1, email="1@b.example", order_value=5000.0, **SCORED), a_decision(1, **held))
    made.put("review", a_lead(2, email="2@b.example", **SCORED), a_decision(2, dedupe="asked", match=match, **held))
    merged = {"fate": "duplicate", "dedupe": "merged", "team": None}
    made.put("duplicates", a_lead(3, email="3@b.example", **of), a_decision(3, **merged, **of))
    return made


verdicts = st.fixed_dictionaries(
    {
        "n": st.integers(0, LEADS - 1),
        "says": st.sampled_from(WORDS),
        "by": st.sampled_from(["sales", "lead-desk", "steward"]),
        "team": st.sampled_from([*MEMBERS, None]),
        "owner": st.sampled_from([None, None, "b2b-2", "nurture-2"]),
        "into": st.sampled_from([None, lead_id(0), lead_id(1), lead_id(3)]),
        "corrections": st.sampled_from([{}, {}, {"company": "Acme"}, {"company": "Beta", "phone": "+4930123456"}]),
        "why": st.sampled_from([None, "spam", "drained"]),
        "id": st.sampled_from(["", "a", "b", "c", "d", "e"]),
    }
)


def stands_right(made: Shelf, n: int) -> None:
    """One place, as its decision says; owner, team and due time are told the same everywhere."""
    decided, newest = decision(made, n), made.newest(lead_id(n))
    assert newest is not None
    records = made.leads[lead_id(n)]
    assert len({kept.revision for kept in records}) == len(records)
    assert [kept.value["revision"] for kept in made.decisions[lead_id(n)]] == list(range(1, len(made.decisions[lead_id(n)]) + 1))
    assert newest.place == PLACES[decided["fate"]]
    at_teams: dict[str, Any] = {}
    for kept in sorted(records, key=lambda one: one.revision):
        if kept.place == "routed":
            at_teams[kept.value["team"]] = kept.value
    theirs = [team for team, told in at_teams.items() if told["moved_to"] is None]
    if decided["fate"] == "routed":
        assert theirs == [decided["team"]]
        told = at_teams[decided["team"]]
        assert (told["owner"], told["attempts"]) == (decided["owner"], decided["attempts"])
        assert decided["owner"] is None or decided["owner"] in MEMBERS[decided["team"]]
        assert all(other["moved_to"] in MEMBERS for team, other in at_teams.items() if team != decided["team"])
    else:
        assert (theirs, decided["owner"], decided["due_at"]) == ([], None, None)
    assert newest.value["email"] == f"{n}@b.example"


@given(st.lists(verdicts, max_size=14), st.booleans(), st.booleans())
@examples(120)
def test_a_lead_stands_in_one_place_whatever_is_said(row: list[dict[str, Any]], two: bool, held: bool) -> None:
    """Each verdict that is done gives one revision of the decision; one that is refused, or sent again, changes nothing."""
    made, done = shelf(), set[tuple[int, str]]()
    rules = house(FirstOfTeam(), two=("approve", "reroute", "reject", "merge") if two else (), review=("sample",) if held else ())
    for told in row:
        told = dict(told)
        n, says = told.pop("n"), told.pop("says")
        before = len(made.decisions[lead_id(n)])
        answer, work = say(made, n, says, rules, **told)
        counted = len(made.decisions[lead_id(n)]) - before
        assert counted == isinstance(answer, Done)
        if isinstance(answer, Done):
            assert (n, told["id"]) not in done
            if told["id"]:
                done.add((n, told["id"]))
            if work.outcomes:
                fate = decision(made, n)["fate"]
                what = work.outcomes[lead_id(n)]["outcome"]
                assert (fate, what) in (("rejected", "disqualified"), ("routed", "reopened"))
        else:
            assert not list(work.all())
            assert not work.outcomes
        for one in range(LEADS):
            stands_right(made, one)


@given(st.lists(verdicts, max_size=8))
@examples(60)
def test_what_a_lead_knows_survives_its_ways(row: list[dict[str, Any]]) -> None:
    """A duplicate's knowledge that the first lead took over stays with it, whichever team or topic it stands on then."""
    made = shelf()
    late = a_lead(7, job_title="CTO", duplicate_of=lead_id(1), duplicate_kind="same_lead")
    duplicate = made.put("duplicates", late, a_decision(7, fate="duplicate", dedupe="merged", duplicate_of=lead_id(1)))
    for told in row:
        told = dict(told)
        n, says = told.pop("n"), told.pop("says")
        if (n, says) != (1, "merge"):  # then it is another lead's
            say(made, n, says, house(), **told)
    work = Work(made)
    assert learn(work, duplicate, settled=True) == "learned"
    made.take(work)
    assert value(made, 1)["job_title"] == "CTO"
    stands_right(made, 1)
