"""The OpenFeature client, asked what the pipeline wants to know. An error of the provider means what flags.yaml says."""

from __future__ import annotations

import uuid
from typing import Final

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventHandler, ProviderEvent
from openfeature.flag_evaluation import FlagEvaluationDetails
from openfeature.provider import FeatureProvider
from openfeature.provider.no_op_provider import NoOpProvider

from app.flags.catalogue import CATALOGUE
from app.flags.states import States

UNNAMED: Final = -1.0  # the default of a share: the provider names none
ANYBODY: Final = "-"  # the key, where the answer is to hold for all keys


class Asking:
    """A client with its provider, in a domain of its own: the process's other users of OpenFeature are left alone.

    Args:
        provider: Is made ready.
        configured: As flags.yaml says: the defaults.
        changed: Called in a thread of the SDK when the provider says that flags have changed.

    Raises:
        Exception: The provider could not be made ready, and what it says of that.
    """

    def __init__(self, provider: FeatureProvider, configured: States, changed: EventHandler) -> None:
        self._provider, self._configured, self._changed = provider, configured, changed
        self._domain = f"leadstream-{uuid.uuid4().hex[:8]}"
        self._client: OpenFeatureClient = api.get_client(self._domain)
        self._client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed)
        api.set_provider_and_wait(provider, self._domain)

    def details(self, flag: str, source: str, team: str | None, key: str, state: str = "") -> FlagEvaluationDetails[bool]:
        """Whether a switch is on for a key, and how the provider knows."""
        default = self._configured.share(flag, source, team) or 0.0
        return self._client.get_boolean_details(flag, default > 0.5, _context(source, team, key, state))

    def share(self, flag: str, source: str, team: str | None, state: str = "") -> float | None:
        """A flag that is a share; None: the provider names none."""
        configured = self._configured.share(flag, source, team)
        default = UNNAMED if configured is None else configured
        share = self._client.get_float_value(flag, default, _context(source, team, ANYBODY, state))
        return share if 0.0 <= share <= 1.0 else None

    def text(self, name: str, default: str) -> str:
        """A text that the provider tells under this name."""
        return self._client.get_string_value(name, default)

    def configured(self, flag: str, source: str, team: str | None) -> float | None:
        """What flags.yaml says: the share of keys, or None of a flag that is a share."""
        return self._configured.share(flag, source, team)

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.get_metadata().name

    def close(self) -> None:
        """Stop the provider."""
        self._client.remove_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, self._changed)
        self._provider.shutdown()
        api.set_provider(NoOpProvider(), self._domain)


def is_share(flag: str) -> bool:
    """Whether a flag is a share and no switch."""
    return CATALOGUE[flag].share


def _context(source: str, team: str | None, key: str, state: str) -> EvaluationContext:
    attributes = {"source": source}
    if team is not None:
        attributes["team"] = team
    if state:
        attributes["state"] = state
    return EvaluationContext(key, attributes)
