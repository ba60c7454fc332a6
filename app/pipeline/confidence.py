"""How sure the pipeline is of its whole handling of a lead, not of the win: routing sends what lies below its limit to people.

A product of named penalties, so that each can be read, argued about and shown to the reviewer. Ordinary leads (a valid e-mail
or phone, some repairs, one optional field that could not be read) come out at .8 or more; a lead that nobody can be reached
by, or that the vendor marked as a test, falls below .5 by that alone.
"""

from __future__ import annotations

from typing import Final

from app.pipeline.lead import Lead, ViolationCode
from app.ports import Model

PENALTIES: Final[dict[ViolationCode, float]] = {
    "missing": 0.80,  # the inventory says that this source always sends it: its mapping may be broken
    "invalid": 0.90,
    "ambiguous": 0.85,  # somebody who knows the source can tell the reading at once
    "implausible": 0.90,
    "placeholder": 0.80,
    "disposable": 0.60,
    "role_address": 0.95,
    "uncontactable": 0.40,
    "test_lead": 0.30,
    "bot": 0.30,
    "uncertain_mapping": 0.75,
}
MINOR: Final = 0.97  # a violation of a field that neither contact nor routing depends on
REPAIR: Final = 0.99  # each repair, as far down as REPAIRS_FLOOR: repairs are routine
REPAIRS_FLOOR: Final = 0.94
UNSURE: Final = 0.80  # a settled model that has learned nothing near this lead (sureness 0); 1 where it is as sure as it gets
NOTHING_LEARNED: Final = 0.95  # scored by the fixed rules, or by a model that has hardly seen an outcome

_WEIGHTY = frozenset(
    {"email", "phone", "email|phone", "full_name", "country", "consent", "is_test", "contact", "order_value", "budget"}
)
_ALWAYS: frozenset[ViolationCode] = frozenset(
    {"missing", "disposable", "uncontactable", "test_lead", "bot"}
)  # whatever field they name
_SETTLED_LABELS = 200  # from so many outcomes on, the model costs no confidence


def model_confidence(labels_learned: int, sureness: float = 1.0) -> float:
    """What the model's want of experience leaves of the confidence: of all leads, times that of leads like this one.

    The first goes from NOTHING_LEARNED without any outcome up to 1 at _SETTLED_LABELS of them, in a straight line. The second
    goes from UNSURE at sureness 0 up to 1; but a model that has seen hardly any outcome is sure of no lead, which is no reason to
    hold all of them: the second counts by as much as the model is settled.
    """
    settled = min(1.0, labels_learned / _SETTLED_LABELS)
    doubt = settled * (1.0 - UNSURE) * (1.0 - min(1.0, max(0.0, sureness)))
    return (NOTHING_LEARNED + (1.0 - NOTHING_LEARNED) * settled) * (1.0 - doubt)


def confidence(lead: Lead, model: Model, sureness: float = 1.0) -> float:
    """In [0, 1]: the product of the penalties of all violations, of the repairs, and of the model's want of experience.

    Args:
        sureness: Of the model's prediction of this lead.
    """
    sure = model_confidence(model.labels_learned, sureness)
    if lead.repairs:
        sure *= max(REPAIRS_FLOOR, REPAIR ** len(lead.repairs))
    flagged = False
    for violation in lead.violations:
        flagged = flagged or violation.code == "test_lead"
        weighty = violation.field in _WEIGHTY or violation.code in _ALWAYS
        sure *= PENALTIES[violation.code] if weighty else MINOR
    if lead.is_test and not flagged:
        sure *= PENALTIES["test_lead"]
    if not (lead.email or lead.phone) and not any(violation.code == "uncontactable" for violation in lead.violations):
        sure *= PENALTIES["uncontactable"]
    return sure
