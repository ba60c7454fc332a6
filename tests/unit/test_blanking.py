"""What stays of an erased person's records."""

from __future__ import annotations

from app.pipeline.revision.blanking import ERASED, blank, disowned
from tests.harness.leads_told import CODEC, T, a_decision, a_routed

KNOWN = {"email": "canary@example.org", "phone": "+4670123456", "full_name": "Mara Canary", "visitor_id": "canary-7"}


def test_a_blank_record_fits_its_topic_and_says_nothing_of_anybody() -> None:
    """A sink takes it as any other: same lead, same team; everything about the person is null, or empty where null is not
    allowed."""
    value = a_routed(1, **KNOWN, attributes='{"note": "canary"}', reasons="+ canary", event_id="canary-1", owner="canary")
    raw = CODEC.encode("routed_lead", blank(value, T + 5))
    told = CODEC.read_own(raw, "routed_lead")
    assert b"canary" not in raw.lower()
    assert (told["lead_id"], told["team"], told["source"]) == (value["lead_id"], value["team"], value["source"])
    assert (told["erased_at"], told["revision"]) == (T + 5, ERASED)
    kept = {name for name, one in told.items() if one not in (None, "", 0, 0.0, "{}", False)}
    assert kept <= {"lead_id", "source", "received_at", "occurred_at", "team", "revision", "erased_at", "mapping_version",
                    "rules_version", "model_version", "app_version", "moved_to", "merged_into"}  # fmt: skip


def test_a_decision_of_an_erased_person_counts_as_before_and_leads_to_nobody() -> None:
    """Fate, score and versions stay for the figures; keys, the vendor's event, pseudonyms of values and owner are gone."""
    entry = {"number": 3, "keys": b"k" * 8, "record": b"r", "until": T, "locked": False}
    mended = [{"field": "email", "rule": "case", "before": "aa", "after": "bb"}]
    before = a_decision(1, index=entry, mended=mended, owner="anna")
    told = CODEC.read_own(CODEC.encode("decision", disowned(before, T + 5)), "decision")
    assert (told["index"], told["event_id"], told["mended"], told["owner"]) == (None, None, [], None)
    assert (told["fate"], told["score"], told["team"]) == (before["fate"], before["score"], before["team"])
    assert (told["revision"], told["revised_by"], told["revised_why"], told["erased_at"]) == (ERASED, "privacy", "erased", T + 5)
