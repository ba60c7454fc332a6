"""Who of a team gets a lead that comes to it after its first fate, and by when it must be contacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from app.pipeline.handling import DESK
from app.pipeline.projection import desk_told
from app.pipeline.revision.form import Value
from app.pipeline.revision.routing import House
from app.ports import Assigned, Wanted

UNOWNED: Final[Mapping[str, Any]] = {"owner": None, "due_at": None, "desk": None, "service_level": None}
"""What a decision says of a lead that is with no team."""
_QUEUE: Final = "/"  # ends the name of a team that had it


class Owned(NamedTuple):
    """The desk's answer, and the service level.

    Attributes:
        due_ms: None where no service level holds.
    """

    assigned: Assigned
    due_ms: int | None
    level: str | None

    def told(self) -> dict[str, Any]:
        """What a team's topic says of it."""
        return {"owner": self.assigned.owner, "due_at": self.due_ms}

    def decided(self, fallbacks: Mapping[str, str]) -> dict[str, Any]:
        """What the decision says of it.

        Args:
            fallbacks: As it said before.
        """
        missing = {name: why for name, why in fallbacks.items() if name != DESK}
        if self.assigned.why == "away":
            missing[DESK] = "away"
        return self.told() | {"desk": desk_told(self.assigned), "service_level": self.level, "fallbacks": missing}


def owned(house: House, lead: Value, team: str, *, passed_over: Iterable[str] = (), named: str | None = None) -> Owned:
    """Ask the desk, once: asked again for the same lead, team and members passed over, it answers the same.

    Args:
        lead: Its value, with rule and band.
        passed_over: Members who must not get it again.
        named: The member that a person chose, whoever had it before.
    """
    wanted = Wanted(
        lead["lead_id"],
        lead["subject"],
        team,
        house.needs(str(lead["rule"]), lead["language"]),
        tuple(dict.fromkeys(one for one in passed_over if one != named)),
        named,
    )
    return Owned(house.desk.assign([wanted])[0], *house.due(lead["band"], team))


def had_it(decision: Value) -> list[str]:
    """Who had it, and who has it now: the member, or the team where it lies in its queue."""
    owner = decision["owner"]
    return [*decision["previous_owners"], str(owner) if owner is not None else f"{decision['team']}{_QUEUE}"]


def members_of(decision: Value) -> list[str]:
    """The members who had it."""
    return [one for one in decision["previous_owners"] if not one.endswith(_QUEUE)]
