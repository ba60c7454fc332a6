"""E-mail addresses.

Ordinary ASCII addresses are recognised by a pattern stricter than the standard; everything else goes to email-validator
(no DNS). The domain is in small letters, the local part stays as written: who is who is decided in identity.

An address is a placeholder when its local part and domain are both made up: the local part is one of the words below and
the domain a sample domain (test@example.com, user@domain.com), or the local part is the domain's own first label
(test@test.com, asdf@asdf.de). Any other address at example.com is taken as it is, since vendors' samples use it.
Placeholders are removed, because two leads that share one are not the same person. Disposable and role addresses stay.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from disposable_email_domains import blocklist
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.text import plain

_LOCAL = r"[A-Za-z0-9_%+'-]{1,64}(?:\.[A-Za-z0-9_%+'-]{1,64}){0,31}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ORDINARY = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.){{1,8}}([A-Za-z]{{2,24}}))")
_LONGEST, _LONGEST_LOCAL, _LONGEST_RAW = 254, 64, 1000

_DISPLAY_NAME = re.compile(r"[^<>]*<([^<>]+)>")
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3002]")
_MAILTO = re.compile(r"(?i)^mailto:([^?]*)(?:\?.*)?$")
_SEVERAL = re.compile(r"[;,\s]")
_EDGES = "\"'<>()[]{};,:. "

_SAMPLE_DOMAINS = frozenset("example.com example.org example.net test.com domain.com email.com mail.com fb.com none.com".split())
_SAMPLE_LOCALS = frozenset(
    "test testing tester test1 test123 asdf qwerty qwertz abc aaa xxx foo bar none null no noemail na email e-mail mail user "
    "username name yourname your.name you me john.doe johndoe sample dummy fake firstname.lastname first.last".split()
)
_OWN_LABEL = frozenset("test testing asdf qwerty qwertz abc aaa xxx foo bar none null noemail fake dummy spam example".split())
_ROLES = frozenset(
    "abuse accounting accounts admin administrator billing booking bookings careers contact contacto contact-us customerservice "
    "enquiries enquiry feedback finance hello help helpdesk hostmaster hr info information inquiries invoices it jobs kontakt "
    "mail mailer-daemon marketing media news newsletter no-reply noc noreply nobody office orders postmaster press privacy "
    "purchasing reception reservations root sales security service shop spam staff support team web webmaster".split()
)


def read_email(value: object, notes: Notes, field: str = "email") -> str | None:
    """The address, or None with a violation; the raw text is then kept."""
    if type(value) is str and len(value) <= _LONGEST:
        address = _quick(value)
        if address is not None:
            judged = _judge(address, value, notes, field)
            if judged is not None and judged != value:
                notes.repair(field, "case", before=value, after=judged)
            return judged
    text = as_text(value)
    if text is None or len(text) > _LONGEST_RAW:
        notes.reject(field, value)
        return None
    clean, rules = _tidy(text)
    if not clean:
        if plain(text):
            notes.remove(field, value)
        return None
    address = _quick(clean) or _ask_library(clean)
    if address is None:
        notes.reject(field, value)
        return None
    if "first_of_several" in rules:
        notes.keep(f"raw.{field}", value)
    judged = _judge(address, value, notes, field)
    if judged is not None:
        notes.repair(field, *rules, *(() if address == clean else ("case",)), before=value, after=judged)
    return judged


def _quick(text: str) -> str | None:
    """The address, domain in small letters, if it is an ordinary one; None: ask the library."""
    match = _ORDINARY.fullmatch(text)
    if match is None:
        return None
    local, domain, top = match.groups()
    if len(local) > _LONGEST_LOCAL or "--" in domain or top.lower() in SPECIAL_USE_DOMAIN_NAMES or len(text) > _LONGEST:
        return None
    return text if domain.islower() else f"{local}@{domain.lower()}"


def _tidy(text: str) -> tuple[str, list[str]]:
    rules: list[str] = []

    def became(new: str, rule: str) -> str:
        if new != clean:
            rules.append(rule)
        return new

    clean = text
    clean = became(plain(clean), "trim")
    clean = became(_FULL_WIDTH.sub(lambda m: unicodedata.normalize("NFKC", m.group()).replace("。", "."), clean), "width")
    clean = became(_MAILTO.sub(r"\1", clean), "mailto")
    if (named := _DISPLAY_NAME.fullmatch(clean)) is not None:
        clean = became(named.group(1), "display_name")
    first = _SEVERAL.split(clean, maxsplit=1)[0]
    if first != clean and first.count("@") == 1 and "@" in clean[len(first) :]:
        clean = became(first, "first_of_several")
    if '"' not in clean.strip(_EDGES):  # a quoted local part may hold spaces
        clean = became(clean.strip(_EDGES).replace(" ", ""), "spaces")
    return clean, rules


@lru_cache(maxsize=4096)
def _ask_library(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False)
        again = validate_email(found.normalized, check_deliverability=False)
    except (EmailNotValidError, ValueError):  # ValueError: idna and codecs on hostile labels
        return None
    return found.normalized if again.normalized == found.normalized else None


def _judge(address: str, value: object, notes: Notes, field: str) -> str | None:
    local, _, domain = address.rpartition("@")
    low = local.lower()
    label, _, parent = domain.partition(".")
    if (low in _SAMPLE_LOCALS and domain in _SAMPLE_DOMAINS) or (low == label and low in _OWN_LABEL):
        notes.remove(field, value)
        return None
    if domain in blocklist or ("." in parent and parent in blocklist):
        notes.violate(field, "disposable")
    if low in _ROLES:
        notes.violate(field, "role_address")
    return address
