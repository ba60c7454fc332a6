"""The port `Toggles`, through another OpenFeature provider (flagd, Unleash, …) that the configuration names.

It may ask a network, so it gets little time: an answer within `LIMIT_S`, and `BUDGET_S` for all answers of one `LIFE_S`. What
does not come in time, and what fails, is as flags.yaml says. Answers are remembered for `LIFE_S`, of all keys together where the
provider says that they do not hang on the key; so a change is in use within that time, also where the provider tells of none.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import structlog
from openfeature.event import EventDetails
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from openfeature.provider import FeatureProvider

from app.edges.flags.asking import Asking
from app.errors import ConfigurationError
from app.flags.catalogue import AT, CATALOGUE
from app.flags.states import States
from app.ports import Moment, Toggles

LIFE_S: Final = 1.0
LIMIT_S: Final = 0.05
BUDGET_S: Final = 0.25
_FOR_ALL_KEYS: Final = frozenset({Reason.STATIC, Reason.DEFAULT, Reason.DISABLED})

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


def load(path: str) -> FeatureProvider:
    """The provider that a `module:factory` makes, called without arguments.

    Raises:
        ConfigurationError: It cannot be made.
    """
    module, _, factory = path.partition(":")
    try:
        made: FeatureProvider = getattr(importlib.import_module(module), factory)()
        made.get_metadata()
        return made
    except Exception as error:
        what = f"LEADSTREAM_FLAGS_PROVIDER: {path} makes no OpenFeature provider ({type(error).__name__}: {error})"
        raise ConfigurationError(f"{what}; write module:factory, a function without arguments that is installed here") from error


class ForeignToggles:
    """Implements `app.ports.Toggles`.

    Args:
        provider: Any; is made ready.
        configured: As flags.yaml says: what holds where the provider does not answer.
        clock: Seconds, monotonic.

    Raises:
        ConfigurationError: The provider could not be made ready.
    """

    def __init__(self, provider: FeatureProvider, configured: States, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        try:
            self._asking = Asking(provider, configured, self._changed)
        except Exception as error:
            raise ConfigurationError(f"LEADSTREAM_FLAGS_PROVIDER: the provider does not start: {error}") from error
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="flags")
        self._now = self._anew()

    def current(self) -> Toggles:
        """What was answered within the last `LIFE_S`."""
        if self._clock() >= self._now.until:
            self._now = self._anew()
        return self._now

    @property
    def version(self) -> str:
        """See `app.ports.Toggles`."""
        return self.current().version

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        """See `app.ports.Toggles`."""
        return self.current().on(flag, source, key, team)

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        """See `app.ports.Toggles`."""
        return self.current().off(moment, source, key)

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        """See `app.ports.Toggles`."""
        return self.current().share(flag, source, team)

    def close(self) -> None:
        """Stop the provider."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._asking.close()

    def _changed(self, _: EventDetails) -> None:
        self._now = self._anew()

    def _anew(self) -> _Answers:
        return _Answers(self._asking, self._pool, self._clock)


class _Answers:
    """What a provider said; remembered, so that it says the same to a batch on all its way."""

    def __init__(self, asking: Asking, pool: ThreadPoolExecutor, clock: Callable[[], float]) -> None:
        self._asking, self._pool, self._clock = asking, pool, clock
        self.version, self.until = asking.name, clock() + LIFE_S
        self._left = BUDGET_S
        self._all: dict[tuple[str, str, str | None], bool] = {}
        self._keys: dict[tuple[str, str, str | None, str], bool] = {}
        self._shares: dict[tuple[str, str, str | None], float | None] = {}

    def current(self) -> _Answers:
        return self

    def on(self, flag: str, source: str, key: str, team: str | None = None) -> bool:
        where = (flag, source, team)
        if (known := self._all.get(where)) is None and (known := self._keys.get((*where, key))) is None:
            known = self._asked(flag, source, key, team)
        return known

    def off(self, moment: Moment, source: str, key: str) -> tuple[str, ...]:
        return tuple([flag for flag in AT[moment] if not self.on(flag, source, key)])

    def share(self, flag: str, source: str, team: str | None = None) -> float | None:
        where = (flag, source, team)
        if where not in self._shares:
            configured = self._asking.configured(flag, source, team)
            self._shares[where] = self._in_time(lambda: self._asking.share(flag, source, team), configured)
        return self._shares[where]

    def _asked(self, flag: str, source: str, key: str, team: str | None) -> bool:
        if CATALOGUE[flag].share:
            share = self.share(flag, source, team)
            return share is None or share > 0.0
        none: FlagEvaluationDetails[bool] | None = None
        details = self._in_time(lambda: self._asking.details(flag, source, team, key), none)
        if details is None:
            answer = self._keys[flag, source, team, key] = (self._asking.configured(flag, source, team) or 0.0) > 0.5
        elif details.reason in _FOR_ALL_KEYS:
            answer = self._all[flag, source, team] = details.value
        else:  # a target, a percentage, an error: the next key may get another answer
            answer = self._keys[flag, source, team, key] = details.value
        return answer

    def _in_time(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The answer, if it comes within the limit and there is time left for it."""
        if self._left <= 0.0:
            return otherwise
        began = self._clock()
        try:
            return self._pool.submit(ask).result(min(LIMIT_S, self._left))
        except TimeoutError:
            self._left = 0.0  # it is away: the others need not wait to find that out
            log.warning(
                "flags_provider_slow", why=f"no answer within {LIMIT_S} s", consequence="toggles stand as flags.yaml says"
            )
            return otherwise
        except RuntimeError:  # closed meanwhile
            return otherwise
        finally:
            self._left -= self._clock() - began
