"""How the role privacy does its duties in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from app.edges.kafka.privacy import BROKEN_S, DOWN_S, Post
from app.edges.kafka.reviser_writer import Writer
from app.errors import EdgeDown, FatalError
from app.ops.health import Health

WRITER = cast(Writer, object())


class _Duty:
    """Does what it is told: True, False or an error at each step."""

    name = "told"

    def __init__(self, tells: Iterator[bool | Exception]) -> None:
        self._tells, self.closed = tells, False

    def step(self) -> bool:
        told = next(self._tells)
        if isinstance(told, Exception):
            raise told
        return told

    def close(self) -> None:
        self.closed = True


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class _Stage:
    """A post, the duties that it was given one after the other, and a clock."""

    def __init__(self, *tells: bool | Exception) -> None:
        self.made, self.health, self.clock = list[_Duty](), Health(), _Clock()
        coming = iter(tells)

        def make(_writer: Any) -> _Duty:
            self.made.append(_Duty(coming))
            return self.made[-1]

        self.post = Post("told", make, WRITER, self.health, self.clock)

    @property
    def status(self) -> str:
        return self.health.checks[0].status


def test_a_duty_says_whether_it_had_anything_to_do() -> None:
    """Rounds in which no duty had work end with a pause; a duty is made once."""
    stage = _Stage(True, False)
    assert [stage.post.turn(), stage.post.turn()] == [True, False]
    assert (len(stage.made), stage.status) == (1, "ok")


def test_a_duty_whose_edge_is_down_waits_and_goes_on() -> None:
    """The same duty is tried again after a moment; meanwhile /readyz says why, and it is not stepped."""
    stage = _Stage(EdgeDown("Redis is away"), True)
    assert [stage.post.turn(), stage.post.turn()] == [False, False]
    assert (stage.status, stage.health.checks[0].why) == ("failed", "Redis is away")
    stage.clock.now += DOWN_S
    assert stage.post.turn()
    assert (len(stage.made), stage.status) == (1, "ok")


def test_a_duty_that_meets_a_bug_is_begun_anew_and_stops_nobody() -> None:
    """What a broken duty holds in memory cannot be trusted: it is closed and made again, from what was committed."""
    stage = _Stage(KeyError("ours"), True)
    assert not stage.post.turn()
    assert stage.made[0].closed
    assert stage.status == "failed"
    assert "ours" not in stage.health.checks[0].why  # an exception's text may hold values
    stage.clock.now += BROKEN_S
    assert stage.post.turn()
    assert len(stage.made) == 2


def test_a_second_instance_ends_the_first() -> None:
    """Whoever was fenced must not go on: the error leaves the role."""
    with pytest.raises(FatalError):
        _Stage(FatalError("another one took over")).post.turn()
