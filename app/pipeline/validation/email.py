"""E-mail addresses.

Ordinary ASCII addresses are recognised by a pattern stricter than the standard; everything else goes to email-validator
(no DNS). The domain is in small letters, the local part stays as written: who is who is decided in identity.

An address is a placeholder when its local part and domain are both made up: the local part is one of the words below and
the domain a sample domain (test@example.com, user@domain.com), or the local part is the domain's own first label
(test@test.com, asdf@asdf.de). Any other address at example.com is taken as it is, since vendors' samples use it.
Placeholders are removed, because two leads that share one are not the same person. Disposable and role addresses stay, and so
does test@firma.de, as a test lead.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from disposable_email_domains import blocklist
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.pipeline.validation.email_domain import is_cut_provider, mend_domain
from app.pipeline.validation.email_roles import ROLES
from app.pipeline.validation.email_text import tidy
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

_LOCAL = re.compile(r"(?!')[A-Za-z0-9_%+'-]{1,64}(?:\.[A-Za-z0-9_%+'-]{1,64}){0,31}")  # an apostrophe first is a spreadsheet's
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ORDINARY = re.compile(rf"({_LOCAL.pattern})@((?:{_LABEL}\.){{1,8}}([A-Za-z]{{2,24}}))")
_LONGEST, _LONGEST_LOCAL, _LONGEST_RAW = 254, 64, 1000

_SAMPLE_DOMAINS = frozenset(
    "example.com example.org example.net example.de example.fr example.es example.co.uk test.com domain.com yourdomain.com "
    "email.com mail.com fb.com none.com company.com".split()
)
_SAMPLE_LOCALS = frozenset(
    "test testing tester test1 test123 asdf qwerty qwertz abc aaa xxx foo bar none null no noemail nomail na email e-mail "
    "mail user username name yourname your.name you me john.doe johndoe sample dummy fake firstname.lastname first.last "
    "vorname.nachname prueba teste essai prova".split()
)
_OWN_LABEL = frozenset(
    "test testing asdf asd asdfgh qwe qwerty qwertz abc abcd aaa aaaa a aa xxx xxxx xx foo bar none null no na noemail "
    "nomail email mail fake dummy spam example 123 1234 12345 111 prueba teste essai prova correo nada kein keine".split()
)
_SAMPLES = frozenset("keine@angabe.de kein@email.de keine@email.de keine@mail.de kein@mail.de no@email.com no@mail.com".split())
_TESTERS = frozenset(
    "test testing tester testuser test.user test-user test_user testlead test.lead testkunde teste prueba".split()
)
_SAMPLE_OWNERS = frozenset(address.rpartition("@")[2] for address in _SAMPLES)
_TYPED = ROLES | _TESTERS
_DIGITS = "0123456789"


def read_email(value: object, notes: Notes, field: str = "email") -> str | None:
    """The address, or None with a violation; the raw text is then kept."""
    if type(value) is str and len(value) <= _LONGEST:
        local, _, domain = value.partition("@")  # a domain is matched once, and then known
        if _is_ordinary(domain) and _LOCAL.fullmatch(local) and _is_personal(local):
            return value
        address = _quick(value)
        if address is not None:
            return _judge(address, value, notes, field, None if address == value else ["case"])
    text = as_text(value)
    if text is None or len(text) > _LONGEST_RAW:
        notes.reject(field, value)
        return None
    if is_placeholder(plain(text)):
        notes.remove(field, value)
        return None
    clean, rules = tidy(text)
    if not clean:
        if plain(text):
            notes.remove(field, value)
        return None
    address = _quick(clean)
    if address is None and (meant := _with_domain_mended(clean)) is not None:
        clean, address = meant, _quick(meant)
        rules.append("domain_typo")
    address = address or _ask_library(clean)
    if address is None:
        notes.reject(field, value, "ambiguous" if _has_several_readings(clean) else "invalid")
        return None
    if "first_of_several" in rules or "embedded" in rules:
        notes.keep(f"raw.{field}", value)
    if address != clean:
        rules.append("idn" if "xn--" in clean.lower() else "case")
    return _judge(address, value, notes, field, rules)


def _quick(text: str) -> str | None:
    """The address, domain in small letters, if it is an ordinary one; None: ask the library."""
    match = _ORDINARY.fullmatch(text)
    if match is None:
        return None
    local, domain, top = match.groups()
    if len(local) > _LONGEST_LOCAL or "--" in domain or top.lower() in SPECIAL_USE_DOMAIN_NAMES or len(text) > _LONGEST:
        return None
    return text if domain.islower() else f"{local}@{domain.lower()}"


@lru_cache(maxsize=4096)
def _ask_library(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False)
        again = validate_email(found.normalized, check_deliverability=False)
    except (EmailNotValidError, ValueError):  # ValueError: idna and codecs on hostile labels
        return None
    known_top = len(found.ascii_domain.rpartition(".")[2]) > 1  # no registry has an ending of one letter
    return found.normalized if again.normalized == found.normalized and known_top else None


def _with_domain_mended(text: str) -> str | None:
    """For domains that are none yet (gmailcom, gmail); None where nothing is certain."""
    local, at, domain = text.rpartition("@")
    mended = mend_domain(domain.lower()) if at else None
    return None if mended is None else f"{local}@{mended}"


def _has_several_readings(text: str) -> bool:
    """Whether it is an address, but which one cannot be told: blanks inside, a provider without its ending."""
    local, at, domain = text.rpartition("@")
    return bool(at and local) and (" " in text or is_cut_provider(domain.lower()))


@dataclass(frozen=True, slots=True)
class _Domain:
    """What there is to know of a domain; few domains have most of the addresses.

    Attributes:
        meant: Which one it should have been, if it is a typing error.
        placeholder_local: The local part that makes it a placeholder: test@test.com.
        is_sample: Whether vendors' samples use it.
    """

    meant: str | None
    placeholder_local: str | None
    is_sample: bool
    is_disposable: bool


@lru_cache(maxsize=16_384)
def _about(domain: str) -> _Domain:
    label, _, parent = domain.partition(".")
    disposable = domain in blocklist or ("." in parent and parent in blocklist)
    return _Domain(mend_domain(domain), label if label in _OWN_LABEL else None, domain in _SAMPLE_DOMAINS, disposable)


@lru_cache(maxsize=16_384)
def _is_ordinary(domain: str) -> bool:
    """Whether there is nothing to say of an address because of its domain."""
    about = _about(domain)
    special = about.meant is not None or about.placeholder_local is not None or about.is_sample or about.is_disposable
    return not special and domain not in _SAMPLE_OWNERS and _quick(f"someone@{domain}") == f"someone@{domain}"


def _is_personal(local: str) -> bool:
    """Whether there is nothing to say of an address because of its local part."""
    low = local.lower()
    if low[-1] in _DIGITS:
        low = low.rstrip(_DIGITS)
    return low not in _TYPED and not low.startswith("test+") and len(local) <= _LONGEST_LOCAL


def _judge(address: str, value: object, notes: Notes, field: str, rules: list[str] | None) -> str | None:
    """The address after all that can be said of it; `rules` are those that freed it, None where it came as it is."""
    local, _, domain = address.rpartition("@")
    about = _about(domain)
    if about.meant is not None:
        address, about = f"{local}@{about.meant}", _about(about.meant)
        rules = [*(rules or ()), "domain_typo"]
    low = local.lower()
    if low == about.placeholder_local or (about.is_sample and low in _SAMPLE_LOCALS) or address in _SAMPLES:
        notes.remove(field, value)
        if low.rstrip(_DIGITS) in _TESTERS:
            notes.violate(field, "test_lead")
        return None
    if about.is_disposable:
        notes.violate(field, "disposable")
    if low[-1] in _DIGITS:
        low = low.rstrip(_DIGITS)
    if low in _TYPED:
        notes.violate(field, "role_address" if low in ROLES else "test_lead")
    elif low.startswith("test+"):
        notes.violate(field, "test_lead")
    if rules:
        notes.repair(field, *rules, before=value, after=address)
    return address
