"""Leads of people who do not want to be contacted: before anybody looks who they are, and whenever somebody would pass them on.

A lead that is later consent of its own is taken: its person said yes after they had said no. Who objects to being contacted at
all, or for what every team is for, gets no lead anywhere: it becomes a dead letter. Who objects to some purposes only keeps the
others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from app.inventory.models import Inventory
from app.inventory.privacy import CONTACT
from app.pipeline.consent import lacks, why_not
from app.pipeline.fate import DeadLetter
from app.pipeline.identifiers import texts_of, texts_of_record
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.source import InboundEvent
from app.ports import Suppressed, Suppressing, Suppressions

Withheld = Literal["suppressed", "no_consent", "consent_expired"]
SUPPRESSED: Final = "suppressed"


class Screen:
    """Asks what people do not want.

    Args:
        inventory: Teams, with their purposes.
        suppressions: What people do not want.
        pseudonyms: How they are named there.
    """

    def __init__(self, inventory: Inventory, suppressions: Suppressions, pseudonyms: Pseudonyms) -> None:
        self._suppressions, self._named = suppressions, pseudonyms.identifiers
        self._teams = {team.name: team.purpose for team in inventory.teams.values()}
        self._all, self._known = frozenset(self._teams.values()), tuple(inventory.privacy.purposes)

    def screen(self, events: Sequence[InboundEvent], leads: Sequence[Lead | DeadLetter]) -> list[Lead | DeadLetter]:
        """The leads, and dead letters in the place of those that nobody may have.

        Raises:
            EdgeDown: Nobody knows what people do not want. Nothing was decided.
        """
        table = self._suppressions.current()
        return list(leads) if table is None else list(self._screened(table, events, leads))

    def withheld(self, value: Mapping[str, Any], team: str | None, at_ms: int) -> tuple[Withheld, str] | None:
        """Why a lead must not go to a team now: a code, and words; None: it may.

        Args:
            value: The lead as a record has it.
            team: None: any.

        Raises:
            EdgeDown: Nobody knows.
        """
        table = self._suppressions.current()
        purpose = None if team is None else self._teams.get(team, CONTACT)
        at = value["occurred_at"], value["received_at"]
        held = None if table is None else self._held(table, texts_of_record(value), value["consent"], *at)
        if held is not None and (self._wholly(held) or purpose in held.purposes):
            return SUPPRESSED, f"{_in_words(held)}; later consent lifts it: leadstream consent give"
        lack = None if purpose is None else lacks(value, purpose, at_ms)
        if lack is None:
            return None
        over = "has expired" if lack == "consent_expired" else "was never given"
        return lack, f"the consent for {purpose}, which is what {team} is for, {over}; correct it if the person agrees now"

    def _screened(
        self, table: Suppressing, events: Sequence[InboundEvent], leads: Sequence[Lead | DeadLetter]
    ) -> Iterator[Lead | DeadLetter]:
        for event, lead in zip(events, leads, strict=True):
            if isinstance(lead, Lead):
                held = self._held(table, texts_of(lead), lead.consent, lead.occurred_at, lead.received_at)
                if held is not None and self._wholly(held):
                    yield DeadLetter(event, lead.source, "routing", SUPPRESSED, _in_words(held), repairable=False)
                    continue
                if held is not None:
                    self._narrow(lead, held)
            yield lead

    def _held(
        self, table: Suppressing, texts: list[str], said: bool | None, occurred_ms: int, received_ms: int
    ) -> Suppressed | None:
        """What holds for a lead: nothing where it is itself a later yes."""
        held = table.of(self._named(texts))
        return None if held is None or (said is True and min(occurred_ms, received_ms) > held.since_ms) else held

    def _wholly(self, held: Suppressed) -> bool:
        return not held.purposes or CONTACT in held.purposes or held.purposes >= self._all

    def _narrow(self, lead: Lead, held: Suppressed) -> None:
        """What is left of what the lead agrees to."""
        purposes, basis, said = lead.consent_purposes, lead.consent_basis, lead.consent
        mine = purposes.split() if purposes is not None else [one for one in self._known if not why_not(one, basis, said, None)]
        lead.consent_purposes = " ".join(one for one in mine if one not in held.purposes)


def _in_words(held: Suppressed) -> str:
    what = f"for {', '.join(sorted(held.purposes))}" if held.purposes else "at all"
    return f"the person does not want to be contacted {what}, since {datetime.fromtimestamp(held.since_ms / 1000, UTC):%Y-%m-%d}"
