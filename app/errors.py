"""What can go wrong, and what follows from it.

LeadstreamError
├── BadRecord           this record can never be processed as it is   → dead letter, the lane goes on
├── EdgeDown            something outside does not answer for now     → wait, unacknowledged, nothing is dropped
│   └── OutputRefused   Kafka answers, and does not take a record     → the same, until somebody mends topic or ACL
├── EnrichmentMissing   the same, of something we can do without   → the lead goes on without it, and says so
├── ConfigurationError  the configuration cannot be run               → refuse to start, exit code 78
└── FatalError          position or ownership is in doubt             → end the process unacknowledged, be restarted

Anything that is not in this tree is a bug: it ends the process like FatalError, and the records are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal

Stage = Literal["intake", "mapping", "validation", "enrichment", "identity", "scoring", "routing", "delivery"]


class ExitCode(IntEnum):
    """Why a process ended, for its supervisor and its operator."""

    OK = 0
    FAILED = 70  # fenced, late, or an edge broke in the middle of a transaction: restart
    GAP = 71  # records were skipped between two deliveries of one partition: restart, which replays them
    STUCK = 72  # alive and not getting on: a stuck delivery or loop, records that nobody reads: restart
    CONFIGURATION = 78  # restarting will not help


class LeadstreamError(Exception):
    """The root of all errors raised on purpose."""


class BadRecord(LeadstreamError):
    """A record that no retry will make processable.

    Args:
        stage: Where it was found.
        reason: A machine-readable code from the closed list in `app/pipeline/fate.py`.
        detail: One line for a person. Never holds values of the record: they may be personal data.
        repairable: Whether a change of mapping, schema or configuration could make it processable.
    """

    def __init__(self, stage: Stage, reason: str, detail: str = "", *, repairable: bool = False) -> None:
        super().__init__(f"{stage}: {reason}: {detail}")
        self.stage, self.reason, self.detail, self.repairable = stage, reason, detail, repairable


class EdgeDown(LeadstreamError):
    """An outside service (Kafka, Redis, registry) did not answer; trying again may help."""


class OutputRefused(EdgeDown):
    """Kafka does not let us write to a topic: it is missing, not ours to write, or takes smaller records only.

    Args:
        why: Topic → what Kafka says.
    """

    def __init__(self, why: Mapping[str, str]) -> None:
        super().__init__("cannot be written: " + "; ".join(f"{topic}: {said}" for topic, said in sorted(why.items())))
        self.topics = tuple(sorted(why))


class EnrichmentMissing(LeadstreamError):
    """What would be nice to know about a lead cannot be had in time.

    Args:
        how: For `Lead.enrichments`.
    """

    def __init__(self, how: Literal["slow", "down"]) -> None:
        super().__init__(how)
        self.how: Literal["slow", "down"] = how


class ConfigurationError(LeadstreamError):
    """The configuration cannot be run. The message names file, line and field, and says how to mend it."""


class FatalError(LeadstreamError):
    """Going on could lose or double a record."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code
