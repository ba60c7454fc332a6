"""In which arm of a rollout is a subject? A hash says it: nothing is kept, and every worker says the same.

A subject's place in [0, 1) is a keyed hash of the rollout's name and the subject, so the arms of two rollouts have nothing to do
with each other. The candidate's share grows from 0 upwards; the control arm is held back at the other end:

    0 ── candidate ──► share ── current ── 1 - control ── control ── 1

Growing the share never moves those already in, and never reaches control.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from app.ports import Arm


def places(rollout: str) -> Callable[[str], float]:
    """Subject → its place in [0, 1) in this rollout.

    Args:
        rollout: Its name, 64 bytes of UTF-8 at most.
    """
    keyed = blake2b(key=rollout.encode(), digest_size=8)

    def place(subject: str) -> float:
        mine = keyed.copy()
        mine.update(subject.encode())
        return (int.from_bytes(mine.digest()) >> 11) / 2**53  # what a float holds exactly, so never 1

    return place


def arm_at(place: float, share: float, control: float) -> Arm:
    """The arm of a place.

    Args:
        place: In [0, 1).
        share: Of the subjects that are to be in; what control holds back is not reached.
        control: Share of the subjects that are held back throughout.
    """
    if place >= 1.0 - control:
        return "control"
    return "candidate" if place < share else "current"


def candidate_share(share: float, control: float) -> float:
    """Of all subjects, how many are in: the chance that a lead is the candidate's."""
    return min(share, 1.0 - control)
