"""The detectors of one source: each holds a closed window against what is usual for the source, and says breach, calm or unclear.

A breach needs two things: an effect big enough to matter to a person (the ratios and shares below), and evidence that chance
would not bring it about. Evidence is -ln of a bound on its probability; at 16 (1 in 10 million) eleven sources with a
window a minute raise a false alert less than once a year, as far as the baseline is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from app.monitoring.baseline import Level, Means, Shares
from app.monitoring.catch_all import CatchAll
from app.monitoring.census import Leaves
from app.monitoring.matching import Backlog, Chain, dedupe_unknown
from app.monitoring.schema_change import SchemaChange
from app.monitoring.verdicts import EVIDENCE, Kind, State, Verdict, What
from app.monitoring.windows import EVERYTHING, Window

DROP_TO, DROP_OVER = 0.25, 0.5  # share of what is expected: breach below, calm above
SPIKE_TO, SPIKE_OVER = 10.0, 5.0  # times the level: a campaign's burst goes to five times
SPIKE_MIN_RECORDS, SPIKE_MIN_LEVEL = 30, 5.0  # a source that is mostly quiet has no level to spike against
STILLBORN = 0.6  # a window whose last 60 % is empty is a silence beginning, which the next window will tell
SHARE_STEPS: dict[Kind, float] = {  # above the usual share
    **{
        "unusual_leads": 0.15,
        "duplicate_spike": 0.15,
        "merged_spike": 0.15,
        "possible_duplicates": 0.10,
        "dead_letters": 0.10,
        "missing_field": 0.20,
    }
}
_SHARES: dict[Kind, tuple[str, str]] = {  # what is counted, by fate or by who the leads are; in words
    "duplicate_spike": ("same_event", "sent again"),
    "merged_spike": ("merged", "merged into an earlier one"),
    "possible_duplicates": ("asked", "held because they may be duplicates"),
    "dead_letters": ("dead_letter", "dead letters"),
    "unusual_leads": ("unusual", "unlike nearly all before"),
}
SHARE_MIN_RECORDS = 5
LATENCY_TIMES, LATENCY_OVER, LATENCY_MIN_RECORDS = 3.0, 0.7, 10
FLOOR_EVIDENCE = 4.0  # silence is out of the question while the lowest hour's rate would bring it about one time in fifty
UNLEARNED_SHARE = 0.25  # of the inventory's hourly mean is expected at any hour, until the source's own rhythm is known
UNSEEN_WINDOWS = 5  # a source never seen is missed after so many: sources do not all begin in the same moment


class Detectors:
    """All detectors of one source, with their baselines.

    Args:
        source: Slug, or `*` for all together, which is only watched for silence, latency and what matching depends on.
        window_s: Length of the source's window, in seconds of the traffic's own time.
        expected: Records per window that the inventory promises; None where it is not to be held to it.
        latency_limit_s: What the on-call engineer is woken for.
        shapes: What the fingerprints of the source's shapes stand for; read when a window is judged.
        catch_all_share: Share of leads that no rule takes which is too much in any case.
    """

    def __init__(
        self,
        source: str,
        window_s: float,
        expected: float | None,
        latency_limit_s: float,
        shapes: Mapping[str, Leaves] | None = None,
        catch_all_share: float = 1.0,
    ) -> None:
        self._catch_all = CatchAll(catch_all_share, learns=source != EVERYTHING)
        self._schema = SchemaChange({} if shapes is None else shapes)
        self.source, self._expected, self._limit_s = source, expected, latency_limit_s
        self._volume, self._fates, self._fields = Level(window_s), Shares(), Shares()
        self._latency, self._senders = Means(), Means()
        self._chain, self._backlog = Chain(), Backlog()
        self._seen = False  # whether it has ever sent
        self._quiet = 0  # windows without a record, one after the other
        self._known_fields: set[str] = set()
        self._told: Mapping[What, float] = {}
        self._suspicion: dict[What, float] = {}  # evidence of shares too high, summed over the windows in a row that show it

    def judge(self, window: Window, told: Mapping[What, float]) -> list[Verdict]:
        """Hold a window against the baselines, without learning it. To be called once per window, in order.

        Args:
            told: What fires, and what was expected instead when it began. Where a restart left too little to learn from, this
                says when all is well again; it never makes a breach.
        """
        self._told = told
        self._seen = self._seen or window.records > 0
        self._quiet = 0 if window.records else self._quiet + 1
        self._known_fields |= {*window.missing, *(field for _, field in told if field)}
        if self.source == EVERYTHING:
            whole = self._catch_all.judge(window)
            traffic = [self._silence(window), self._late(window, 0.5), whole] if self._many or told else []
            return [*traffic, dedupe_unknown(window), self._backlog.judge(window, firing=("review_backlog", None) in told)]
        late = self._late(window, 0.95)
        counts = window.counted
        shares = [self._share(window, kind, None, counts[what], window.records, what) for kind, (what, _) in _SHARES.items()]
        fields = [
            self._share(window, "missing_field", name, window.missing[name], window.mapped, f"missing:{name}")
            for name in sorted(self._known_fields)
        ]
        volume = [self._silence(window), self._drop(window), self._spike(window, late)]
        rules = self._catch_all.judge(window)
        return [*volume, *shares, *fields, late, rules, self._schema.judge(window), self._chain.judge(window)]

    def learn(self, window: Window, out: Set[What]) -> None:
        """Take a window into the baselines, except for what is `out` of order in it."""
        out = out | {what for what, evidence in self._suspicion.items() if evidence}
        kinds = {kind for kind, _ in out}
        if not kinds & {"silence", "volume_drop", "volume_spike"}:
            self._volume.learn(window.records)
        else:
            self._volume.pass_over()
        usual = {_SHARES[kind][0] for kind in kinds if kind in _SHARES}
        self._fates.learn(window.records, window.counted, usual)
        self._fields.learn(window.mapped, window.missing, {name for kind, name in out if kind == "missing_field" and name})
        self._catch_all.learn(window, kinds)
        if window.records and "latency" not in kinds:
            self._latency.learn(window.latency_s(0.5 if self.source == EVERYTHING else 0.95))
        if window.records:
            self._senders.learn(len(window.sources))

    def forget(self, kind: Kind) -> None:
        """Begin anew with a level that has come to stay."""
        if kind in ("volume_drop", "volume_spike", "silence"):
            self._volume.forget()

    @property
    def _many(self) -> bool:
        """Whether several sources usually send: else `*` would only repeat the one."""
        return self._senders.ready and self._senders.usual >= 2

    def _silence(self, window: Window) -> Verdict:
        expected, evidence = self._expected_silence()
        state: State = "calm" if window.records else "breach" if evidence >= EVIDENCE else "unclear"
        text = f"no leads for {self._quiet * window.length_s:g} s, where about {expected * self._quiet:.0f} were to be expected"
        return Verdict("silence", state, window.records, expected, "records", text)

    def _expected_silence(self) -> tuple[float, float]:
        if self._volume.ready:
            expected = self._volume.low
            if expected < 1 or self._volume.floor * self._quiet < FLOOR_EVIDENCE:
                return expected, 0.0
            return expected, self._volume.evidence(0, expected) * self._quiet
        expected = UNLEARNED_SHARE * (self._expected or 0.0)
        return expected, expected * self._quiet if self._seen or self._quiet >= UNSEEN_WINDOWS else 0.0

    def _drop(self, window: Window) -> Verdict:
        seasoned, seen = self._volume.seasoned, window.records
        expected = self._volume.after_a_burst if seasoned else self._told.get(("volume_drop", None))
        if expected is None or not seen:
            return Verdict("volume_drop", "unclear", seen, 0.0, "records", "")
        low = seasoned and seen <= DROP_TO * expected and window.quiet_share < STILLBORN
        breach = low and self._volume.evidence(seen, expected) >= EVIDENCE
        text = f"{seen} leads, where about {expected:.0f} were to be expected"
        state: State = "breach" if breach else "calm" if seen >= DROP_OVER * expected else "unclear"
        return Verdict("volume_drop", state, seen, expected, "records", text)

    def _spike(self, window: Window, late: Verdict) -> Verdict:
        ready, seen = self._volume.ready, window.records
        able = ready and self._volume.level >= SPIKE_MIN_LEVEL and (self._expected is not None or self._volume.knows_the_day)
        expected = max(self._volume.high, self._expected or 0.0) if ready else self._told.get(("volume_spike", None))
        if expected is None:
            return Verdict("volume_spike", "unclear", seen, 0.0, "records", "")
        high = (
            able and seen >= max(SPIKE_MIN_RECORDS, SPIKE_TO * expected) and late.observed <= self._limit_s
        )  # else a backlog worked off
        breach = high and self._volume.evidence(seen, expected) >= EVIDENCE
        text = f"{seen} leads, where about {expected:.0f} were to be expected"
        state: State = "breach" if breach else "calm" if seen <= SPIKE_OVER * expected else "unclear"
        return Verdict("volume_spike", state, seen, expected, "records", text)

    def _share(self, window: Window, kind: Kind, field: str | None, having: int, of: int, sample: str) -> Verdict:
        baseline = self._fields if kind == "missing_field" else self._fates
        name, step = field or sample, SHARE_STEPS[kind]
        told = None if baseline.ready else self._told.get((kind, field))
        usual, seen = baseline.share(name) if told is None else told, having / of if of else 0.0
        state: State = "unclear"
        if (baseline.ready or told is not None) and of >= SHARE_MIN_RECORDS:
            high = told is None and seen >= usual + step and having >= SHARE_MIN_RECORDS
            self._suspicion[kind, field] = (
                self._suspicion.get((kind, field), 0.0) + baseline.evidence(having, of, name) if high else 0.0
            )
            if self._suspicion[kind, field] >= EVIDENCE:
                state = "breach"
            elif seen <= usual + step / 2:
                state = "calm"
        wrong = f"without {field}" if field else _SHARES[kind][1]
        text = f"{having} of {of} leads {wrong} ({seen:.0%}), usually {usual:.0%}"
        return Verdict(kind, state, seen, usual, "share", text, field, tuple(window.samples.get(sample, ())))

    def _late(self, window: Window, quantile: float) -> Verdict:
        state: State = "unclear"
        seen = window.latency_s(quantile)
        ready = self._latency.ready
        told = None if ready else self._told.get(("latency", None))
        usual = min(self._latency.usual, self._limit_s) if ready else told or 0.0
        limit = max(self._limit_s, LATENCY_TIMES * usual)
        text = f"{quantile:.0%} of the leads took up to {seen:.1f} s from arrival to team, usually {usual:.1f} s"
        if (ready or told is not None) and window.records >= LATENCY_MIN_RECORDS:
            state = "breach" if ready and seen > limit else "calm" if seen <= LATENCY_OVER * limit else "unclear"
        return Verdict("latency", state, seen, usual, "seconds", text)
