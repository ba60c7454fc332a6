"""The access file: who there is, in which role, and by which tokens and password they are known. Holds no secret itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.access.credentials import is_password_hash
from app.access.table import Role
from app.errors import ConfigurationError

LOCAL: Final = "local"  # who asks with the token of an API that has no access file
RESERVED: Final = frozenset({LOCAL, "steward", "leadstream"})
_ID: Final = r"^[a-z][a-z0-9._-]{0,63}$"


def _unreserved(text: str) -> str:
    if text in RESERVED:
        raise ValueError(f"{text} is leadstream's own")
    return text


def _hashed(text: str) -> str:
    if not is_password_hash(text):
        raise ValueError("no hash of `leadstream access password`")
    return text


Id = Annotated[str, Field(pattern=_ID), AfterValidator(_unreserved)]


class Token(BaseModel):
    """What is kept of a token.

    Attributes:
        id: Stands in the token, too.
        hash: Keyed; see `credentials.token_hash`.
        what: Where it is used, for people.
        expires: The last day on which it is good, UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[0-9a-f]{10}$")
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    what: str = Field("", max_length=100)
    made: date | None = None
    expires: date | None = None


class Principal(BaseModel):
    """Somebody or something that asks.

    Attributes:
        id: A role or user id, no name and no address: it stands in decisions.
        password: Hash; None: no session can be begun.
        disabled: Known, and refused.
        expires: The last day, UTC.
        relays: A tool that says what its own users decided, and names them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    role: Role
    tokens: tuple[Token, ...] = ()
    password: Annotated[str, AfterValidator(_hashed)] | None = None
    disabled: bool = False
    expires: date | None = None
    relays: bool = False

    def good(self, now_ms: int) -> bool:
        """Whether it may ask at all."""
        return not self.disabled and not over(self.expires, now_ms)


class Principals(BaseModel):
    """All of them, as the access file has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    principals: tuple[Principal, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Principals:
        names, tokens = [one.id for one in self.principals], [token.id for one in self.principals for token in one.tokens]
        for kind, told in (("principal", names), ("token", tokens)):
            twice = sorted({one for one in told if told.count(one) > 1})
            if twice:
                raise ValueError(f"{kind} more than once: {', '.join(twice)}")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, Principal]:
        return {one.id: one for one in self.principals}

    @cached_property
    def by_token(self) -> Mapping[str, tuple[Principal, Token]]:
        return {token.id: (one, token) for one in self.principals for token in one.tokens}

    def changed(self, principal: Principal) -> Principals:
        """With this one in the place of the one of its id; a new one comes last."""
        others = [principal if one.id == principal.id else one for one in self.principals]
        return Principals(principals=(*others, *(() if principal.id in self.by_id else (principal,))))

    def told(self) -> dict[str, Any]:
        """For the file; what is not set is left out."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"version": self.version}


def parse(told: Any, where: str) -> Principals:
    """What an access file says.

    Raises:
        ConfigurationError: Names each place that is wrong, and no value that stands there.
    """
    try:
        return Principals.model_validate(told)
    except ValidationError as error:
        lines = [f"{where}: {place}: {what}" for place, what in _wrong(error)]
    raise ConfigurationError("\n".join(lines))


def over(last: date | None, now_ms: int) -> bool:
    """Whether that day is past, UTC."""
    return last is not None and datetime.fromtimestamp(now_ms / 1000, UTC).date() > last


def _wrong(error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors(include_input=False, include_url=False):
        yield ".".join(map(str, one["loc"])) or "file", one["msg"]
