"""What a rule wants of the owner inside the team, for one lead."""

from __future__ import annotations

from typing import Final

from app.inventory.models import Team, Wish

NONE: Final = Wish()
THE_LEADS: Final = "lead"  # as a wish's language: that of the lead
_MOST: Final = 1_000  # tags remembered


class Wishes:
    """A rule's wish, in its team.

    A member who names no language takes any. So a language is wanted where a member names it: of one that nobody names, all who
    name none are as good as each other, and to want that of the lead would leave it to nobody.

    Args:
        wish: The rule's.
        team: None: nothing is known of it.
    """

    def __init__(self, wish: Wish, team: Team | None) -> None:
        members = team.members if team is not None else ()
        self._spoken = frozenset(language for member in members for language in member.languages)
        self._asks = wish.language == THE_LEADS
        free = any(not member.languages for member in members) and wish.language not in self._spoken
        self._met: dict[str, tuple[str, ...]] = {}
        self._always = (*wish.skills, *(() if wish.language is None or self._asks or free else (wish.language,)))

    def of(self, language: str | None) -> tuple[str, ...]:
        """Skills and languages that the owner must have.

        Args:
            language: The lead's, as a tag (`pt-BR`); None where it is not known.
        """
        if not self._asks or language is None:
            return self._always
        needs = self._met.get(language)
        if needs is None:
            if len(self._met) >= _MOST:
                self._met.clear()
            spoken = language.partition("-")[0].lower()
            needs = self._met[language] = (*self._always, spoken) if spoken in self._spoken else self._always
        return needs
