"""One version of the model as a Kafka record: what workers score with, what the learner goes on from, and up to which records.

A line `leadstream-model/<format> <signature>`, then JSON. Loading runs no code; nothing is parsed before the signature holds. The
signature is HMAC-SHA256 in hex over the format and the body, `-` where no key is configured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from app.errors import LeadstreamError
from app.learning.serving import ScoringModel

if TYPE_CHECKING:  # workers load snapshots, and never learn: River would cost each of them a second and 60 MB
    from app.learning.model import OnlineModel
    from app.learning.progress import Progress, Stream, StreamName

FORMAT: Final = 1
KEY: Final = b"scoring"  # the record's key: the topic is compacted, so it keeps the newest snapshot of each model
_MAGIC: Final = b"leadstream-model/"
_UNSIGNED: Final = b"-"


class SnapshotError(LeadstreamError):
    """This record is no snapshot that may be loaded; whoever reads it keeps the last good one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model version with its lineage.

    Attributes:
        version: `online-<labels>-<digest of what was learned>`.
        parent: The version before it; None for the first.
        serving: What workers load; holds what is remembered of the sources, from which the learner goes on, too.
        learner: `OnlineModel.state()`.
        applied, replay_from: Stream → offset; see `Progress`.
    """

    version: str
    parent: str | None
    serving: ScoringModel
    learner: Mapping[str, Any]
    applied: Mapping[Stream, int]
    replay_from: Mapping[Stream, int]

    @classmethod
    def of(cls, progress: Progress, parent: str | None) -> Snapshot:
        """The state of learning now. The same state always has the same version."""
        state = progress.model.state()
        digest = blake2b(orjson.dumps([state, progress.records.state()]), digest_size=5).hexdigest()
        version = f"online-{progress.model.labels_learned}-{digest}"
        serving = progress.model.export(version, progress.records)
        return cls(version, parent, serving, state, dict(progress.applied), progress.replay_from())

    def model(self) -> OnlineModel:
        """The learner as it was."""
        from app.learning.model import OnlineModel

        return OnlineModel.restore(self.learner)


def signing_key(secret: bytes | None) -> bytes | None:
    """A key for signatures alone, derived from the installation's secret; None without a secret."""
    return None if secret is None else hmac(secret, b"leadstream model snapshots", sha256).digest()


def seal(snapshot: Snapshot, key: bytes | None) -> bytes:
    """The record's value, signed where there is a key."""
    body = orjson.dumps(
        {
            "version": snapshot.version,
            "parent": snapshot.parent,
            "serving": snapshot.serving.to_json(),
            "learner": snapshot.learner,
            "applied": _flat(snapshot.applied),
            "replay_from": _flat(snapshot.replay_from),
        }
    )
    return signed(body, key)


def signed(body: bytes, key: bytes | None) -> bytes:
    """JSON as a record of the models topic, signed where there is a key."""
    head = _MAGIC + str(FORMAT).encode()
    return head + b" " + _signature(head, body, key) + b"\n" + body


def unseal(value: bytes | None, key: bytes | None) -> Snapshot:
    """Verify, then load.

    Raises:
        SnapshotError: Not a snapshot, of a format this version does not know, not signed with our key, or damaged.
    """
    data = verified(value, key)
    try:
        serving = ScoringModel.from_json(data["serving"])
        applied, replay_from = _deep(data["applied"]), _deep(data["replay_from"])
        return Snapshot(data["version"], data["parent"], serving, data["learner"], applied, replay_from)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"a snapshot lacks what its format promises ({type(error).__name__})") from error


def verified(value: bytes | None, key: bytes | None) -> dict[str, Any]:
    """What `signed` was given; see `unseal` for what it raises."""
    head, _, body = (value or b"").partition(b"\n")
    name, _, signature = head.partition(b" ")
    if not name.startswith(_MAGIC):
        raise SnapshotError("not a model snapshot")
    if name != _MAGIC + str(FORMAT).encode():
        raise SnapshotError(
            f"snapshot format unknown to this version, which reads {FORMAT}; update the reader before the learner"
        )
    if key is not None and not compare_digest(signature, _signature(name, body, key)):
        raise SnapshotError("signature missing or not made with this installation's pepper; someone else wrote to the topic")
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SnapshotError("a damaged snapshot: not JSON") from error
    if not isinstance(data, dict):
        raise SnapshotError("a damaged snapshot: not an object")
    return data


def _signature(head: bytes, body: bytes, key: bytes | None) -> bytes:
    return _UNSIGNED if key is None else hmac(key, head + b"\n" + body, sha256).hexdigest().encode()


def _flat(offsets: Mapping[Stream, int]) -> dict[str, int]:
    return {f"{name}/{partition}": offset for (name, partition), offset in offsets.items()}


def _deep(offsets: Mapping[str, int]) -> dict[Stream, int]:
    deep: dict[Stream, int] = {}
    for text, offset in offsets.items():
        name, _, partition = text.partition("/")
        if name not in ("decisions", "outcomes"):
            raise ValueError("unknown stream")
        deep[(cast("StreamName", name), int(partition))] = int(offset)
    return deep
