"""What people said about doubtful pairs, counted, and the weights of matching that follow: a record of the models topic.

The counts are the state: with other weights to begin from (a new version of leadstream), the same counts are taken in again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import orjson

from app.errors import ConfigurationError
from app.learning.match_training import Verdict, reestimated
from app.learning.snapshot import SnapshotError, signed, verified
from app.pipeline.matching.compare import Levels
from app.pipeline.matching.levels import FIELDS
from app.pipeline.matching.weights import Weights, load

KEY: Final = b"matching"  # of the record

Said = tuple[Levels, bool]
"""On which levels two leads agree, and whether people said that they are one."""


@dataclass(frozen=True, slots=True)
class Taught:
    """Weights, and the verdicts that they come from.

    Attributes:
        base: Digest of the weights that the verdicts were taken into.
    """

    weights: Weights
    counts: Counter[Said]
    base: str

    @property
    def version(self) -> str:
        """`match-<verdicts>-<digest of the weights>`."""
        return f"match-{self.counts.total()}-{digest(self.weights)}"


def digest(weights: Weights) -> str:
    """The same for the same weights."""
    return blake2b(weights.dump().encode(), digest_size=5).hexdigest()


def taught(base: Weights, counts: Counter[Said]) -> Taught:
    """The weights after what people said."""
    said = (Verdict(levels, same) for (levels, same), count in sorted(counts.items()) for _ in range(count))
    return Taught(reestimated(base, said) if counts else base, counts, digest(base))


def more(counts: Counter[Said], said: Iterable[Said]) -> Counter[Said]:
    """The counts with some more."""
    return counts + Counter(said)


def sealed(one: Taught, key: bytes | None) -> bytes:
    """The record's value, signed where there is a key."""
    told = [[list(levels), same, count] for (levels, same), count in sorted(one.counts.items())]
    return signed(orjson.dumps({"version": one.version, "base": one.base, "weights": one.weights.dump(), "verdicts": told}), key)


def unsealed(value: bytes | None, key: bytes | None) -> Taught:
    """Verify, then load.

    Raises:
        SnapshotError: Not such a record, of other fields or levels than this version knows, or not signed with our key.
    """
    data = verified(value, key)
    try:
        counts = Counter[Said]({(tuple(map(int, levels)), bool(same)): int(n) for levels, same, n in data["verdicts"]})
        if any(len(levels) != len(FIELDS) for levels, _ in counts):
            raise ValueError
        return Taught(load(data["weights"]), counts, str(data["base"]))
    except (KeyError, TypeError, ValueError, ConfigurationError) as error:
        raise SnapshotError(f"weights of matching lack what their format promises ({type(error).__name__})") from error
