"""The port `Toggles`, through OpenFeature: by our provider, which follows the topic.

What a batch asks is answered from one state, whose answers are remembered; a change of the provider's configuration makes a new
one. So a lead costs look-ups in a dictionary, and the SDK is asked once for each flag, source and team.
"""

from __future__ import annotations

import threading
from typing import Final

from openfeature.event import EventDetails

from app.edges.flags.asking import ANYBODY, Asking, is_share
from app.edges.flags.provider import VERSION, TopicProvider
from app.flags.states import States
from app.flags.switches import Switches
from app.ports import Moment

SHARE: Final = "share"  # in the metadata of our provider's answers


class FollowedToggles:
    """Implements `app.ports.Toggles`, with the provider's background thread.

    Args:
        provider: Ours; is made ready.
        configured: As flags.yaml says.
    """

    def __init__(self, provider: TopicProvider, configured: States) -> None:
        self._lock = threading.Lock()
        self._asking = Asking(provider, configured, self._renew)
        self._renew(EventDetails())

    def current(self) -> Switches:
        """The state of this moment; the same object until something was changed."""
        return self._now

    @property
    def version(self) -> str:
        """See `app.ports.Toggles`."""
        return self._now.version

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        """See `app.ports.Toggles`."""
        return self._now.on(flag, source, key, team)

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        """See `app.ports.Toggles`."""
        return self._now.off(moment, source, key)

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        """See `app.ports.Toggles`."""
        return self._now.share(flag, source, team)

    def close(self) -> None:
        """Stop following; the last state goes on being told."""
        self._asking.close()

    def _renew(self, _: EventDetails) -> None:
        """Events may overtake each other: what holds is what the provider says now."""
        with self._lock:
            version = self._asking.text(VERSION, "")
            self._now = Switches(version, lambda flag, source, team: self._share(flag, source, team, version))

    def _share(self, flag: str, source: str, team: str | None, state: str) -> float | None:
        if is_share(flag):
            return self._asking.share(flag, source, team, state)
        details = self._asking.details(flag, source, team, ANYBODY, state)
        share = details.flag_metadata.get(SHARE)
        if details.error_code is not None or not isinstance(share, float):
            return self._asking.configured(flag, source, team)
        return share
