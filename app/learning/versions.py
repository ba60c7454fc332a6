"""Versions that are kept: records of the models topic under keys of their own, bounded, each enough to learn on from.

A version is kept whenever another champion was put in place, and every so many labels. The oldest go, as tombstones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from app.learning.lineage import Lineage
from app.learning.moves import APPOINTING
from app.learning.snapshot import Snapshot, SnapshotError, signed, verified

if TYPE_CHECKING:  # tools list versions, and never learn
    from app.learning.model import OnlineModel

PREFIX: Final = b"version/"  # of the record's key; the version follows
CANDIDATE: Final = b"candidate/"  # … of one that a rollout tries: as workers load it, as it was when the rollout began
KEPT: Final = 10
EVERY_LABELS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Version:
    """One that is kept.

    Attributes:
        version, parent, lineage: See `Served`.
        learner: The champion's `OnlineModel.state()`.
    """

    version: str
    parent: str | None
    lineage: Lineage
    learner: Mapping[str, Any]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Version:
        """Of what is published."""
        champion = snapshot.learner["champion"]
        models = {one["name"]: one["model"] for one in snapshot.learner["contenders"]}
        return cls(snapshot.version, snapshot.parent, snapshot.lineage, models[champion])

    def model(self) -> OnlineModel:
        """The champion as it was.

        Raises:
            SnapshotError: This version of leadstream cannot go on from it.
        """
        from app.learning.model import OnlineModel

        try:
            return OnlineModel.restore(self.learner)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise SnapshotError(f"{self.version} is of another kind of model ({type(error).__name__})") from error

    def sealed(self, key: bytes | None) -> bytes:
        """The record's value, signed where there is a key."""
        told = {"version": self.version, "parent": self.parent, "lineage": self.lineage.to_json(), "learner": self.learner}
        return signed(orjson.dumps(told), key)

    @classmethod
    def unsealed(cls, value: bytes | None, key: bytes | None) -> Version:
        """Verify, then read.

        Raises:
            SnapshotError: Not a version, or not signed with our key.
        """
        data = verified(value, key)
        try:
            return cls(str(data["version"]), data["parent"], Lineage.from_json(data["lineage"]), dict(data["learner"]))
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"a version lacks what its format promises ({type(error).__name__})") from error


def shelved(snapshot: Snapshot, every: int = EVERY_LABELS, kept: int = KEPT) -> tuple[Snapshot, tuple[str, ...]]:
    """The snapshot with itself on the shelf if it is to be kept, and the versions that leave the shelf for it.

    Args:
        snapshot: About to be published.
        every: A version is kept after so many labels at the latest.
        kept: Versions kept.
    """
    shelf, labels = snapshot.shelf, snapshot.lineage.labels
    new = not shelf.versions or snapshot.lineage.cause in APPOINTING or labels - shelf.labels >= every
    if not new or snapshot.version in shelf.versions:
        return snapshot, ()
    versions = (*shelf.versions, snapshot.version)
    return replace(snapshot, shelf=replace(shelf, versions=versions[-kept:], labels=labels)), versions[:-kept]
