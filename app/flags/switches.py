"""One state of all toggles, ready to be asked for each lead: implements the port `Toggles`.

What does not hang on the key is settled once for each flag, source and team; only percentages cost a hash for each lead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from app.flags.catalogue import AT
from app.flags.place import encoded, keyed_with, limit, place
from app.flags.states import States
from app.ports import Moment

Share = Callable[[str, str, str | None], float | None]
_Plan = tuple[tuple[str, ...], tuple[tuple[str, Any, bytes], ...]]  # off for all; flag, its hash begun, the first digest outside
_NONE: Final = -1.0  # in the cache: no share is named


class Switches:
    """Answers from one state.

    Args:
        version: Of the state.
        share: Flag, source, team → the share of keys that the flag is on for. Asked once for each.
    """

    def __init__(self, version: str, share: Share) -> None:
        self.version = version
        self._ask = share
        self._shares: dict[tuple[str, str, str | None], float] = {}  # bounded by flags, sources and teams
        self._plans: dict[tuple[Moment, str], _Plan] = {}

    def current(self) -> Switches:
        """This state, which never changes."""
        return self

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        """See `app.ports.Toggles`."""
        share = self._shares.get((flag, source, team))
        if share is None:
            share = self._settled(flag, source, team)
        return share >= 1.0 or share == _NONE or (share > 0.0 and place(flag, key) < share)

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        """See `app.ports.Toggles`."""
        plan = self._plans.get((moment, source))
        if plan is None:
            plan = self._planned(moment, source)
        always, split = plan
        if not split:
            return always
        off, hashed = [*always], encoded(key)
        for flag, keyed, out in split:
            one = keyed.copy()
            one.update(hashed)
            if one.digest() >= out:
                off.append(flag)
        return tuple(off)

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        """See `app.ports.Toggles`."""
        share = self._shares.get((flag, source, team))
        if share is None:
            share = self._settled(flag, source, team)
        return None if share == _NONE else share

    def _settled(self, flag: str, source: str, team: str | None) -> float:
        asked = self._ask(flag, source, team)
        share = self._shares[flag, source, team] = _NONE if asked is None else asked
        return share

    def _planned(self, moment: Moment, source: str) -> _Plan:
        shares = [(flag, self._settled(flag, source, None)) for flag in AT[moment]]
        always = tuple([flag for flag, share in shares if share == 0.0])
        split = tuple([(flag, keyed_with(flag), limit(share)) for flag, share in shares if 0.0 < share < 1.0])
        plan = self._plans[moment, source] = always, split
        return plan


def switches(states: States) -> Switches:
    """The toggles by what is known here, without any outside: for tools, tests and what-if."""
    return Switches(states.version, states.share)


ALL_ON: Final = switches(States())
