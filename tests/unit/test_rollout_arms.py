"""Arms of rollouts: stable, even, independent."""

from __future__ import annotations

from collections import Counter

import pytest

from app.rollout.arms import arm_at, candidate_share, places

SUBJECTS = [f"sub_{n:020x}" for n in range(20_000)]


@pytest.mark.parametrize("rollout", ["web-form", "eu-rules", "online-12000-ab"])
@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 1.0])
def test_a_share_is_held_within_one_point(rollout: str, share: float) -> None:
    """Over 20,000 subjects each arm has its share, within one point."""
    place = places(rollout)
    arms = Counter(arm_at(place(subject), share, 0.1) for subject in SUBJECTS)
    assert arms["candidate"] / len(SUBJECTS) == pytest.approx(candidate_share(share, 0.1), abs=0.01)
    assert arms["control"] / len(SUBJECTS) == pytest.approx(0.1, abs=0.01)


def test_two_rollouts_place_independently() -> None:
    """Who is in one rollout is in another by chance alone."""
    one, other = places("web-form"), places("eu-rules")
    both = sum(one(subject) < 0.25 and other(subject) < 0.25 for subject in SUBJECTS)
    assert both / len(SUBJECTS) == pytest.approx(0.0625, abs=0.01)


def test_a_place_never_changes() -> None:
    """The hash is part of the contract: another one would move everybody in a running rollout."""
    assert places("web-form")("sub_00000000000000000001") == pytest.approx(0.678086596232438, abs=1e-12)
