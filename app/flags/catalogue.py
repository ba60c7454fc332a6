"""Every toggle there is: what it switches, and what the pipeline does without it.

A toggle that is off never stops a lead: each names the plainer way that the lead goes then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.ports import Moment

MAPPING_LADDER: Final = "mapping.ladder"
MAPPING_LEARNED: Final = "mapping.learned"
ENRICHMENT: Final = "enrichment."
DEDUPE_FUZZY: Final = "dedupe.fuzzy"
SCORING_MODEL: Final = "scoring.model"
ROUTING_BY_SCORE: Final = "routing.by_score"
AUTOMATION: Final = "automation"


@dataclass(frozen=True, slots=True)
class Flag:
    """One toggle.

    Attributes:
        stage: The stage of the pipeline that asks.
        on, off: What happens then, in words.
        moment: When it is asked.
        share: It is no switch, but the share of leads that need no person.
    """

    name: str
    stage: str
    on: str
    off: str
    moment: Moment = "arrival"
    share: bool = False


_FLAGS: Final = (
    Flag(
        MAPPING_LADDER,
        "mapping",
        "fields that nobody declared are found by names, look-alikes, values and the classifier",
        "only what is declared or confirmed is mapped; everything else stays an attribute",
    ),
    Flag(
        MAPPING_LEARNED,
        "mapping",
        "the classifier has a say in what an undeclared field is",
        "the ladder does without it: declared, confirmed, known names, nearly known names, shape of the value",
    ),
    Flag(
        f"{ENRICHMENT}place",
        "enrichment",
        "country and region are derived from postcode, phone and IP address",
        "the country that the sender wrote, else the source's default; no region is derived",
    ),
    Flag(
        f"{ENRICHMENT}company",
        "enrichment",
        "the domain of a business address is kept, and hints at the company's name",
        "only the company that the sender wrote",
    ),
    Flag(
        f"{ENRICHMENT}campaign",
        "enrichment",
        "campaign and click id are read from the addresses of page and referrer",
        "only the campaign fields that the sender filled",
    ),
    Flag(
        f"{ENRICHMENT}device",
        "enrichment",
        "the device is read from the user agent",
        "no device is named",
    ),
    Flag(
        f"{ENRICHMENT}behaviour",
        "enrichment",
        "what the visitor did in the shop before is joined to the lead",
        "nobody is asked; the lead is scored without these features",
    ),
    Flag(
        DEDUPE_FUZZY,
        "identity",
        "earlier leads are compared field by field, and weighed",
        "only the same mailbox or phone makes a duplicate",
    ),
    Flag(
        SCORING_MODEL,
        "scoring",
        "the learned model scores",
        "fixed points that anyone can read score (version `rules`)",
        moment="decision",
    ),
    Flag(
        ROUTING_BY_SCORE,
        "routing",
        "rules may look at score and band",
        "scores do not count: each lead is of one band (warm, or as routing.yaml says) and no score reaches a limit",
        moment="decision",
    ),
    Flag(
        AUTOMATION,
        "routing",
        "each source's own share of leads needs no person (`automation` in its file)",
        "people decide all leads; pipeline and proposals go on",
        moment="decision",
        share=True,
    ),
)
CATALOGUE: Final[Mapping[str, Flag]] = {flag.name: flag for flag in _FLAGS}
SWITCHES: Final = tuple(flag.name for flag in _FLAGS if not flag.share)
AT: Final[Mapping[Moment, tuple[str, ...]]] = {
    "arrival": tuple(flag.name for flag in _FLAGS if flag.moment == "arrival"),
    "decision": tuple(flag.name for flag in _FLAGS if flag.moment == "decision" and not flag.share),
}
