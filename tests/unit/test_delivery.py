"""What goes out for each fate."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest

from app.edges.kafka.names import Topics
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.pipeline.delivery import Delivery, Outgoing, Versions
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed, Score, TeamConsidered
from app.pipeline.identified import Identified, IndexEntry, Match, subject_of
from app.pipeline.lead import Lead, Provenance, Repair, Violation
from app.pipeline.locking import Locks, opened_entry
from app.pipeline.matching.judge import Said
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.source import InboundEvent, Position

CODEC = AvroCodec(Schemas.load(Path(__file__).parents[2] / "schemas"))
PSEUDONYMS, LOCKS = Pseudonyms(b"pepper"), Locks(b"pepper")
LIMIT = 20_000


def delivery() -> Delivery:
    formats: dict[str, Literal["avro", "json"]] = {"b2b": "avro", "shop": "json"}
    return Delivery(Topics(), CODEC.encode, formats, PSEUDONYMS, LOCKS, Versions("0.1.0", rules=3), max_record_bytes=LIMIT)


DELIVERY = delivery()

POSITION = Position("leads.inbound.web", 2, 4711)
EVENT = InboundEvent(POSITION, b"\xff\0key", b"{\xff not json", (("x", b"\xfe"), ("x", None)), 1_763_900_000_123)
PARENT = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"
TRACED = replace(EVENT, headers=(("traceparent", PARENT), ("other", b"1"), ("tracestate", b"v=1")))
LEAD = Lead(
    POSITION.lead_id,
    "web",
    "wf-canary-42",
    EVENT.timestamp_ms,
    EVENT.timestamp_ms - 1_000,
    email="canary@example.org",
    phone="+46701234567",
    full_name="Mara Canary",
    message="Canary wants a call",
    ip="192.0.2.17",
    budget=5200.0,
    orders_count=3,
    consent=True,
    campaign="autumn",
    cost=4.5,
    mapping_version=2,
    attributes={"form.color": "brass"},
    violations=[Violation("company", "missing"), Violation("budget", "implausible")],
    repairs=[Repair("phone", "e164", "0701 canary", "+46701234567"), Repair("city", "placeholder", "canary", None)],
    provenance=[
        Provenance("email", "data.email", "declared", 0.9),
        Provenance("phone", "data.canary@example.org.tel", "synonym", 0.97),
        Provenance("first_name", "full_name", "derived", 1.0),
    ],
)
SCORE = Score(
    0.44, "hot", 0.83, "m-12", {"budget": 5200.0}, {"country": "SE"}, {"bias": -9.0, "budget": 1.1, "hour": -0.125, "day": 0.5},
    0.7, 0.1, ("+ names a budget of 5,200", "- no phone number"), "a message would have made it hot",
)  # fmt: skip
WHY = (TeamConsidered("shop", "orders", False, "no order"), TeamConsidered("b2b", "companies", True, "has company"))
FIRST = "ld_00000000000000000001"
SUBJECT = subject_of(FIRST)
ENTRY = IndexEntry(7, bytes(range(16)), b"sealed", EVENT.timestamp_ms + 1)
MATCH = Match(FIRST, FIRST, FIRST, 0.998, 9.0, "household", False, False, (Said("email", "same", 9.4),), ())
EVENT_ID = PSEUDONYMS("v", "web/wf-canary-42")
NEW = Identified("new", EVENT_ID, subject_of(POSITION.lead_id), ENTRY)
ASKED = Identified("asked", EVENT_ID, subject_of(POSITION.lead_id), ENTRY, MATCH)
MERGED = Identified("merged", EVENT_ID, SUBJECT, ENTRY, MATCH, duplicate_of=FIRST)
ROUTED = Routed(EVENT, LEAD, NEW, SCORE, "b2b", "companies", WHY)
REVIEW = Review(EVENT, LEAD, ASKED, SCORE, "b2b", "companies", WHY, ("low_confidence",))
DUPLICATE = Duplicate(EVENT, LEAD, MERGED)
DEAD = DeadLetter(EVENT, "web", "intake", "invalid_json", "no JSON at byte 2", True)
FATES: list[Fate] = [ROUTED, replace(ROUTED, team="shop"), REVIEW, DUPLICATE, DEAD]
BY_FATE = pytest.mark.parametrize("fate", FATES, ids=["routed-avro", "routed-json", "review", "duplicate", "dead_letter"])


def sent(fate: Fate) -> tuple[Outgoing, dict[str, Any]]:
    """The message, and the decision read back."""
    message, decision, *_ = DELIVERY.outgoing(fate)
    assert decision.topic == "leads.decisions"
    return message, CODEC.decode(decision.value or b"", "decision")


@BY_FATE
def test_every_fate_is_one_message_and_one_decision(fate: Fate) -> None:
    """Two messages, of which the second is the decision, keyed by lead id; both name the input record in `src`."""
    message, decision, *_ = DELIVERY.outgoing(fate)
    assert decision.key == POSITION.lead_id.encode()
    for one in (message, decision):
        assert dict(one.headers)["src"] == b"leads.inbound.web-2-4711"
    told = CODEC.decode(decision.value or b"", "decision")
    assert (told["topic"], told["partition"], told["offset"], told["received_at"]) == (
        "leads.inbound.web",
        2,
        4711,
        EVENT.timestamp_ms,
    )
    assert (told["app_version"], told["rules_version"], told["flags_version"], told["schema_version"]) == ("0.1.0", 3, "", 1)


@BY_FATE
def test_decisions_hold_no_personal_data(fate: Fate) -> None:
    """The decision tells what and why, never who: no address, number, name, text, or vendor's id, in value or headers."""
    _, decision, *_ = DELIVERY.outgoing(fate)
    told = repr(decision).lower() + str(CODEC.decode(decision.value or b"", "decision")).lower()
    assert not [secret for secret in ("canary", "46701234567", "192.0.2.17", "brass") if secret in told]


@BY_FATE
def test_the_same_fate_makes_the_same_bytes(fate: Fate) -> None:
    """Made twice, by two deliveries, the messages are equal byte for byte: a replay changes nothing."""
    assert delivery().outgoing(fate) == DELIVERY.outgoing(fate)


def test_a_routed_lead_goes_to_its_team() -> None:
    """The team's topic gets the flat lead: every field of the lead, the score, and why, as plain text."""
    message, told = sent(ROUTED)
    assert (message.topic, message.key) == ("leads.routed.b2b", LEAD.lead_id.encode())
    value = CODEC.decode(message.value or b"", "routed_lead")
    assert {
        name: value[name] for name in ("email", "budget", "orders_count", "consent", "occurred_at", "cost", "mapping_version")
    } == {
        name: getattr(LEAD, name)
        for name in ("email", "budget", "orders_count", "consent", "occurred_at", "cost", "mapping_version")
    }
    assert (value["score"], value["band"], value["confidence"], value["team"], value["revision"]) == (0.44, "hot", 0.83, "b2b", 1)
    assert value["reasons"] == "+ names a budget of 5,200; - no phone number"
    assert value["counterfactual"] == "a message would have made it hot"
    assert value["violations"] == "company:missing budget:implausible"
    assert json.loads(value["attributes"]) == LEAD.attributes
    assert (value["rules_version"], value["model_version"], value["app_version"]) == (3, "m-12", "0.1.0")
    assert (told["fate"], told["team"], told["rule"], told["score"]) == ("routed", "b2b", "companies", 0.44)
    assert told["teams_considered"][0] == {"team": "shop", "rule": "orders", "passed": False, "why": "no order"}
    assert (told["numbers"], told["categories"], told["contributions"]) == (SCORE.numbers, SCORE.categories, SCORE.contributions)
    assert (told["violations"], told["repairs"]) == (
        ["company:missing", "budget:implausible"],
        ["phone:e164", "city:placeholder"],
    )
    assert (told["campaign"], told["cost"], told["mapping_version"], told["model_version"]) == ("autumn", 4.5, 2, "m-12")


def test_a_json_team_gets_the_same_lead() -> None:
    """A team's format changes the bytes, not the fields: times stay integers."""
    avro, _ = sent(ROUTED)
    message, _ = sent(replace(ROUTED, team="shop"))
    assert message.topic == "leads.routed.shop"
    assert dict(message.headers)["content-type"] == b"application/json"
    assert json.loads(message.value or b"") == {**CODEC.decode(avro.value or b"", "routed_lead"), "team": "shop"}


def test_a_held_lead_goes_to_review_with_everything_known() -> None:
    """The reviewer sees the whole lead, what was found wrong and mended, and what the machine would have done."""
    message, told = sent(REVIEW)
    assert message.topic == "leads.review"
    value = CODEC.decode(message.value or b"", "lead")
    assert value["violations"] == [{"field": "company", "code": "missing"}, {"field": "budget", "code": "implausible"}]
    assert value["provenance"][0] == {"field": "email", "path": "data.email", "rung": "declared", "confidence": 0.9}
    assert (value["attributes"], value["subject"], value["contributions"]) == (LEAD.attributes, NEW.subject, SCORE.contributions)
    assert (value["team"], value["rule"], value["review_reasons"], value["score"]) == (
        "b2b",
        "companies",
        ["low_confidence"],
        0.44,
    )
    assert (told["fate"], told["team"], told["review_reasons"]) == ("review", "b2b", ["low_confidence"])


@pytest.mark.parametrize("fate", [REVIEW, DUPLICATE], ids=["review", "duplicate"])
def test_a_lead_tells_its_repairs(fate: Fate) -> None:
    """A reviewer sees what a repair made of a value; what it was only as a pseudonym, null where nothing is left of it."""
    value = CODEC.decode(DELIVERY.outgoing(fate)[0].value or b"", "lead")
    assert value["repairs"] == [
        {"field": "phone", "rule": "e164", "before": PSEUDONYMS("r", "0701 canary"), "after": "+46701234567"},
        {"field": "city", "rule": "placeholder", "before": PSEUDONYMS("r", "canary"), "after": None},
    ]


@pytest.mark.parametrize("fate", FATES[:4], ids=["routed-avro", "routed-json", "review", "duplicate"])
def test_a_decision_tells_repairs_and_rungs_without_values(fate: Fate) -> None:
    """Both sides of a repair are pseudonyms made with the lead's key, which can be erased; of the fields that nobody declared it
    tells rung, confidence and cleaned path."""
    _, told = sent(fate)
    kind = "r" + (DELIVERY.outgoing(fate)[2].value or b"").hex()
    assert told["mended"] == [
        {"field": "phone", "rule": "e164", "before": PSEUDONYMS(kind, "0701 canary"), "after": PSEUDONYMS(kind, "+46701234567")},
        {"field": "city", "rule": "placeholder", "before": PSEUDONYMS(kind, "canary"), "after": None},
    ]
    assert [(one["field"], one["rung"], one["confidence"]) for one in told["mapped"]] == [("phone", "synonym", 0.97)]


def test_a_duplicate_names_the_lead_that_came_first() -> None:
    """The merged lead is kept whole, without a score, and points to the first."""
    message, told = sent(DUPLICATE)
    assert message.topic == "leads.duplicates"
    value = CODEC.decode(message.value or b"", "lead")
    assert (value["duplicate_of"], value["duplicate_kind"], value["score"], value["team"]) == (
        DUPLICATE.of,
        "same_lead",
        None,
        None,
    )
    assert (told["fate"], told["duplicate_of"], told["duplicate_kind"], told["score"]) == (
        "duplicate",
        DUPLICATE.of,
        "same_lead",
        None,
    )


def test_the_decision_says_who_the_lead_is_and_why() -> None:
    """Person, event, what the index holds, and the earlier lead with the evidence of each field stand in the decision."""
    _, told = sent(DUPLICATE)
    assert (told["event_id"], told["subject"], told["dedupe"]) == (EVENT_ID, SUBJECT, "merged")
    assert told["index"] | {"record": b""} == {"number": 7, "keys": b"", "record": b"", "until": ENTRY.until_ms, "locked": True}
    assert b"sealed" not in told["index"]["record"]
    assert (told["match"]["root"], told["match"]["nearest"]) == (FIRST, "household")
    assert told["match"]["evidence"] == [{"field": "email", "level": "same", "weight": 9.4}]


@pytest.mark.parametrize("fate", FATES[:4], ids=["routed-avro", "routed-json", "review", "duplicate"])
def test_the_key_of_a_lead_goes_out_beside_its_decision_and_opens_it(fate: Fate) -> None:
    """What the match index holds can be read with the record of the topic keys alone; without it nobody can."""
    _, decision, key = DELIVERY.outgoing(fate)
    assert (key.topic, key.key, key.headers) == ("leads.keys", POSITION.lead_id.encode(), [])
    told = CODEC.decode(decision.value or b"", "decision")["index"]
    opened = opened_entry(told, key.value, LOCKS)
    assert opened is not None
    assert (opened["keys"], opened["record"]) == (ENTRY.keys, ENTRY.record)
    assert opened_entry(told, None, LOCKS) is None


def test_without_anything_to_lock_there_is_no_key() -> None:
    """The same event again did not enter the match index; nor did a dead letter."""
    plain = replace(DUPLICATE, lead=replace(LEAD, repairs=[]), who=MERGED._replace(entry=None))
    assert len(DELIVERY.outgoing(plain)) == len(DELIVERY.outgoing(DEAD)) == 2
    assert len(DELIVERY.outgoing(replace(DUPLICATE, who=MERGED._replace(entry=None)))) == 3  # its repairs have pseudonyms


def test_a_lead_that_nobody_could_look_up_says_so_in_a_header() -> None:
    """Decisions that are to be looked into again can be told from the others without decoding."""
    headers = [dict(sent_to.headers) for sent_to in DELIVERY.outgoing(replace(ROUTED, who=NEW._replace(dedupe="unknown")))]
    assert headers[1]["leadstream.dedupe"] == b"unknown"
    assert "leadstream.dedupe" not in dict(DELIVERY.outgoing(ROUTED)[1].headers)


@pytest.mark.parametrize("fate", FATES[:4], ids=["routed-avro", "routed-json", "review", "duplicate"])
def test_messages_are_cloud_events(fate: Fate) -> None:
    """CloudEvents 1.0 in headers; source and id together are unique, so a consumer can use them to recognise repeats."""
    message, decision, *_ = DELIVERY.outgoing(fate)
    ids = set()
    for one in (message, decision):
        headers = dict(one.headers)
        assert headers["ce_specversion"] == b"1.0"
        assert (headers["ce_type"] or b"").startswith(b"io.leadstream.lead.")
        assert headers["ce_source"] == b"/leadstream/sources/web"
        ids.add(headers["ce_id"])
    assert len(ids) == 2


def test_a_trace_is_passed_on() -> None:
    """The producer's trace context goes with every message; its other headers stay behind."""
    for one in DELIVERY.outgoing(replace(ROUTED, event=TRACED))[:2]:
        headers = dict(one.headers)
        assert (headers["traceparent"], headers["tracestate"]) == (PARENT, b"v=1")
        assert "other" not in headers


def test_what_is_no_trace_is_not_passed_on() -> None:
    """Somebody's address in a header that should name a trace would stand in decisions for a year."""
    named = (("traceparent", b"ada@example.org"), ("tracestate", b"v=ada@example.org"))
    for headers in (named, (("traceparent", PARENT[:-3]), ("tracestate", b"Ada Berg"))):
        for message in DELIVERY.outgoing(replace(ROUTED, event=replace(EVENT, headers=headers))):
            assert not {name for name, _ in message.headers} & {"traceparent", "tracestate"}


def test_a_dead_letter_is_the_original_and_says_why() -> None:
    """Value and headers as they came, in order and repeated, under the lead's id; added: Kafka Connect's headers, and ours."""
    message, told = sent(DEAD)
    assert (message.topic, message.key, message.value) == ("leads.dlq", POSITION.lead_id.encode(), EVENT.value)
    assert tuple(message.headers[:2]) == EVENT.headers
    assert dict(message.headers[2:]) == {
        "__connect.errors.topic": b"leads.inbound.web",
        "__connect.errors.partition": b"2",
        "__connect.errors.offset": b"4711",
        "__connect.errors.stage": b"intake",
        "__connect.errors.exception.class.name": b"app.errors.BadRecord",
        "__connect.errors.exception.message": b"intake: invalid_json: no JSON at byte 2",
        "leadstream.source": b"web",
        "leadstream.stage": b"intake",
        "leadstream.reason": b"invalid_json",
        "leadstream.detail": b"no JSON at byte 2",
        "leadstream.repairable": b"true",
        "leadstream.timestamp": b"1763900000123",
        "leadstream.app_version": b"0.1.0",
        "leadstream.attempt": b"1",
        "src": b"leads.inbound.web-2-4711",
        "leadstream.headers": b"2",
        "leadstream.key": EVENT.key,
    }
    assert (told["fate"], told["lead_id"], told["source"]) == ("dead_letter", POSITION.lead_id, "web")
    assert (told["stage"], told["reason"], told["occurred_at"], told["event_id"]) == ("intake", "invalid_json", None, None)


def test_headers_of_an_earlier_error_stay() -> None:
    """A record that a connector already failed on keeps the connector's headers: the first error is the interesting one."""
    event = replace(EVENT, headers=(("__connect.errors.topic", b"theirs"), ("leadstream.reason", b"forged")))
    message, _ = sent(replace(DEAD, event=event))
    assert [value for name, value in message.headers if name == "__connect.errors.topic"] == [b"theirs"]
    assert [value for name, value in message.headers if name == "leadstream.reason"] == [
        b"forged",
        b"invalid_json",
    ]  # the last counts


@pytest.mark.parametrize("key", [None, b"", b"k"])
@pytest.mark.parametrize("value", [None, b"", b"v"])
def test_nothing_stays_nothing(key: bytes | None, value: bytes | None) -> None:
    """Null and empty are different things, and stay what they are."""
    message, _ = sent(replace(DEAD, event=replace(EVENT, key=key, value=value)))
    assert (dict(message.headers).get("leadstream.key"), message.value) == (key, value)


@BY_FATE
def test_a_replay_says_so(fate: Fate) -> None:
    """Attempt and first record stand in the decision, and in a header that is read without decoding; a dead letter counts on."""
    first = b"leads.inbound.web-0-17"
    event = replace(EVENT, headers=(("leadstream.replay_of", first), ("leadstream.attempt", b"2")))
    message, decision, *_ = DELIVERY.outgoing(replace(fate, event=event))
    told = CODEC.decode(decision.value or b"", "decision")
    assert (told["attempt"], told["replay_of"]) == (2, first.decode())
    assert dict(decision.headers)["leadstream.replay_of"] == first
    if message.topic == "leads.dlq":
        assert dict(message.headers)["leadstream.attempt"] == b"2"
    _, told = sent(fate)
    assert (told["attempt"], told["replay_of"]) == (1, None)


def _bytes(message: Outgoing) -> int:
    return (
        sum(len(name) + len(value or b"") for name, value in message.headers)
        + len(message.key or b"")
        + len(message.value or b"")
    )


def test_a_large_dead_letter_loses_the_end_of_its_value() -> None:
    """Above the limit the value is cut; size and SHA-256 of the whole tell what it was."""
    value = bytes(range(256)) * 100
    message, _ = sent(replace(DEAD, event=replace(EVENT, value=value)))
    headers = dict(message.headers)
    assert _bytes(message) <= LIMIT
    assert message.value
    assert value.startswith(message.value)
    assert len(message.value) > LIMIT - 5_000
    assert (headers["leadstream.value_bytes"], headers["leadstream.value_sha256"]) == (
        b"25600",
        sha256(value).hexdigest().encode(),
    )
    assert (headers["leadstream.key"], message.headers[0]) == (EVENT.key, EVENT.headers[0])
    assert headers["leadstream.headers"] == b"2"


@pytest.mark.parametrize("value", [None, b"v" * 30_000])
def test_large_headers_and_keys_give_way_last(value: bytes | None) -> None:
    """Where cutting the value is not enough, the record's headers go, then the end of its key; the counts say so."""
    headers = tuple((f"h{n}", b"x" * 20) for n in range(1_000))
    message, _ = sent(replace(DEAD, event=replace(EVENT, key=b"k" * 30_000, value=value, headers=headers)))
    assert _bytes(message) <= LIMIT
    told = dict(message.headers)
    assert told["leadstream.headers_dropped"] == b"1000"
    assert (told["leadstream.key_bytes"], told["leadstream.headers"]) == (b"30000", b"0")
    assert told["leadstream.reason"] == b"invalid_json"


@pytest.mark.parametrize("fate", FATES[:4], ids=["routed-avro", "routed-json", "review", "duplicate"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"message": "x\ud800"}, "unencodable"),
        ({"message": "x" * LIMIT}, "oversized"),
        ({"orders_count": 2**70}, "unencodable"),
    ],
    ids=["surrogate", "oversized", "huge"],
)
def test_a_lead_that_nobody_could_read_is_a_dead_letter(fate: Any, change: dict[str, Any], reason: str) -> None:
    """What cannot be encoded, or is too large for the topics, is set aside with the original bytes; the process goes on."""
    message, told = sent(replace(fate, lead=replace(LEAD, **change)))
    assert (message.topic, message.value) == ("leads.dlq", EVENT.value)
    assert (told["fate"], told["stage"], told["reason"]) == ("dead_letter", "delivery", reason)


def test_every_field_of_a_lead_has_a_field_in_the_schemas() -> None:
    """A field added to Lead must not silently stay behind: both schemas have all of them."""
    schemas = Schemas.load(Path(__file__).parents[2] / "schemas")
    apart = {"repairs", "provenance", "enrichments", "shape", "facts", "groups", "toggles_off"}  # in a form of their own, or not
    for record in ("lead", "routed_lead"):
        held = {field["name"] for field in schemas.latest(record).avro["fields"]}
        assert set(Lead.__dataclass_fields__) - apart <= held, record
