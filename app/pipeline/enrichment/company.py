"""The company behind a business address: its domain, and a hint at its name where nobody told one."""

from __future__ import annotations

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from app.pipeline.features import domain_class
from app.pipeline.lead import Lead

HINT = "company_hint"  # among the attributes: a guess is no field
_SUFFIXES = PublicSuffixList(accept_unknown=True)
_NOBODYS = frozenset({"disposable", "placeholder", "invalid"})


def name_company(lead: Lead) -> None:
    """Fill `company_domain` in, unless the address is a free mail provider's or a throw-away one."""
    email = lead.email
    if email is None:
        return
    domain, hint = company_of(email[email.rfind("@") + 1 :])
    if domain is None or any(one.field == "email" and one.code in _NOBODYS for one in lead.violations):
        return
    lead.company_domain = domain
    if hint and lead.company is None:
        lead.attributes.setdefault(HINT, hint)


@lru_cache(maxsize=16_384)
def company_of(domain: str) -> tuple[str | None, str | None]:
    """(domain as registered, name it suggests): `mail.acme-tools.co.uk` → `acme-tools.co.uk`, `Acme Tools`.

    Both None for mail providers open to anyone and for a bare public suffix; no name where the label is too short to be one.
    """
    found = registered(domain)
    if found is None or domain_class(found) == "free":
        return None, None
    label = found.partition(".")[0]
    words = [] if label.startswith("xn--") else [word for word in label.split("-") if word]
    named = len(label) > 2 and not label.isdecimal()
    return found, " ".join(word.capitalize() for word in words) if words and named else None


@lru_cache(maxsize=16_384)
def registered(host: str) -> str | None:
    """The part of a host's name that somebody registered: `www.acme.co.uk` → `acme.co.uk`; None for a bare public suffix."""
    found = _SUFFIXES.privatesuffix(host.lower())
    return None if found is None else str(found)
