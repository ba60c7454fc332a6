"""Properties of matching: total, symmetric, reflexive, and knowing nothing is never worse than disagreement."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.learning.match_dice import Dice
from app.learning.match_pairs import pair
from app.learning.match_people import World
from app.pipeline.lead import Lead
from app.pipeline.matching.blocking import MOST_KEYS, blocking_keys
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.fold import fold
from app.pipeline.matching.judge import Judge, judge
from app.pipeline.matching.levels import EMAIL, LEVELS, MISSING, SAME
from app.pipeline.matching.packing import VERSION, packed, unpacked
from app.pipeline.matching.reading import evidence, evidence_of
from app.pipeline.matching.weights import CLASSES, shipped
from app.pipeline.validation.email_roles import ROLES

DICE = Dice(1)
WORLD = World(DICE)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "Müller", "GmbH", "12", "a@b.de", "+49 151 2345678", "1990-01-02", "\x00", "٣", "🙂"]
)
ANYBODY = st.builds(
    evidence,
    first=TEXTS, last=TEXTS, full=TEXTS, company=TEXTS, street=TEXTS, number=TEXTS, extra=TEXTS, city=TEXTS, region=TEXTS,
    postcode=TEXTS, country=TEXTS, phone=TEXTS, email=TEXTS, birth=TEXTS, ids=st.lists(st.tuples(TEXTS, TEXTS), max_size=2),
)  # fmt: skip
PAIRS = st.sampled_from([pair(DICE, WORLD, kind) for kind in CLASSES for _ in range(60)])
LEVELS_OF_PAIRS = st.tuples(*(st.integers(MISSING, len(levels) - 1) for levels in LEVELS.values()))
SHORT, DIGITS = st.text(max_size=9), st.text(alphabet="0123456789x", max_size=20)
RAW = st.builds(
    Evidence,
    company=st.just(()), street=st.just(()),
    first=SHORT, last=SHORT, number=SHORT, extra=SHORT, city=SHORT, region=SHORT, postcode=SHORT, country=SHORT, phone=DIGITS,
    local=SHORT, domain=SHORT | st.just("gmail.com"), birth=DIGITS,
    ids=st.lists(st.text(min_size=1, max_size=9), max_size=3).map(tuple),
)  # fmt: skip


@given(ANYBODY, ANYBODY)
def test_any_two_leads_can_be_compared_either_way(a: Evidence, b: Evidence) -> None:
    """Whatever the texts are: a verdict, the same in either order."""
    one, other = judge(a, b), judge(b, a)
    assert one == other
    assert 0 <= one.probability <= 1


@given(PAIRS)
def test_likely_pairs_are_compared_the_same_either_way(pair: tuple[Evidence, Evidence]) -> None:
    """Symmetric also where the two resemble each other."""
    assert judge(*pair) == judge(*reversed(pair))


@given(PAIRS.map(lambda pair: pair[0]))
def test_a_lead_agrees_with_itself(told: Evidence) -> None:
    """Reflexive: every field that is told is the same as itself; and whoever tells a name and a mailbox or phone is merged."""
    verdict = judge(told, told)
    for n, (level, same) in enumerate(zip(verdict.levels, SAME, strict=True)):
        assert level in (MISSING, same) or (n == EMAIL and (told.local in ROLES or not told.local))
    if told.first and told.last and (told.phone or (told.local and told.local not in ROLES)):
        assert verdict.kind == "merge"


@given(LEVELS_OF_PAIRS, st.booleans())
def test_to_know_nothing_is_never_worse_than_to_disagree(levels: tuple[int, ...], persons: bool) -> None:
    """A field that disagrees, left out, never lowers the weight."""
    judge = Judge(shipped())
    weight = judge.weighed(levels, persons=persons)[0]
    for n, level in enumerate(levels):
        if level == 0:
            assert judge.weighed((*levels[:n], MISSING, *levels[n + 1 :]), persons=persons)[0] >= weight


@given(ANYBODY | RAW | PAIRS.map(lambda pair: pair[0]))
def test_packed_evidence_comes_back_whole(told: Evidence) -> None:
    """Packing loses nothing, whatever is in it."""
    assert unpacked(packed(told)) == told


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_or_read(data: bytes) -> None:
    """Bytes that nobody packed are a ValueError or some evidence, nothing else."""
    try:
        unpacked(bytes((VERSION,)) + data)
    except ValueError:
        return


@given(ANYBODY)
def test_keys_are_few(told: Evidence) -> None:
    """At most eight keys, none twice, each with its kind."""
    keys = blocking_keys(told)
    assert len(keys) == len(set(keys)) <= MOST_KEYS
    assert all(":" in key for key in keys)


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text is folded."""
    once = fold(text)
    assert fold(once) == once
    assert once.isascii()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3), TEXTS, TEXTS, TEXTS, TEXTS)
def test_any_lead_has_evidence(attributes: dict[str, str], name: str, street: str, phone: str, email: str) -> None:
    """No text in any field of a lead keeps it from being matched."""
    lead = Lead("ld_0", "shop", "e", 0, 0, full_name=name, street=street, phone=phone, email=email, company=name, city=street)
    lead.attributes = attributes
    assert judge(evidence_of(lead), evidence_of(lead)).levels
