"""A leaf of a payload: one scalar value, and everything that names it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, NamedTuple


class Kind(StrEnum):
    """What a value looks like, by itself. The order of the tests is the recogniser's; one value has one kind."""

    PLACEHOLDER = "placeholder"  # n/a, Select, <string>, xxx, test
    EMAIL = "email"
    URL = "url"
    IP = "ip"
    USER_AGENT = "user_agent"
    MOMENT = "moment"  # a date or a time as text
    EPOCH = "epoch"  # seconds, milliseconds or microseconds since 1970, of 2001-09-09 to 2040-01-01
    PHONE = "phone"  # written as people write phones: +, blanks, brackets, 7 to 15 digits
    MONEY = "money"  # an amount with a currency
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    IDENTIFIER = "identifier"  # UUIDs, hashes, tokens, gid://…, prefixed numbers
    COUNTRY = "country"  # a name or a code of one
    LANGUAGE = "language"  # de, de-DE, de_DE
    COMPANY = "company"  # ends in GmbH, Ltd, S.A., 有限公司, …
    NAME = "name"  # one to five words that could be a person's name
    POSTCODE = "postcode"
    WORDS = "words"  # a short text that is none of the above
    TEXT = "text"  # several words or lines


Role = Literal[
    "value",  # what somebody or something said
    "name",  # names or describes others (a question's text, a field's type, a form's definition): an attribute, never weighed
    "block",  # a text whose lines of label and value are leaves of their own (`@text`): weighed as the text that it is
]


class Leaf(NamedTuple):  # a tuple: made in a third of the time that a frozen dataclass takes, a hundred times per order
    """One scalar of a payload.

    Attributes:
        path: Where it stands, as app/inventory/paths.py spells it; unique within the payload. List elements that name themselves
            are given by that name (`field_data[name=email].values`), what stands inside a text by `@json`, `@form` or `@text`.
        label: What names it best: the question it answers, the `name` beside its `value`, else its member name.
        context: Names around it, the nearest first: other names of its own (a `ref`, a machine name beside a question), then the
            enclosing members (`billing`, `customer`). Structural ones (`data`, `payload`, `fields`) are included.
        value: The scalar as it is; never None, never blank.
        role: What part it plays.
    """

    path: str
    label: str
    context: tuple[str, ...]
    value: Any
    role: Role = "value"


class Candidate(NamedTuple):  # a tuple: parts of what plans are remembered by, and hashed in no time
    """What a leaf could be.

    Attributes:
        field: Lead field, or None: surely none of them (an internal id, a total, a product's name).
        confidence: In [0, 1].
        rung: Which rung says so.
        most: What no other evidence may raise the confidence above.
    """

    field: str | None
    confidence: float
    rung: str
    most: float = 1.0
