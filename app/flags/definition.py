"""What people say of a toggle: its state, rules for sources and teams, how long it holds.

enabled: true                     # or percent: 25, of the subjects
rules:                            # the first that fits decides
  - {sources: [partner-csv], enabled: false}
  - {teams: [b2b], percent: 10}
until: 1763900000000              # changes only: then the configuration holds again (ms since the epoch)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.errors import ConfigurationError
from app.flags.catalogue import AUTOMATION, CATALOGUE, ROUTING_BY_SCORE

TEAM_FLAGS: Final = frozenset({ROUTING_BY_SCORE, AUTOMATION})  # asked when a team is known
MAX_RULES: Final = 100
_NAME: Final = 100  # characters of a name that is none: comparing texts costs their lengths, multiplied
_Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
_Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class FlagError(ConfigurationError):
    """A toggle or its definition cannot be used; the message says what, where, and how to mend it."""


class _State(BaseModel):
    """On, off, or on for a percentage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | None = None
    percent: _Percent | None = None  # of the keys; see place.py

    @model_validator(mode="after")
    def _one_state(self) -> _State:
        if (self.enabled is None) == (self.percent is None):
            raise ValueError("needs either enabled or percent; write enabled: true, enabled: false or percent: 25")
        return self

    @property
    def state(self) -> float:
        """The share of keys that it is on for, in [0, 1]."""
        return (1.0 if self.enabled else 0.0) if self.percent is None else self.percent / 100.0


class Rule(_State):
    """A state for the leads of some sources, or teams, or both."""

    sources: Annotated[tuple[_Slug, ...], Field(min_length=1)] | None = None
    teams: Annotated[tuple[_Slug, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _targeted(self) -> Rule:
        if self.sources is None and self.teams is None:
            raise ValueError("names neither sources nor teams; name some, or say it of the flag itself")
        return self

    def fits(self, source: str, team: str | None) -> bool:
        """Whether it speaks of this lead. One that names teams never does where no team is known."""
        return (self.sources is None or source in self.sources) and (self.teams is None or team in self.teams)


class Definition(_State):
    """The state of one toggle."""

    rules: Annotated[tuple[Rule, ...], Field(max_length=MAX_RULES)] = ()
    until: Annotated[int, Field(gt=0)] | None = None

    def chosen(self, source: str, team: str | None = None) -> Rule | Definition:
        """What decides for a lead: the first rule that fits, else the definition itself."""
        return next((rule for rule in self.rules if rule.fits(source, team)), self)

    def data(self) -> dict[str, Any]:
        """Plain values, without what is not said."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)

    def text(self) -> str:
        """The same as JSON; equal definitions give equal texts."""
        return orjson.dumps(self.data(), option=orjson.OPT_SORT_KEYS).decode()


ON: Final = Definition(enabled=True)


def known(flag: str) -> str:
    """The name of a flag that there is.

    Raises:
        FlagError: There is none of that name.
    """
    if flag in CATALOGUE:
        return flag
    near = get_close_matches(flag[:_NAME], CATALOGUE, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(CATALOGUE)}"
    raise FlagError(f'"{flag[:_NAME]}" is no flag; {hint}')


def problems(flag: str, definition: Definition) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What makes no sense of this flag, of the right shape though it be: where, what, how to mend it."""
    if CATALOGUE[flag].share and definition.percent is not None:
        mend = "name them in a rule; for all, enabled: true is each source's own share and false is none"
        yield ("percent",), "a share for all sources at once would let undeclared ones in", mend
    for n, rule in enumerate(definition.rules):
        if rule.teams is not None and flag not in TEAM_FLAGS:
            yield ("rules", n, "teams"), f"{flag} is asked before a team is known", "name sources instead"
        if CATALOGUE[flag].share and rule.percent is not None and rule.sources is None:
            yield ("rules", n, "percent"), "a share needs the sources that it is for", "name them beside the teams"


def parse(flag: str, data: str | bytes | Mapping[str, Any]) -> Definition:
    """A definition from JSON, or from plain values.

    Raises:
        FlagError: There is no such flag, or the definition cannot be used; all that is wrong with it.
    """
    known(flag)
    try:
        if isinstance(data, (str, bytes)):
            data = orjson.loads(data)
        definition = Definition.model_validate(data)
    except orjson.JSONDecodeError as error:
        raise FlagError(f"{flag}: the definition is no JSON: {error}") from None
    except ValidationError as error:
        told = [f"{flag}: {_where(one['loc'])}{_said(one['msg'])}" for one in error.errors(include_url=False)]
        raise FlagError("\n".join(dict.fromkeys(told))) from None
    if wrong := [f"{flag}: {_where(loc)}{what}; {mend}" for loc, what, mend in problems(flag, definition)]:
        raise FlagError("\n".join(wrong))
    return definition


def _where(loc: tuple[str | int, ...]) -> str:
    return f"{'.'.join(map(str, loc))}: " if loc else ""


def _said(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]
