"""Decisions and outcomes of leads in groups, for the audit of fairness: true chances, and scores that may wrong a group."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np

from app.fairness.facts import Facts

DAY_MS = 86_400_000
DAYS = 60  # over which leads come; outcomes are known up to their end


def told(
    seed: int, leads: int = 4_000, *, against: float = 0.0, niche: bool = False, outcomes: bool = True
) -> list[tuple[str, dict[str, Any]]]:
    """Records of decisions and outcomes, in order of their making.

    Args:
        against: By so many log-odds the sensitive group f is scored too low.
        niche: A tenth come from the source machines, which takes months to be won, is worth ten times as much, and is scored low.
    """
    rng, found = np.random.default_rng(seed), list[tuple[str, dict[str, Any]]]()
    logits, luck = rng.normal(-1.6, 1.2, leads), rng.random((leads, 5)).tolist()
    countries, days = rng.choice(["DE", "AT", "CH"], leads, p=[0.6, 0.2, 0.2]).tolist(), rng.exponential(1.0, leads).tolist()
    for n, logit in enumerate(logits.tolist()):
        of_group, of_source, of_time, of_device, of_end = luck[n]
        group, slow = ("f" if of_group < 0.3 else "m"), niche and of_source < 0.1
        score = 1 / (1 + exp(-(logit - (against if group == "f" else 0.0)))) * (0.3 if slow else 1.0)
        band = "hot" if score >= 0.3 else "warm" if score >= 0.1 else "cold"
        at_ms = int(of_time * DAYS) * DAY_MS
        decision = {
            "lead_id": f"ld_{n:020x}", "source": "machines" if slow else "shop", "fate": "routed", "received_at": at_ms,
            "score": score, "band": band, "team": "nurture" if band == "cold" else "inside-sales",
            "categories": {"country": countries[n], "device": "mobile" if of_device < 0.5 else "desktop"},
            "groups": {"person.sex": group},
        }  # fmt: skip
        found.append(("decision", decision))
        won = of_end < 1 / (1 + exp(-logit))
        end_ms = at_ms + int(days[n] * (60 if slow else 5) * DAY_MS)
        if outcomes and end_ms < DAYS * DAY_MS:
            value = (1_000.0 if slow else 100.0) if won else None
            outcome = {"lead_id": decision["lead_id"], "outcome": "won" if won else "lost", "occurred_at": end_ms, "value": value}
            found.append(("outcome", outcome))
    return found


def facts(*how: Any, **more: Any) -> Facts:
    """The same, taken in."""
    taken = Facts()
    for kind, record in told(*how, **more):
        (taken.decided if kind == "decision" else taken.reported)(record)
    return taken
