"""A batch of behaviour events, as the store of journeys takes it in: pseudonyms and steps, nothing else of the events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from app.pipeline.behaviour import browser_of, person_of_digest, step_of
from app.pipeline.pseudonyms import Pseudonyms
from app.ports import Moved

Taken = Literal[
    "kept",
    "nobody",  # without an id of a visitor, or with what trackers send for one
    "undated",  # its record has no time to hold the visitor's clock against
    "old",  # from before what is kept
]


class Steps:
    """Collects the steps of a batch, by visitor and by the person who it is.

    Args:
        pseudonyms: How visitors and people are named in the store.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._of: dict[tuple[str, str | None], list[tuple[int, str]]] = {}

    def add(self, event: Mapping[str, Any], recorded_ms: int) -> Taken:
        """Take in one event, or say why not.

        Args:
            event: A BehaviourEvent.
            recorded_ms: Its record's time, milliseconds since the epoch.
        """
        browser = browser_of(event["visitor_id"], self._pseudonyms)
        if browser is None:
            return "nobody"
        if recorded_ms <= 0:
            return "undated"
        step = step_of(event, recorded_ms)
        if step is None:
            return "old"
        person = person_of_digest(event.get("email_sha256"), self._pseudonyms)
        self._of.setdefault((browser, person), []).append(step)
        return "kept"

    @property
    def moved(self) -> list[Moved]:
        """What the visitors did; one who turned out to be somebody within the batch comes twice."""
        return [Moved(browser, tuple(steps), person) for (browser, person), steps in self._of.items()]
