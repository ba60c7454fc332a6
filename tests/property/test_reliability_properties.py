"""What is expected of a source stays a probability, follows the evidence and forgets it."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.learning.reliability import FADE, Record, Records, Reliability

NAMES = st.sampled_from("abc")
PRIOR = st.one_of(st.none(), st.floats(0.0, 1.0))
# What is told of a source: a good or bad lead, an end, or an end that corrects one.
EVENT = st.tuples(st.sampled_from(["lead", "end", "correction"]), st.booleans())
HISTORY = st.lists(st.tuples(NAMES, EVENT), max_size=40)
ALREADY = st.dictionaries(
    NAMES, st.tuples(*[st.floats(0.0, 1.0)] * 2, *[st.floats(0.0, 500.0)] * 2), max_size=3
)  # shares of good and won; leads met, ends known


def tell(records: Records, source: str, event: tuple[str, bool]) -> None:
    kind, good = event
    if kind == "lead":
        fate: dict[str, Any] = {"fate": "routed", "violations": []} if good else {"fate": "dead_letter", "reason": "invalid_json"}
        records.decided(fate | {"source": source})
    else:
        records.ended(source, good, corrects=kind == "correction")


def told(already: dict[str, tuple[float, ...]], history: list[tuple[str, tuple[str, bool]]]) -> Records:
    records = Records({name: [good * met, met, won * ended, ended] for name, (good, won, met, ended) in already.items()})
    for source, event in history:
        tell(records, source, event)
    return records


@given(ALREADY, HISTORY, NAMES, PRIOR)
def test_it_is_a_probability(already: Any, history: Any, source: str, prior: float | None) -> None:
    """Whatever happened: quality and conversion lie strictly between 0 and 1, and so does what comes of both."""
    expected = Reliability(told(already, history).of)
    assert 0.0 < expected.quality(source, prior) < 1.0
    assert 0.0 < expected.conversion(source, prior) < 1.0
    known = expected.of(source, prior)
    assert 0.0 < known < 1.0 or known == prior


@given(ALREADY, HISTORY, NAMES, PRIOR, st.sampled_from(["lead", "end", "correction"]))
def test_it_follows_the_evidence(already: Any, history: Any, source: str, prior: float | None, kind: str) -> None:
    """One good lead or won end more never lowers it, one bad or lost never raises it."""
    ways = []
    for event in [(kind, False), None, (kind, True)]:
        records = told(already, [*history, (source, ("lead", True))])
        if event is not None:
            tell(records, source, event)
        ways.append(Reliability(records.of).of(source, prior))
    worse, same, better = ways
    assert worse <= same * (1 + 1e-9)
    assert same <= better * (1 + 1e-9)
    if kind != "correction":
        assert worse < better


@given(ALREADY, ALREADY, st.floats(0.0, 1.0))
def test_it_forgets(one: Any, other: Any, share: float) -> None:
    """After three thousand leads of the same quality, what was before makes no difference of a hundredth."""
    ends = []
    for already in (one, other):
        record = told(already, []).of.get("a", Record())
        for n in range(3_000):
            good = math.floor((n + 1) * share) > math.floor(n * share)
            record = record.after_decision(good).after_end(good, corrects=False)
        alone = Reliability({"a": record})
        ends.append((alone.quality("a", 0.5), alone.conversion("a", 0.5)))
    assert math.dist(*ends) < 0.01
    assert FADE**3_000 * 500 < 1.3


@given(ALREADY, HISTORY, st.randoms(use_true_random=False), PRIOR)
def test_the_order_of_sources_does_not_matter(already: Any, history: Any, rng: Any, prior: float | None) -> None:
    """However the sources' streams are interleaved, and in whatever order they are kept, the answers are the same bits."""
    apart = {name: [entry for entry in history if entry[0] == name] for name in "abc"}
    mixed = []
    while any(apart.values()):
        mixed.append(apart[rng.choice([name for name in "abc" if apart[name]])].pop(0))
    one, other = told(already, history), told(dict(reversed(already.items())), mixed)
    assert one.state() == other.state()
    for name in "abcd":
        assert Reliability(one.of).of(name, prior) == Reliability(other.of).of(name, prior)


@given(ALREADY, HISTORY, HISTORY)
def test_it_goes_on_from_its_state(already: Any, before: Any, after: Any) -> None:
    """Saved as JSON in between and restored, the records end as they would have, to the bit."""
    undisturbed = told(already, before + after)
    restored = Records(json.loads(json.dumps(told(already, before).state())))
    for source, event in after:
        tell(restored, source, event)
    assert restored.state() == undisturbed.state()
