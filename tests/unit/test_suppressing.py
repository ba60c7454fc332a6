"""People who do not want to be contacted: what is remembered of it, and what becomes of their leads."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from app.errors import EdgeDown
from app.inventory.models import Inventory, Mapping, Routing, Source, Team
from app.pipeline.fate import DeadLetter
from app.pipeline.identifiers import texts_of
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.screening import Screen
from app.pipeline.source import InboundEvent, Position
from app.pipeline.suppressing import Table, joined, lifted
from app.ports import Suppressed, Suppressing
from app.privacy.consent import after, read

NOW = 1_800_000_000_000
KNOWN = ("contact", "marketing", "profiling")
PSEUDONYMS = Pseudonyms(b"sixteen bytes or more, for tests")
EVENT = InboundEvent(Position("leads.inbound.web-form", 0, 0), None, b"{}", (), NOW)
SOURCE = Source(name="web-form", description="", owner="g", format="json", mapping=Mapping(fields={}), expected_per_hour=1)
TEAMS = {
    "desk": Team(name="desk", description=""),
    "letters": Team(name="letters", description="", purpose="marketing"),
}
ROUTING = Routing(version=1, rules=(), catch_all="desk")
INVENTORY = Inventory(sources={"web-form": SOURCE}, teams=TEAMS, routing=ROUTING)


class Fixed:
    """Suppressions that a test has put together."""

    def __init__(self, table: Table | None) -> None:
        self._table = table

    def current(self) -> Suppressing | None:
        if self._table is None:
            raise EdgeDown("not read yet")
        return self._table if len(self._table) else None


def against(lead: Lead, *purposes: str, since: int = NOW - 10) -> Fixed:
    """The lead's person objects, by all identifiers."""
    table = Table()
    for one in PSEUDONYMS.identifiers(texts_of(lead)):
        table.put(one, Suppressed("objected", frozenset(purposes), since))
    return Fixed(table)


def lead(**told: Any) -> Lead:
    its: dict[str, Any] = {"received_at": NOW, "occurred_at": NOW, "email": "ada@example.com"} | told
    return Lead("ld_1", "web-form", "e", **its)


def screened(one: Lead, suppressions: Fixed) -> Lead | DeadLetter:
    (found,) = Screen(INVENTORY, suppressions, PSEUDONYMS).screen([EVENT], [one])
    return found


class TestTable:
    def test_a_million_fit(self) -> None:
        """120 bytes each, at most: what a worker pays for everybody who ever objected."""
        count = 50_000
        identifiers = [(n * 2_654_435_761 % 2**64).to_bytes(8, "big") + bytes(8) for n in range(count)]
        table, said = Table(), Suppressed("objected", frozenset(), NOW)
        tracemalloc.start()
        for n, one in enumerate(identifiers):
            table.put(one, said._replace(since_ms=NOW + n))
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(table) == count
        assert used / count <= 120 * 1.15  # the dictionary grows in leaps; at 50,000 it stands worse than at a million

    def test_several_identifiers_are_one_person(self) -> None:
        """What any of them is not to be contacted for; everything, where one of them objects to everything."""
        table, (one, other) = Table(), PSEUDONYMS.identifiers(["e:a@b.org", "p:49301"])
        table.put(one, Suppressed("withdrawn", frozenset({"marketing"}), 5))
        assert table.of([other]) is None
        table.put(other, Suppressed("withdrawn", frozenset({"profiling"}), 9))
        assert table.of([one, other]) == Suppressed("withdrawn", frozenset({"marketing", "profiling"}), 9)
        table.put(other, Suppressed("objected", frozenset(), 7))
        assert table.of([one, other]) == Suppressed("objected", frozenset(), 7)
        table.put(one, None)
        table.put(other, None)
        assert (table.of([one, other]), len(table)) == (None, 0)


class TestScreen:
    def test_whoever_objects_gets_no_lead_anywhere(self) -> None:
        """A dead letter that no replay revives, with words that name nobody."""
        one = lead(phone="+493012345678")
        found = screened(one, against(one))
        assert isinstance(found, DeadLetter)
        assert (found.stage, found.reason, found.repairable) == ("routing", "suppressed", False)
        assert found.detail == "the person does not want to be contacted at all, since 2027-01-15"

    def test_one_identifier_is_enough(self) -> None:
        """Who objected by mail and comes back with the same phone is the same person."""
        objected = against(lead(email=None, phone="+493012345678"))
        assert isinstance(screened(lead(email="new@example.com", phone="+493012345678"), objected), DeadLetter)
        assert isinstance(screened(lead(email="new@example.com"), objected), Lead)

    def test_later_consent_of_its_own_is_believed(self) -> None:
        """A yes after the no counts; an older one, or a form that did not ask, does not."""
        one = lead(consent=True)
        assert screened(one, against(one, since=NOW - 1)) is one
        assert isinstance(screened(one, against(one, since=NOW)), DeadLetter)
        assert isinstance(screened(lead(consent=None), against(one, since=NOW - 1)), DeadLetter)
        assert isinstance(screened(lead(consent=True, occurred_at=NOW - 99), against(one)), DeadLetter)

    def test_some_purposes_leave_the_others(self) -> None:
        """No newsletters, but an answer to what they ask: the lead goes on, and agrees to the rest alone."""
        one = lead(consent_basis="consent")
        assert screened(one, against(one, "marketing")) is one
        assert one.consent_purposes == "contact"
        two = lead(consent_purposes="contact marketing profiling")
        assert screened(two, against(two, "marketing")) is two
        assert two.consent_purposes == "contact profiling"

    def test_not_even_an_answer(self) -> None:
        """Who does not want to be contacted about what they asked does not want letters either."""
        one = lead()
        assert isinstance(screened(one, against(one, "contact")), DeadLetter)

    def test_nobody_knows(self) -> None:
        """Before the topic was read leads wait: to contact who objected is worse than to be late."""
        with pytest.raises(EdgeDown):
            screened(lead(), Fixed(None))

    def test_nobody_passes_such_a_lead_on(self) -> None:
        """What stands on a topic is held to the same, and to consent as of now, when people or time move it."""
        one = lead(consent=True, consent_purposes="contact", consent_basis="consent", consent_until=NOW + 5)
        names = ("source", "email", "phone", "customer_id", "visitor_id", "consent", "consent_basis", "consent_purposes")
        value = {name: getattr(one, name) for name in (*names, "consent_until", "occurred_at", "received_at")}
        free, objected = Screen(INVENTORY, Fixed(Table()), PSEUDONYMS), Screen(INVENTORY, against(one, since=NOW), PSEUDONYMS)
        codes = [free.withheld(value, "desk", NOW), free.withheld(value, "letters", NOW), free.withheld(value, "desk", NOW + 5)]
        assert [code and code[0] for code in codes] == [None, "no_consent", "consent_expired"]
        assert [(objected.withheld(value, team, NOW) or ("",))[0] for team in ("desk", None)] == ["suppressed"] * 2


class TestSaid:
    def change(self, **told: Any) -> dict[str, Any]:
        nothing = dict.fromkeys(("change_id", "email", "phone", "customer_id", "visitor_id", "lead_id"))
        return nothing | {"given": False, "purposes": [], "occurred_at": NOW, "via": "phone"} | told

    def test_an_objection_counts_for_every_reading(self) -> None:
        """A number without its country, and a customer id without its shop: each that it may be."""
        said = read(self.change(phone="030 12345678", customer_id="7"), ["shop", "web-form"], ["AT", "DE"])
        texts = {one.text for one in said.identifiers}
        assert {"p:493012345678", "c:shop:7", "c:web-form:7"} <= texts

    def test_what_is_said_again_changes_nothing(self) -> None:
        """The same withdrawal twice, or one that was said earlier, leaves what holds."""
        first = read(self.change(email="a@b.org"), (), ())
        held = after(None, first, KNOWN)
        assert held == Suppressed("objected", frozenset(), NOW)
        assert after(held, first, KNOWN) == held
        assert after(held, first._replace(at_ms=NOW - 9), KNOWN) == held

    def test_later_consent_lifts(self) -> None:
        """For everything, or for some purposes; a yes from before the no does not."""
        held = Suppressed("objected", frozenset(), NOW)
        yes = read(self.change(given=True, occurred_at=NOW + 1), (), ())
        assert after(held, yes, KNOWN) is None
        assert after(held, yes._replace(at_ms=NOW), KNOWN) == held
        some = after(held, yes._replace(purposes=frozenset({"contact"})), KNOWN)
        assert some == Suppressed("objected", frozenset({"marketing", "profiling"}), NOW)
        assert after(None, yes, KNOWN) is None

    def test_purposes_add_up(self) -> None:
        """No newsletters, later no profiles: neither; and everything swallows them."""
        one = Suppressed("withdrawn", frozenset({"marketing"}), 1)
        assert joined(one, Suppressed("withdrawn", frozenset({"profiling"}), 2)).purposes == {"marketing", "profiling"}
        assert joined(one, Suppressed("objected", frozenset(), 2)).purposes == frozenset()
        assert lifted(one, frozenset({"marketing"}), 3, KNOWN) is None
