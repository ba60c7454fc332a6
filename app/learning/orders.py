"""What people order of the contest: signed records of the models topic, each carried out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import orjson

from app.learning.snapshot import SnapshotError, signed, verified

PREFIX: Final = b"order/"  # of the record's key; the order's id follows


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants.

    Attributes:
        id: Carried out once.
        do: promote: `target` scores; rollback: `target` scores again, without one the champion before this one.
        target: A contender's name, or a version that was kept.
        why, by: For people who look later; `by` is a role or a user id.
        force: Even if the gate refuses.
        at_ms: When it was given (UTC).
    """

    id: str
    do: Literal["promote", "rollback"]
    target: str | None
    why: str
    by: str
    force: bool
    at_ms: int

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Order:
        """
        Raises:
            KeyError, ValueError: This is no such order.
        """
        if data["do"] not in ("promote", "rollback"):
            raise ValueError(f"unknown order {data['do']!r}; update the learner before the tool")
        target = data["target"]
        told = str(data["why"]), str(data["by"]), bool(data["force"]), int(data["at_ms"])
        return cls(str(data["id"]), data["do"], None if target is None else str(target), *told)

    @property
    def key(self) -> bytes:
        """Of its record."""
        return PREFIX + self.id.encode()

    def sealed(self, key: bytes | None) -> bytes:
        """The record's value, signed where there is a key."""
        return signed(orjson.dumps(self.to_json()), key)

    @classmethod
    def unsealed(cls, value: bytes | None, key: bytes | None) -> Order:
        """Verify, then read.

        Raises:
            SnapshotError: Not an order, or not signed with our key.
        """
        try:
            return cls.from_json(verified(value, key))
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"an order lacks what its format promises ({type(error).__name__})") from error
