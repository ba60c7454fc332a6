"""What the last accepted model said of recorded leads, and whether the model of today may take its place: the gate, for changes.

The recording holds a probability for each lead as a 16-bit float (three digits: enough for log loss to 1e-3 of itself, lead by
lead, and for every ranking that matters), compressed and in base85, and a digest of the ends, so that only the same leads are
compared.
"""

from __future__ import annotations

from base64 import b85decode, b85encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final
from zlib import compress, decompress

import numpy as np

from app.learning.gate import Finding, Judgement, Labels, Limits, Refused, gate
from app.learning.quality import Floats, quality

LIMITS: Final = Limits(most_auc=1.0, least_loss=0.0)  # a better model is no surprise where people made it better


@dataclass(frozen=True, slots=True)
class Stream:
    """What a model said of a stream of leads, each before its end was learned.

    Attributes:
        said: Probabilities, shape (leads,).
        labels: The ends, and the groups to be harmed or not.
    """

    said: Floats
    labels: Labels


@dataclass(frozen=True, slots=True)
class Recording:
    """Of one stream.

    Attributes:
        ends: Digest of the ends.
        said: Probabilities, packed.
        quality: For people.
    """

    ends: str
    said: str
    quality: Mapping[str, Any]

    @classmethod
    def of(cls, stream: Stream) -> Recording:
        """Pack a stream."""
        good = {name: round(value, 5) if isinstance(value, float) else value for name, value in asdict(_quality(stream)).items()}
        return cls(_digest(stream.labels), b85encode(compress(stream.said.astype("<f2").tobytes(), 9)).decode(), good)

    def probabilities(self) -> Floats:
        """Unpack them."""
        return np.frombuffer(decompress(b85decode(self.said)), "<f2").astype(np.float64)


@dataclass(frozen=True, slots=True)
class Accepted:
    """All streams of the last accepted model.

    Attributes:
        why: What was said when it was accepted.
        forced: Accepted although the gate refused.
    """

    why: str
    forced: bool
    streams: Mapping[str, Recording] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Accepted:
        """
        Raises:
            KeyError, TypeError: This is no such recording.
        """
        streams = {name: Recording(**recorded) for name, recorded in data["streams"].items()}
        return cls(str(data["why"]), bool(data["forced"]), streams)


def judged(before: Recording, now: Stream, limits: Limits = LIMITS) -> Judgement:
    """What the gate says of today's model on one stream: it must not be worse, with confidence, and harm no group.

    Args:
        before: What the last accepted model said.
        now: What today's says.
        limits: The gate's.
    """
    if before.ends != _digest(now.labels):
        return Refused(
            (Finding("leads", False, "other leads than those recorded: the stream itself changed; accept it by force"),)
        )
    said = now.said.astype(np.float16).astype(np.float64)  # as coarse as what it is held against
    return gate(np.clip(before.probabilities(), 1e-3, 1 - 1e-3), np.clip(said, 1e-3, 1 - 1e-3), now.labels, limits, better=False)


def accepted(streams: Mapping[str, Stream], before: Accepted | None, why: str, *, forced: bool) -> Accepted:
    """A new recording; of streams that could not be made here, the earlier one stays."""
    earlier = before or Accepted(why, forced)
    made = {name: Recording.of(stream) for name, stream in streams.items()}
    return replace(earlier, why=why, forced=forced, streams={**earlier.streams, **made})


def _digest(labels: Labels) -> str:
    return blake2b(np.packbits(labels.won > 0).tobytes() + len(labels.won).to_bytes(8, "big"), digest_size=8).hexdigest()


def _quality(stream: Stream) -> Any:
    return quality(stream.said, stream.labels.won)  # type: ignore[arg-type]
