"""What tells who somebody is, for what people ask of us: not to be contacted, to be erased, to be told what we hold.

Of an e-mail address counts the mailbox that it reaches, of a phone its digits with country code. A customer id counts within its
source alone: two shops give two people the same one. Each has one pseudonym, the same wherever it is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, get_args

from app.pipeline.lead import Lead
from app.pipeline.matching.parts import digits_of, mailbox
from app.pipeline.pseudonyms import Pseudonyms

Kind = Literal["email", "phone", "customer_id", "visitor_id"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_LONGEST: Final = 320


class Identifier(NamedTuple):
    """One of a person's.

    Attributes:
        text: Kind and normal form, as it is hashed. Personal data: never leaves the process.
    """

    kind: Kind
    text: str

    def pseudonym(self, pseudonyms: Pseudonyms) -> str:
        """32 hex digits."""
        return pseudonyms.identifiers((self.text,))[0].hex()


def identifiers(
    *,
    email: str | None = None,
    phone: str | None = None,
    customer_id: str | None = None,
    visitor_id: str | None = None,
    sources: Iterable[str] = (),
) -> list[Identifier]:
    """Those that tell somebody.

    Args:
        phone: With its country code, as in +49 30 1234567; another tells nobody.
        sources: Whose customer id it could be.
    """
    found: list[Identifier] = []
    if email and (text := _email(email)):
        found.append(Identifier("email", text))
    if phone and phone.lstrip().startswith("+") and (digits := digits_of(phone.strip())):
        found.append(Identifier("phone", f"p:{digits}"))
    if customer_id and customer_id.strip():
        found += [Identifier("customer_id", f"c:{source}:{customer_id.strip()}") for source in sources]
    if visitor_id and visitor_id.strip():
        found.append(Identifier("visitor_id", f"v:{visitor_id.strip()}"))
    return found


def texts_of(lead: Lead) -> list[str]:
    """The texts of all identifiers of a lead, to be hashed at once."""  # as `identifiers` makes them, for every lead that comes
    found = []
    if lead.email is not None:
        found.append(_email(lead.email))
    if lead.phone is not None:
        found.append(f"p:{lead.phone[1:]}")  # E.164, as validation left it
    if lead.customer_id is not None:
        found.append(f"c:{lead.source}:{lead.customer_id}")
    if lead.visitor_id is not None:
        found.append(f"v:{lead.visitor_id}")
    return found


def texts_of_record(value: Mapping[str, Any]) -> list[str]:
    """The same of a lead as a record has it."""
    its = {name: value[name] for name in ("email", "phone", "customer_id", "visitor_id")}
    return [one.text for one in identifiers(**its, sources=(value["source"],))]


def _email(address: str) -> str:
    local, domain = mailbox(address[:_LONGEST])
    return f"e:{local}@{domain}" if local else ""
