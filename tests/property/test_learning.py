"""Learning holds whatever comes, and in whatever order partitions are read."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.learning.ledger import Ledger
from app.learning.lessons import Label, Outcome
from app.learning.model import OnlineModel
from tests.harness.examples import examples

NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = {"a": "has_phone", "b": "reliability", "c": "nc"}  # two that the rules know, one that they do not
EXAMPLE = st.tuples(
    st.dictionaries(NAMES, st.one_of(st.floats(), st.none())), st.dictionaries(NAMES, st.text(max_size=5)), st.booleans()
)
# A record: (which stream, lead, what, when). Decisions come in one partition, outcomes of a lead in one of two.
RECORD = st.tuples(st.sampled_from("ABCD"), st.sampled_from(["won", "lost", "reopened", "contacted"]), st.integers(0, 5))


@examples(50)
@given(st.lists(EXAMPLE, max_size=30), EXAMPLE)
def test_no_stream_of_labels_breaks_the_model(labels: list[Any], probe: Any) -> None:
    """Any numbers, texts and labels: probabilities stay inside (0, 1), exports agree with River, state survives JSON."""
    model = OnlineModel()
    for numbers, categories, won in labels:
        model.learn({NUMBERS[name]: value for name, value in numbers.items()}, categories, won)
    numbers, categories = {NUMBERS[name]: value for name, value in probe[0].items()}, probe[1]
    expected = model.probability(numbers, categories)
    assert 0.0 < expected < 1.0
    assert math.isclose(model.export("m").predict(numbers, categories).probability, expected, abs_tol=1e-9)
    state = json.loads(json.dumps(model.state()))
    assert OnlineModel.restore(state).state() == state


@given(st.lists(RECORD, max_size=30), st.randoms(use_true_random=False))
def test_the_ledger_ends_the_same_in_any_interleaving(outcomes: list[tuple[str, str, int]], rng: Any) -> None:
    """However decisions and outcomes are interleaved, with every outcome delivered twice, each lead ends as its last outcome
    says, nothing is taught twice in a row, and a lead that is open again is not taught as won.
    """
    final = sorted((at, n, lead, what) for n, (lead, what, at) in enumerate(outcomes) if what != "contacted")
    ends = {lead: what for _, _, lead, what in final}
    for _ in range(3):
        decisions = [("decisions", lead) for lead in "ABCD"]
        told = [("outcomes", Outcome(0, n, lead, what, at, f"e{n}")) for n, (lead, what, at) in enumerate(outcomes) for _ in "12"]
        ledger, queues = Ledger(), [list(decisions), list(told)]
        last: dict[str, bool] = {}
        counted: Counter[bool] = Counter()
        while any(queues):
            queue = rng.choice([one for one in queues if one])
            kind, item = queue.pop(0)
            if kind == "decisions":
                value = {"lead_id": item, "fate": "routed", "received_at": 0, "numbers": {}, "categories": {"lead": item}}
                lessons = list(ledger.decided(0, ord(item), value))
            else:
                lessons = list(ledger.reported(item))
            for lesson in lessons:
                if isinstance(lesson, Label):
                    lead = lesson.categories["lead"]
                    assert last.get(lead) is not lesson.won
                    assert lesson.corrects is (lead in last)
                    counted[lesson.won] += 1
                    counted[not lesson.won] -= lesson.corrects
                    last[lead] = lesson.won
                else:
                    counted[lesson.won] += (lesson.to is not None) - (lesson.source is not None)
        assert {lead: last[lead] for lead, end in ends.items() if end != "reopened"} == {
            lead: end == "won" for lead, end in ends.items() if end != "reopened"
        }
        assert not any(last.get(lead) for lead, end in ends.items() if end == "reopened")
        assert +counted == Counter(end == "won" for end in ends.values() if end != "reopened")
