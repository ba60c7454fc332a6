"""When a champion must go: below its predecessor, or below its own past while another holds. What hits all is no fault."""

from __future__ import annotations

from typing import Final

from app.learning.paired import mean_of, rise
from app.learning.quality import Floats

LEAST: Final = 200  # labels below which nothing is said


def below(champion: Floats, predecessor: Floats, alpha: float) -> str | None:
    """Words, where the champion's losses are greater than the predecessor's on the same labels with confidence.

    Args:
        champion, predecessor: Log losses since the champion began, in their order.
        alpha: The error that may be made.
    """
    if len(champion) < LEAST:
        return None
    worse = mean_of(champion - predecessor)
    if worse.lower(alpha) <= 0.0:
        return None
    return f"log loss {worse.mean:+.4f} against its predecessor on {len(champion)} labels (p {worse.chance_if_none:.1e})"


def alone(champion: Floats, other: Floats, last: int, alpha: float) -> str | None:
    """Words, where the champion fell below its own past with confidence, and another did not.

    Three things must be sure: the champion loses more than before; it loses more than the other now; and the gap between them is
    new. A drift of the world raises both losses and leaves the gap, a champion that was behind all along has no new gap: neither
    is a fall, the gate judges them.

    Args:
        champion, other: Log losses on the same labels, in their order.
        last: How many of them are now; those before are the past.
        alpha: The error that may be made.
    """
    if len(champion) - last < LEAST or last < LEAST:
        return None
    own, gap = rise(champion[:-last], champion[-last:]), champion - other
    others, now, new = rise(other[:-last], other[-last:]), mean_of(gap[-last:]), rise(gap[:-last], gap[-last:])
    if min(own.lower(alpha), now.lower(alpha), new.lower(alpha)) <= 0.0 or others.lower(alpha) > 0.0:
        return None
    return f"log loss rose by {own.mean:.4f} in {last} labels, that of another by {others.mean:+.4f} (p {new.chance_if_none:.1e})"
