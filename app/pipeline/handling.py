"""How a lead is handled beside its fate: who has it, by when, in which arms of rollouts, and which plainer ways it went.

A named tuple, for it is made for every lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.ports import NOTHING, Arm, Assigned

DESK: Final = "desk"  # its name among the dependencies that were missing


class Handling(NamedTuple):
    """See the module.

    Attributes:
        assigned: None where no owner was looked for.
        due_ms: Until when somebody must have contacted the lead.
        service_level: Whose due time that is.
        toggles_off: Feature toggles that were off for it.
        flags_version: Of the state of all toggles.
        arms: Rollout → arm.
        rollouts_version: Of the rollouts it takes part in; see `Placed.version`.
        rules_version: Of the candidate rules that decided; None: the usual ones.
        fallbacks: Dependency → why it was missing.
        checkpoint: That held it.
    """

    assigned: Assigned | None = None
    due_ms: int | None = None
    service_level: str | None = None
    toggles_off: tuple[str, ...] = ()
    flags_version: str = ""
    arms: Mapping[str, Arm] = NOTHING  # type: ignore[assignment]
    rollouts_version: str = ""
    rules_version: int | None = None
    fallbacks: Mapping[str, str] = NOTHING
    checkpoint: str | None = None


PLAIN: Final = Handling()
