"""One version of the model as records of the models topic: what workers score with, and what the learner goes on from.

Two records of two keys, written in one transaction: both are there, or neither. Workers load `KEY` alone, which stays small.
`LEARNING` holds all that the learner needs, so a restart needs no other record; that both name one version is a check, no need.

Each is a line `leadstream-model/<format> <signature>`, then JSON, deflated where it is large. Loading runs no code; nothing is
parsed before the signature holds. The signature is HMAC-SHA256 in hex over the format and the body, `-` where no key is
configured.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from app.errors import LeadstreamError
from app.learning.lineage import Lineage
from app.learning.reliability import Records
from app.learning.serving import ScoringModel

if TYPE_CHECKING:  # workers load snapshots, and never learn: River would cost each of them a second and 60 MB
    from app.learning.contest import Contest, Latency
    from app.learning.moves import Rules
    from app.learning.progress import Progress, Stream, StreamName

FORMAT: Final = 1
KEY: Final = b"scoring"  # the record's key: the topic is compacted, so it keeps the newest snapshot of each model
LEARNING: Final = b"learning"  # … and the newest state of the learner
_MAGIC: Final = b"leadstream-model/"
_UNSIGNED: Final = b"-"
_LARGE: Final = 1_000_000  # bytes of JSON from which it is deflated: the topic takes MAX_RECORD_BYTES
_LARGEST: Final = 200_000_000  # bytes that are inflated at most
_DEFLATED: Final = b"\x78"  # how such a body begins; JSON begins with a brace


class SnapshotError(LeadstreamError):
    """This record is no snapshot that may be loaded; whoever reads it keeps the last good one."""


@dataclass(frozen=True, slots=True)
class Served:
    """What workers load.

    Attributes:
        version: `online-<labels>-<digest of what was learned>`.
        parent: The version published before it; None for the first.
        lineage: Where it comes from.
        serving: The champion; holds what is remembered of the sources, too.
    """

    version: str
    parent: str | None
    lineage: Lineage
    serving: ScoringModel


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions that are kept.

    Attributes:
        versions: Oldest first.
        labels: Learned when the newest of them was kept.
        moved: Moves of the contest that published versions account for.
    """

    versions: tuple[str, ...] = ()
    labels: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version with everything that learning on needs.

    Attributes:
        version, parent, lineage, serving: See `Served`.
        learner: `Contest.state()`.
        applied, replay_from: Stream → offset; see `Progress`.
        ledger: `Ledger.state()`.
        shelf: The versions that are kept, this one included if it is.
        standings: How the contenders stand, for people.
    """

    version: str
    parent: str | None
    lineage: Lineage
    serving: ScoringModel
    learner: Mapping[str, Any]
    applied: Mapping[Stream, int]
    replay_from: Mapping[Stream, int]
    ledger: Mapping[str, Any] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    standings: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, progress: Progress, parent: str | None, shelf: Shelf | None = None) -> Snapshot:
        """The state of learning now. The same state always has the same version."""
        from app.learning.standings import lineage, standings

        contest, shelf = progress.model, shelf or Shelf()
        state = contest.state()
        digest = blake2b(orjson.dumps([state, progress.records.state()]), digest_size=5).hexdigest()
        version = f"online-{contest.labels_learned}-{digest}"
        told = lineage(contest, shelf.moved), contest.export(version, progress.records), state
        shelf = Shelf(shelf.versions, shelf.labels, contest.moved)
        reached = dict(progress.applied), progress.replay_from(), progress.ledger.state()
        return cls(version, parent, *told, *reached, shelf, tuple(standings(contest)))

    def contest(self, rules: Rules | None = None, latency: Latency | None = None) -> Contest:
        """The learner as it was."""
        from app.learning.contest import Contest

        return Contest.restore(self.learner, rules, latency)


def signing_key(secret: bytes | None) -> bytes | None:
    """A key for signatures alone, derived from the installation's secret; None without a secret."""
    return None if secret is None else hmac(secret, b"leadstream model snapshots", sha256).digest()


def seal(snapshot: Snapshot | Served, key: bytes | None) -> bytes:
    """The value of the record that workers load, signed where there is a key."""
    return signed(orjson.dumps(_told(snapshot) | {"serving": snapshot.serving.to_json()}), key)


def seal_learning(snapshot: Snapshot, key: bytes | None) -> bytes:
    """The value of the record that the learner goes on from, signed where there is a key."""
    body = _told(snapshot) | {
        "learner": snapshot.learner,
        "sources": snapshot.serving.records().state(),
        "applied": _flat(snapshot.applied),
        "replay_from": _flat(snapshot.replay_from),
        "ledger": snapshot.ledger,
        "shelf": {"versions": snapshot.shelf.versions, "labels": snapshot.shelf.labels, "moved": snapshot.shelf.moved},
        "standings": snapshot.standings,
    }
    return signed(orjson.dumps(body), key)


def signed(body: bytes, key: bytes | None) -> bytes:
    """JSON as a record of the models topic, signed where there is a key."""
    body = zlib.compress(body, 1) if len(body) >= _LARGE else body
    head = _MAGIC + str(FORMAT).encode()
    return head + b" " + _signature(head, body, key) + b"\n" + body


def unseal(value: bytes | None, key: bytes | None) -> Served:
    """Verify, then load what workers score with.

    Raises:
        SnapshotError: Not a snapshot, of a format this version does not know, not signed with our key, or damaged.
    """
    data = verified(value, key)
    try:
        lineage, serving = Lineage.from_json(data["lineage"]), ScoringModel.from_json(data["serving"])
        return Served(str(data["version"]), data["parent"], lineage, serving)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"a snapshot lacks what its format promises ({type(error).__name__})") from error


def unseal_learning(value: bytes | None, key: bytes | None) -> Snapshot:
    """Verify, then load what the learner goes on from.

    Raises:
        SnapshotError: As `unseal`; or this version of leadstream cannot go on from that state.
    """
    from app.learning.contest import Contest
    from app.learning.ledger import Ledger

    data = verified(value, key)
    try:
        version, shelf = str(data["version"]), data["shelf"]
        contest = Contest.restore(data["learner"])
        return Snapshot(
            version,
            data["parent"],
            Lineage.from_json(data["lineage"]),
            contest.export(version, Records(data["sources"])),
            data["learner"],
            _deep(data["applied"]),
            _deep(data["replay_from"]),
            Ledger(state=data["ledger"]).state(),
            Shelf(tuple(map(str, shelf["versions"])), int(shelf["labels"]), int(shelf["moved"])),
            tuple(data["standings"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SnapshotError(f"a state of the learner lacks what this version needs ({type(error).__name__})") from error


def verified(value: bytes | None, key: bytes | None) -> dict[str, Any]:
    """What `signed` was given; see `unseal` for what it raises."""
    body = authentic(value, key)
    try:
        data = orjson.loads(zlib.decompressobj().decompress(body, _LARGEST) if body.startswith(_DEFLATED) else body)
    except (orjson.JSONDecodeError, zlib.error) as error:
        raise SnapshotError("a damaged snapshot: not JSON") from error
    if not isinstance(data, dict):
        raise SnapshotError("a damaged snapshot: not an object")
    return data


def authentic(value: bytes | None, key: bytes | None) -> bytes:
    """The body of a record that is signed as it must be, not parsed; see `unseal` for what it raises."""
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
    return body


def _signature(head: bytes, body: bytes, key: bytes | None) -> bytes:
    return _UNSIGNED if key is None else hmac(key, head + b"\n" + body, sha256).hexdigest().encode()


def _told(snapshot: Snapshot | Served) -> dict[str, Any]:
    return {"version": snapshot.version, "parent": snapshot.parent, "lineage": snapshot.lineage.to_json()}


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
