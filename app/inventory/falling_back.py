"""What becomes of leads while something that they need is away (the file fallback.yaml)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from app.inventory.entry import Entry

Way = Literal["go_on", "park"]
PARKABLE: Final = ("model", "match_index", "behaviour")
"""Dependencies that can be asked again for a lead that is held. Others (docs/fallback.md) always let leads go on, or wait."""


class Fallbacks(Entry):
    """Per dependency: `go_on`, the plainer way, marked; or `park`, held for people, and drained by itself once it is back."""

    version: Annotated[int, Field(ge=1)] = 1
    model: Way = "go_on"  # scored by the fixed rules
    match_index: Way = "go_on"  # as a new person's; the reviser looks into it later
    behaviour: Way = "go_on"  # without what the visitor did in the shop

    @property
    def parked(self) -> frozenset[str]:
        """Those that leads wait for."""
        return frozenset(name for name in PARKABLE if getattr(self, name) == "park")
