"""The gate: may a challenger score in the champion's place? Answers with findings in words and numbers (docs/models.md).

Everything is paired: both models on the same labels, each predicted before it was learned. What a challenger must be depends on
who asks. To be promoted by itself it must be better in log loss with confidence, at the error that this look may spend. Where a
person has asked, it must not be worse by more than a margin, with confidence. In both cases nothing else may suffer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from app.learning.paired import Difference, auc_gain, holm, mean_of
from app.learning.quality import Floats, ece, losses

_NEARLY_SURE: Final = 1e-15  # no confidence beyond it: what NormalDist can still tell from 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate holds challengers to.

    Attributes:
        alpha: How often, at most, a challenger that is no better is promoted by itself over all looks of one race.
        least, least_of_each: Labels, and won and lost leads among them, below which nothing is judged.
        loss_margin: Nats by which one that a person asks for may be worse.
        auc_margin, ece_margin: What may be lost of AUC, and added of calibration error, without being worse.
        group_labels: A group is judged from so many labels.
        group_margin: Nats by which no group's log loss may rise, whatever the confidence.
        most_auc, least_loss: Who gains more AUC than this, or has less than this share of the usual loss, has seen the answers.
        predict_us: Microseconds a prediction may take.
    """

    alpha: float = 0.05
    least: int = 1_000
    least_of_each: int = 30
    loss_margin: float = 0.005
    auc_margin: float = 0.005
    ece_margin: float = 0.01
    group_labels: int = 100
    group_margin: float = 0.05
    most_auc: float = 0.1
    least_loss: float = 0.7
    predict_us: float = 150.0


@dataclass(frozen=True, slots=True)
class Grouping:
    """To which group of one attribute each lead belongs: an index into `names`."""

    codes: npt.NDArray[np.uint8]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Labels:
    """What became of the leads, oldest first, and whose they are: `won` is 0 or 1, `groups` by attribute."""

    won: Floats
    groups: Mapping[str, Grouping] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    held: bool
    words: str


@dataclass(frozen=True, slots=True)
class Passed:
    """It may."""

    findings: tuple[Finding, ...]

    @property
    def words(self) -> str:
        return "; ".join(one.words for one in self.findings)


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not; the findings that did not hold say why."""

    findings: tuple[Finding, ...]

    @property
    def words(self) -> str:
        return "; ".join(one.words for one in self.findings if not one.held)


Judgement = Passed | Refused


def gate(
    champion: Floats,
    challenger: Floats,
    labels: Labels,
    limits: Limits,
    *,
    alpha: float | None = None,
    better: bool = True,
    predict_us: float | None = None,
    usual_loss: float | None = None,
) -> Judgement:
    """Judge a challenger by its predictions of the last leads.

    Args:
        champion, challenger: Probabilities given before each label was learned, as `labels.won`.
        labels: What became of the leads.
        limits: What to hold it to.
        alpha: The error that this look may make; not given: all of it.
        better: It must be better with confidence; False: not worse.
        predict_us: What a prediction of the challenger takes; None: not measured.
        usual_loss: The loss that a challenger is too good to be true against; not given: the champion's on these leads.
    """
    won = labels.won
    count, hits = len(won), int(won.sum())
    if count < limits.least or min(hits, count - hits) < limits.least_of_each:
        asked = f"{limits.least} are asked for, with {limits.least_of_each} of each"
        return Refused((Finding("labels", False, f"too few labels: {count}, {hits} of them won; {asked}"),))
    ours, theirs = losses(champion, won), losses(challenger, won)
    findings = (
        Finding("labels", True, f"{count} labels, {hits} won"),
        _log_loss(theirs - ours, limits, max(alpha or limits.alpha, _NEARLY_SURE), better=better),
        _auc(auc_gain(champion, challenger, won), limits),
        _calibration(ece(champion, won), ece(challenger, won), limits),
        _groups(theirs - ours, labels.groups, limits),
        _plausible(auc_gain(champion, challenger, won), float(theirs.mean()), usual_loss or float(ours.mean()), limits),
        _latency(predict_us, limits),
    )
    return Passed(findings) if all(one.held for one in findings) else Refused(findings)


def _log_loss(rises: Floats, limits: Limits, alpha: float, *, better: bool) -> Finding:
    whole, later = mean_of(rises), float(rises[len(rises) // 2 :].mean())
    bound = whole.upper(alpha)
    told = f"log loss {whole.mean:+.4f}, with {_sure(alpha)} confidence below {bound:+.4f}"
    if not better:
        held, wanted = bound < limits.loss_margin, f"may be {limits.loss_margin:+.4f} at most"
    elif bound < 0.0:  # whoever learned faster at the beginning has not earned the place for that
        held, wanted = later < 0.0, f"{later:+.4f} in the later half: it was better, and is no more"
    else:
        held, wanted = False, "must be below 0"
    return Finding("log loss", held, told if held else f"{told}; {wanted}")


def _auc(gain: Difference | None, limits: Limits) -> Finding:
    if gain is None:
        return Finding("auc", False, "AUC unknown: all leads ended alike")
    held = gain.mean >= -limits.auc_margin and gain.upper(limits.alpha) >= 0.0
    return Finding("auc", held, f"AUC {gain.mean:+.4f} ± {1.96 * gain.error:.4f}" + ("" if held else ": ranks worse"))


def _calibration(ours: float, theirs: float, limits: Limits) -> Finding:
    held = theirs <= ours + limits.ece_margin
    told = f"calibration error {theirs:.4f} for {ours:.4f}"
    return Finding("calibration", held, told if held else f"{told}, {limits.ece_margin:g} more is allowed")


def _groups(rises: Floats, groups: Mapping[str, Grouping], limits: Limits) -> Finding:
    judged: list[tuple[str, Difference]] = []
    for attribute, grouping in sorted(groups.items()):
        enough = np.flatnonzero(np.bincount(grouping.codes) >= limits.group_labels).tolist()
        judged += [(f"{attribute} {grouping.names[code]}", mean_of(rises[grouping.codes == code])) for code in enough]
    chances = holm([rise.chance_if_none for _, rise in judged])
    harmed = [
        f"{name} {rise.mean:+.4f} (p {chance:.3f})"
        for (name, rise), chance in zip(judged, chances, strict=True)
        if rise.mean > limits.group_margin or chance < limits.alpha
    ]
    if harmed:
        return Finding("groups", False, f"harms {', '.join(harmed)} of {len(judged)} groups")
    return Finding("groups", True, f"harms none of {len(judged)} groups with {limits.group_labels} labels or more")


def _plausible(gain: Difference | None, theirs: float, usual: float, limits: Limits) -> Finding:
    held = theirs >= limits.least_loss * usual and (gain is None or gain.mean <= limits.most_auc)
    told = f"loss {theirs:.4f} where {usual:.4f} is usual"
    return Finding("plausible", held, told if held else f"{told}: too good to be true, it may have seen the answers")


def _latency(predict_us: float | None, limits: Limits) -> Finding:
    if predict_us is None:
        return Finding("latency", True, "latency not measured")
    held = predict_us <= limits.predict_us
    if held:  # without the figure: what is found must be the same in every run
        return Finding("latency", True, f"within {limits.predict_us:.0f} µs a prediction")
    return Finding("latency", False, f"{predict_us:.0f} µs a prediction, {limits.predict_us:.0f} are allowed")


def _sure(alpha: float) -> str:
    return f"{100 * (1 - alpha):.6g} %"
