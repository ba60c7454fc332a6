"""The KPIs of one group of leads, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Final, NamedTuple

from app.fairness.intervals import Interval, Share, quantile, wilson
from app.inventory.measuring import Kpi
from app.kpi.facts import Lead
from app.kpi.intervals import LEVEL, ratio_of_means, time_until

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
SHARES: Final[frozenset[Kpi]] = frozenset(
    {"conversion_rate", "manual_share", "default_owner_share", "reroute_rate", "duplicate_share", "precision"}
)


class Costed(NamedTuple):
    """A record, and its share of the spend."""

    lead: Lead
    cost: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of a group.

    Attributes:
        records: Leads and duplicates.
        leads: Those that count as leads.
        won, qualified: Of them.
        revenue: Value of the wins, as reported.
        spend: Of all records: duplicates were paid for, too.
        duplicates: Merged as the same lead; the same event sent twice would not have been worked on twice.
        saved: What working on the duplicates by hand would have cost.
        billed: What vendors billed for the duplicates.
        kpis: Those that can be told.
    """

    records: int
    leads: int
    won: int
    qualified: int
    revenue: float
    spend: float
    duplicates: int
    saved: float
    billed: float
    kpis: dict[Kpi, Interval] = field(default_factory=dict)


def figures(
    records: Sequence[Costed],
    now_ms: int,
    *,
    handling_cost: float,
    velocity_days: int,
    within_ms: int | None = None,
) -> Figures:
    """Count.

    Args:
        records: Any; dead letters do not count.
        now_ms: Until when outcomes are known.
        handling_cost: Of working on one lead by hand.
        velocity_days: See `velocity`.
        within_ms: Count only wins that came so soon after the lead, and only leads so old; None: all.
    """
    mature = [one for one in records if within_ms is None or one.lead.at_ms + within_ms <= now_ms]
    counted = [one for one in mature if one.lead.is_lead or one.lead.fate == "duplicate"]
    leads = [one.lead for one in counted if one.lead.is_lead]
    twice = [one for one in counted if one.lead.fate == "duplicate" and one.lead.duplicate_kind != "same_event"]
    won = [won_within(one.lead, within_ms) for one in counted]
    wins = sum(won)
    sampled = [said for one in leads if (said := one.sampled) is not None]
    routed = [one for one in leads if one.routed]
    kpis: dict[Kpi, Interval] = {}
    shares: dict[Kpi, Share] = {
        "conversion_rate": Share(wins, len(leads)),
        "manual_share": Share(sum(one.by_hand for one in leads), len(leads)),
        "default_owner_share": Share(sum(one.rule == "catch-all" for one in leads), len(leads)),
        "reroute_rate": Share(sum(one.moved for one in routed), len(routed)),
        "duplicate_share": Share(len(twice), len(leads) + len(twice) if twice else 0),  # arms: duplicates are in none
        "precision": Share(sum(sampled), len(sampled)),
    }
    for name, share in shares.items():
        if share.of:
            kpis[name] = wilson(share, LEVEL)
    if cost := ratio_of_means([one.cost for one in counted], [float(one) for one in won]):
        kpis["cost_per_acquisition"] = cost
    hot = [one for one in leads if one.band == "hot"]
    _respond(kpis, leads, now_ms, "response_median", "response_p90")
    _respond(kpis, hot, now_ms, "hot_response_median", "hot_response_p90")
    if growth := velocity(leads, now_ms, velocity_days):
        kpis["velocity"] = growth
    return Figures(
        records=len(counted),
        leads=len(leads),
        won=wins,
        qualified=sum(one.qualified_ms is not None for one in leads),
        revenue=sum(one.lead.value or 0.0 for one, is_won in zip(counted, won, strict=True) if is_won),
        spend=sum(one.cost for one in counted),
        duplicates=len(twice),
        saved=handling_cost * len(twice),
        billed=sum(one.cost for one in twice),
        kpis=kpis,
    )


def won_within(lead: Lead, within_ms: int | None) -> bool:
    """Whether it is a lead, and won; in this time after it came, where one is given."""
    if not lead.is_lead or not lead.won:
        return False
    return within_ms is None or (lead.ended_ms is not None and lead.ended_ms - lead.at_ms <= within_ms)


def velocity(leads: Sequence[Lead], now_ms: int, days: int) -> Interval | None:
    """Growth of qualified leads: of the last days against as many before; half of the time seen, where it is shorter.

    The interval is that of a ratio of two counts, on the log scale. None where one of them is 0.
    """
    if not leads:
        return None
    span = min(days * DAY_MS, (now_ms - min(one.at_ms for one in leads)) // 2)
    at = [one.qualified_ms for one in leads if one.qualified_ms is not None]
    new = sum(now_ms - span < one <= now_ms for one in at)
    old = sum(now_ms - 2 * span < one <= now_ms - span for one in at)
    if not new or not old:
        return None
    half = quantile(LEVEL) * sqrt(1 / new + 1 / old)
    return Interval(new / old - 1, new / old * exp(-half) - 1, new / old * exp(half) - 1)


def _respond(kpis: dict[Kpi, Interval], leads: Sequence[Lead], now_ms: int, median: Kpi, p90: Kpi) -> None:
    """Minutes from arrival to first contact; of a lead that nobody contacted only its age is known."""
    ages = [max(0, (now_ms if one.contacted_ms is None else one.contacted_ms) - one.at_ms) / MINUTE_MS for one in leads]
    ended = [one.contacted_ms is not None for one in leads]
    for name, share in ((median, 0.5), (p90, 0.9)):
        if found := time_until(ages, ended, share):
            kpis[name] = found
