"""What the ends of leads say: the moments at which a drift may have begun are weighed, and the weightiest is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from app.monitoring.cohorts import Splits
from app.monitoring.divergence import tail
from app.monitoring.served import Rises
from app.monitoring.verdicts import State, Verdict

LEAST_WINS: Final = 30.0  # to be expected since, and seen before
WON_STEP, WON_CALM = 1.5, 1.25  # times more or less: from there on a drift, up to there none
WON_EVIDENCE: Final = 14.0  # moments are few and alike; wins are dear, and an alert at 16 would come a fifth of them later
WON_SUSPICION: Final = 7.0  # that a won share is so far off: what the scores are worth is not judged until that is settled
LEAST_SINCE, LEAST_BEFORE = 100.0, 200.0  # ends
LOSS_STEP, LOSS_EVIDENCE = 0.03, 12.0  # nats; the gain of a good model over the won share is .03 to .06
CALM_SIGMAS: Final = 2.0

Table = npt.NDArray[np.float64]
One = TypeVar("One", Splits, Rises)


def labels(splits: Mapping[str, Splits], *, rings: bool) -> Verdict:
    """Of one source, or of several together: then only what shows without the weightiest of them, too.

    Args:
        rings: Whether it does already: then calm needs more to go by.
    """
    return _told(
        splits,
        _summed,
        partial(_labels, to_be_calm=LEAST_WINS * (3 if rings else 1)),
        lambda one, n: abs(float(one.seen[n] - one.expected[n])),
    )


def performance(rises: Mapping[str, Rises]) -> Verdict:
    """As `labels`."""
    return _told(rises, _averaged, _performance, lambda one, n: float(one.since[n] * one.rise[n]))


def suspected(one: Splits) -> bool:
    """Whether the won share of a source seems to have changed, too early to be told."""
    able = np.flatnonzero((one.expected >= LEAST_WINS / 2) & (one.before >= LEAST_WINS))
    times = one.seen[able] / one.expected[able]
    evidence = _binomial(one.seen[able], one.expected[able], one.before[able])
    return bool((((times >= WON_STEP) | (times <= 1 / WON_STEP)) & (evidence >= WON_SUSPICION)).any())


def _told(
    parts: Mapping[str, One],
    together: Callable[[Mapping[str, One]], One],
    judge: Callable[[One], tuple[Verdict, int]],
    weight: Callable[[One, int], float],
) -> Verdict:
    verdict, n = judge(together(parts))
    if len(parts) < 2 or verdict.state != "breach":
        return verdict
    most = max(parts, key=lambda name: weight(parts[name], n))
    without, _ = judge(together({name: one for name, one in parts.items() if name != most}))
    return verdict if without.state == "breach" else replace(verdict, state="unclear")


def _summed(parts: Mapping[str, Splits]) -> Splits:
    all_ = list(parts.values())
    if len(all_) == 1:
        return all_[0]
    if not all_:
        none = np.zeros(0)
        return Splits(np.zeros(0, dtype=np.int64), none, none, none)
    seen, expected, before = (sum(tables) for tables in zip(*[(one.seen, one.expected, one.before) for one in all_], strict=True))
    return Splits(all_[0].at_ms, seen, expected, before)


def _averaged(parts: Mapping[str, Rises]) -> Rises:
    all_ = list(parts.values())
    if len(all_) == 1:
        return all_[0]
    if not all_:
        none = np.zeros(0)
        return Rises(np.zeros(0, dtype=np.int64), none, none, none, none, none)
    since = np.sum([one.since for one in all_], axis=0)
    of = np.maximum(since, 1.0)
    return Rises(
        all_[0].at_ms,
        since,
        np.sum([one.before for one in all_], axis=0),
        np.sum([one.since * one.usual for one in all_], axis=0) / of,
        np.sum([one.since * one.rise for one in all_], axis=0) / of,
        np.sum([one.since**2 * one.variance for one in all_], axis=0) / of**2,
    )


def _labels(one: Splits, to_be_calm: float) -> tuple[Verdict, int]:
    able = np.flatnonzero((one.expected >= LEAST_WINS) & (one.before >= LEAST_WINS))
    if not len(able):
        return Verdict("label_drift", "unclear", 1.0, 1.0, "ratio", ""), 0
    times = one.seen[able] / one.expected[able]
    evidence = _binomial(one.seen[able], one.expected[able], one.before[able])
    newest = float(times[-1])
    up = (times >= WON_STEP) & (newest >= WON_CALM)
    down = (times <= 1 / WON_STEP) & (newest <= 1 / WON_CALM)
    breach = (up | down) & (evidence >= WON_EVIDENCE)
    firm = times[one.expected[able] >= to_be_calm]
    calm = len(firm) > 0 and 1 / WON_CALM < float(firm[-1]) < WON_CALM
    state: State = "breach" if breach.any() else "calm" if calm else "unclear"
    n = int(able[int(np.argmax(np.where(breach, evidence, -1.0)))] if breach.any() else able[-1])
    seen, expected = float(one.seen[n]), float(one.expected[n])
    text = (
        f"{seen:.0f} of the leads since {_moment(one.at_ms[n])} were won, where about {expected:.0f} were to be expected by now"
    )
    return Verdict("label_drift", state, seen / expected, 1.0, "ratio", text, resolution="as before"), n


def _performance(one: Rises) -> tuple[Verdict, int]:
    able = np.flatnonzero((one.since >= LEAST_SINCE) & (one.before >= LEAST_BEFORE))
    if not len(able):
        return Verdict("performance_drift", "unclear", 0.0, 0.0, "nats", ""), 0
    rise, error = one.rise[able], np.sqrt(one.variance[able])
    evidence = np.asarray([tail(max(0.0, float(r)), float(e)) for r, e in zip(rise, error, strict=True)])
    calm = bool(rise[-1] < CALM_SIGMAS * error[-1] and rise[-1] < LOSS_STEP)
    breach = (rise >= LOSS_STEP) & (evidence >= LOSS_EVIDENCE) & (rise[-1] >= LOSS_STEP / 2)
    state: State = "breach" if breach.any() else "calm" if calm else "unclear"
    n = int(able[int(np.argmax(np.where(breach, evidence, -1.0)))] if breach.any() else able[-1])
    was, now = float(one.usual[n]), float(one.usual[n] + one.rise[n])
    text = (
        f"the scores of {one.since[n]:.0f} leads whose end was reported since {_moment(one.at_ms[n])} tell less than before: "
        f"log loss {_above(now)} that of the plain won share, was {_above(was)}"
    )
    return Verdict("performance_drift", state, now - was, 0.0, "nats", text, resolution="as before"), n


def _binomial(seen: Table, expected: Table, before: Table) -> Table:
    """-ln of Chernoff's bound on the binomial tail: that of all wins so many, or so few, fall since."""
    total = seen + before
    usual, now = expected / (expected + before), seen / total
    with np.errstate(divide="ignore", invalid="ignore"):
        since = np.where(now > 0, now * np.log(now / usual), 0.0)
        rest = np.where(now < 1, (1 - now) * np.log((1 - now) / (1 - usual)), 0.0)
    return np.asarray(total * (since + rest), dtype=np.float64)


def _moment(at_ms: float) -> str:
    return datetime.fromtimestamp(float(at_ms) / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _above(nats: float) -> str:
    return f"{abs(nats):.3f} {'above' if nats >= 0 else 'below'}"
