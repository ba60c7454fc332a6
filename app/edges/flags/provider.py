"""Our OpenFeature provider: follows the topic `flags`, and emits PROVIDER_CONFIGURATION_CHANGED when what holds has changed.

It answers from memory; nobody waits for a network. A definition that cannot be used is refused and logged, and the last good one
goes on. The few newest states are kept, so that whoever names one (the attribute `state`) is answered by it: a batch of leads
sees one state, though the topic goes on meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from app.edges.flags.records import Decode, changed
from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.names import Topics
from app.flags.catalogue import CATALOGUE
from app.flags.definition import Definition
from app.flags.place import place
from app.flags.states import Changed, States
from app.settings import KafkaSettings

NAME: Final = "leadstream"
VERSION: Final = "flags.version"  # a text: the version of the newest state
KEPT: Final = 16  # states
WAIT_MOST_S: Final = 86_400.0  # a timer's longest wait, for a change that runs out later than that

log = structlog.get_logger(__name__)

Value = TypeVar("Value")


class TopicProvider(AbstractProvider):
    """See the module. `initialize` returns when the topic was read to its end, or could not be within the time.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        decode: Reads a flag_change.
        configured: What flags.yaml says.
        wait_s: How long to wait for the end of the topic, before the configuration alone holds.
        clock: Seconds since the epoch: temporary changes run out by it.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        decode: Decode,
        configured: Mapping[str, Definition],
        wait_s: float = START_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._kafka, self._topic, self._decode, self._wait_s, self._clock = kafka, names.flags, decode, wait_s, clock
        self._configured = dict(configured)
        self._states = States(self._configured)
        self._kept = {self._states.version: self._states}
        self._following: Following | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Begin to follow."""
        self._following = Following(
            self._kafka.client(),
            self._topic,
            self._read,
            name="flags",
            wait_s=self._wait_s,
            consequence="toggles stand as flags.yaml says, until it is read",
            each_end=True,
        )

    def shutdown(self) -> None:
        """Stop following; the last state goes on being told."""
        if self._following is not None:
            self._following.close()
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(NAME)

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Whether a flag is on for the targeting key. The metadata's `share` tells of how many keys it is: who asks for many
        keys can do with that and `app.flags.place`."""
        context = evaluation_context or EvaluationContext()
        found = self._found(flag_key, context)
        if found is None:
            return FlagResolutionDetails(default_value, ErrorCode.FLAG_NOT_FOUND, f"{flag_key} is no flag")
        share, reason, version = found
        whole = 1.0 if share is None else share
        metadata: dict[str, bool | int | float | str] = {"share": whole, "version": version}
        if whole in (0.0, 1.0):
            return FlagResolutionDetails(whole == 1.0, reason=reason, flag_metadata=metadata)
        if not context.targeting_key:
            missing = ErrorCode.TARGETING_KEY_MISSING
            return FlagResolutionDetails(default_value, missing, f"{flag_key} is on for a percentage", flag_metadata=metadata)
        value = place(flag_key, context.targeting_key) < whole
        return FlagResolutionDetails(value, reason=Reason.SPLIT, flag_metadata=metadata)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """The share of keys that a flag is on for; the default where the source's own file says."""
        found = self._found(flag_key, evaluation_context or EvaluationContext())
        if found is None:
            return FlagResolutionDetails(default_value, ErrorCode.FLAG_NOT_FOUND, f"{flag_key} is no flag")
        share, reason, version = found
        value, why = (default_value, Reason.DEFAULT) if share is None else (share, reason)
        return FlagResolutionDetails(value, reason=why, flag_metadata={"version": version})

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The version of what holds, under the name `flags.version`."""
        if flag_key == VERSION:
            return FlagResolutionDetails(self._states.version, reason=Reason.STATIC)
        return _no_such(default_value)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """There is none."""
        return _no_such(default_value)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """There is none."""
        return _no_such(default_value)

    def _found(self, flag: str, context: EvaluationContext) -> tuple[float | None, Reason, str] | None:
        """Share, reason, version."""
        if flag not in CATALOGUE:
            return None
        source, team, state = (str(context.attributes.get(name, "")) for name in ("source", "team", "state"))
        states = self._kept.get(state, self._states)
        chosen = states.definition(flag).chosen(source, team or None)
        reason = Reason.STATIC if chosen is states.definition(flag) else Reason.TARGETING_MATCH
        return states.share(flag, source, team or None), reason, states.version

    def _read(self, news: News) -> None:
        """All from the beginning, then on; runs in the thread that follows. What was changed together is held together."""
        before, said = dict(self._states.changed), dict[str, Changed]()
        for message in news:
            if message is None:
                self._hold(said)
                continue
            flag, one = (message.key() or b"").decode("utf-8", "replace"), changed(message, self._decode)
            if one is not None:
                said[one.flag] = one
            elif message.value() is None:
                said.pop(flag, None)
            elif flag in before:  # refused: what was good goes on, also when all is read anew
                said.setdefault(flag, before[flag])

    def _hold(self, said: Mapping[str, Changed] | None = None) -> None:
        """From now on this holds, until the next temporary change runs out; None: what was said already, at this time."""
        with self._lock:
            now_ms, before = int(self._clock() * 1000), self._states
            states = States(self._configured, before.changed if said is None else said, now_ms)
            self._wake(states, now_ms)
            if states.version == before.version:
                return
            kept = [*self._kept.values(), states][-KEPT:]
            self._kept, self._states = {one.version: one for one in kept}, states
        differing = [flag for flag in CATALOGUE if states.definition(flag) != before.definition(flag)]
        log.info("flags_read", version=states.version, count=len(differing))
        self.emit_provider_configuration_changed(
            ProviderEventDetails(flags_changed=differing, metadata={"version": states.version})
        )

    def _wake(self, states: States, now_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if states.until_ms is not None:
            wait_s = min(WAIT_MOST_S, max(0.0, (states.until_ms - now_ms) / 1000))
            self._timer = threading.Timer(wait_s, self._hold)
            self._timer.daemon = True
            self._timer.start()


def _no_such(default_value: Value) -> FlagResolutionDetails[Value]:
    return FlagResolutionDetails(default_value, ErrorCode.FLAG_NOT_FOUND, "flags of leadstream are on, off or a share")
