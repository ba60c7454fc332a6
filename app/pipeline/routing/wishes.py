"""What a rule wants of the owner inside the team, for one lead."""

from __future__ import annotations

from typing import Final

from app.inventory.models import Team, Wish

NONE: Final = Wish()
THE_LEADS: Final = "lead"  # as a wish's language: that of the lead


class Wishes:
    """A rule's wish, in its team.

    A fixed language is always wanted. That of the lead is wanted where anybody in the team has it: else the wish would leave the
    lead to nobody.

    Args:
        wish: The rule's.
        team: None: nothing is known of it.
    """

    def __init__(self, wish: Wish, team: Team | None) -> None:
        self._always = (*wish.skills, *((wish.language,) if wish.language not in (None, THE_LEADS) else ()))
        members = team.members if team is not None else ()
        self._asks = wish.language == THE_LEADS
        self._any = any(not member.languages for member in members)  # who names none takes any
        self._spoken = frozenset(language for member in members for language in member.languages)

    def of(self, language: str | None) -> tuple[str, ...]:
        """Skills and languages that the owner must have.

        Args:
            language: The lead's, as a tag (`pt-BR`); None where it is not known.
        """
        if not self._asks or language is None:
            return self._always
        spoken = language.partition("-")[0].lower()
        return (*self._always, spoken) if self._any or spoken in self._spoken else self._always
