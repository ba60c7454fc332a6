"""From a lead, or from plain texts, to the evidence that is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from app.pipeline.lead import Lead
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.fold import LONGEST, fold
from app.pipeline.matching.parts import (
    birth_of,
    city_of,
    company_words,
    digits_of,
    mailbox,
    postcode_of,
    second_line,
    site_of,
    street_parts,
)
from app.pipeline.matching.whole import ENDS, GENERATIONS, NEWBORN_WRITTEN, both_told, parted
from app.pipeline.matching.words import BIRTH, FORMS, HOUSE_NUMBER, NOBODY, SECOND_LINE, SITE, UNIQUE_IDS

_LONGEST_NAME: Final = 40
_ENDING: Final = frozenset({one[-1] for one in ENDS})
_SHORTEST_NAMES: Final = 3  # letters of both together
_LONGEST_PLACE: Final = 30
_LONGEST_REGION: Final = 12
_LONGEST_EMAIL: Final = 320
_UNTOLD: Final = frozenset({"placeholder", "invalid"})  # what these say of a field: it tells nobody
_LOCAL: Final = 7  # digits of a phone without its area that tell somebody
_NO_IDS: Final[tuple[str, ...]] = ()
_unremembered: Final = fold.__wrapped__  # of family names: most are met once, and to look one up costs more than to fold it


def evidence(
    *,
    first: str | None = None,
    last: str | None = None,
    full: str | None = None,
    company: str | None = None,
    street: str | None = None,
    number: str | None = None,
    extra: str | None = None,
    city: str | None = None,
    region: str | None = None,
    postcode: str | None = None,
    country: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    birth: str | None = None,
    site: str | None = None,
    ids: Iterable[tuple[str, str]] = (),
) -> Evidence:
    """Evidence of texts as people wrote them; of their beginnings, where they are longer than any should be.

    Args:
        full: Counts only where neither first nor last is given; what stands before a comma is the family's, else its last word.
        site: A company's; counts only without e-mail.
        ids: (kind, value); of a long value its end counts.
    """
    return _read(
        first, last, full, company, street, number, extra, city, region, postcode, country, phone, email, birth, site, ids
    )


def _read(
    first: str | None,
    last: str | None,
    full: str | None,
    company: str | None,
    street: str | None,
    number: str | None,
    extra: str | None,
    city: str | None,
    region: str | None,
    postcode: str | None,
    country: str | None,
    phone: str | None,
    email: str | None,
    birth: str | None,
    site: str | None,
    ids: Iterable[tuple[str, str]],
) -> Evidence:
    given, family = fold(first[:LONGEST])[:_LONGEST_NAME] if first else "", _unremembered(last)[:_LONGEST_NAME] if last else ""
    if full and not given and not family:
        given, family = parted(full)
    elif last and not given and (("," in last or "/" in last) or (" " in family and both_told(last))):
        given, family = parted(last)
    if family and (suffix := family.rpartition(" ")[2] if " " in family else family if given else "") in GENERATIONS:
        given, family = _by_generation(given, family, suffix)
    if len(given) + len(family) < _SHORTEST_NAMES or (f"{given} {family}" if given and family else given or family) in NOBODY:
        given = family = ""
    house, road, rest = (
        street_parts(street[:LONGEST], (number or "")[:_LONGEST_PLACE])
        if street
        else (fold(number[:_LONGEST_PLACE]).replace(" ", "")[:8] if number else "", (), "")
    )
    local, domain = mailbox(email[:_LONGEST_EMAIL]) if email else ("", "")
    if site and not local:
        domain = site_of(site[:_LONGEST_EMAIL])
    return Evidence(
        given[:_LONGEST_NAME],
        family[:_LONGEST_NAME],
        company_words(company[:LONGEST]) if company else (),
        house,
        road,
        (second_line(extra[:LONGEST]) if extra else "") or rest,
        city_of(city[:LONGEST])[:_LONGEST_PLACE] if city else "",
        fold(region[:LONGEST])[:_LONGEST_REGION] if region else "",
        postcode_of(postcode[:_LONGEST_PLACE]) if postcode else "",
        country.lower()[:2] if country else "",
        digits_of(phone[:_LONGEST_PLACE]) if phone else "",
        local,
        domain,
        birth_of(birth[:_LONGEST_PLACE], country.lower() if country else "") if birth else "",
        tuple(sorted(f"{kind}:{fold(value[-LONGEST:]).replace(' ', '')[-24:]}" for kind, value in ids if value))
        if ids
        else _NO_IDS,
    )


def _by_generation(given: str, family: str, suffix: str) -> tuple[str, str]:
    """`harold`, `penrose jr` → `harold jr`, `penrose`; also where the suffix was taken for the family name."""
    if family == suffix:
        given, _, family = given.rpartition(" ")
    else:
        family = family[: -len(suffix) - 1]
    return f"{given} {suffix}".strip(), family


def evidence_of(lead: Lead) -> Evidence:
    """What the lead tells of who it is; a vendor's test lead tells nobody. Of its attributes: date of birth, house number, second
    line of the address, company's site, unique ids.

    The vendor's own customer id counts within its source alone: two vendors give one person two.
    """
    if lead.is_test:
        return Evidence()
    birth, number, extra, site = "", "", "", ""
    ids: list[tuple[str, str]] = []
    for path, text in lead.attributes.items():
        what = _attribute(path)
        if what is None or not text:
            continue
        match what:
            case "birth":
                birth = birth or birth_of(text, lead.country.lower() if lead.country else "")
            case "number":
                number = number or text
            case "extra":
                extra = extra or text
            case "site":
                site = site or text
            case _:
                ids.append((what, text))
    if lead.customer_id:
        ids.append((f"customer {lead.source}", lead.customer_id))
    phone, email, raw = lead.phone, lead.email, lead.attributes.get("raw.phone")
    if phone is None and raw and len(digits_of(raw[:_LONGEST_PLACE])) >= _LOCAL:
        phone = raw  # without its area, say
    for violation in lead.violations:
        if violation.code in _UNTOLD:
            if violation.field == "email":
                email = None
            elif violation.field == "phone" and (violation.code == "placeholder" or lead.phone is not None):
                phone = None
    first, last, full, company = lead.first_name, lead.last_name, lead.full_name, lead.company
    if not company and full and full.rpartition(" ")[2].lower() in FORMS:  # a business gave its name for a person's
        first, last, full, company = None, None, None, full
    elif full is not None and (first or last):
        if (
            "," in full or (full[-1:] in _ENDING and full.endswith(ENDS)) or (first and first.startswith(NEWBORN_WRITTEN))
        ):  # the stages leave what stands before a comma, and a generation, where it is
            first = last = None
        else:
            full = None
    return _read(
        first,
        last,
        full,
        company,
        lead.street,
        number,
        extra,
        lead.city,
        lead.region,
        lead.postcode,
        lead.country,
        phone,
        email,
        birth,
        site,
        ids,
    )


@lru_cache(maxsize=4096)
def _attribute(path: str) -> str | None:
    """What an attribute says of who somebody is: birth, number, extra, site, or the kind of a unique id."""
    name = fold(path.rpartition(".")[2].rpartition("]")[2] or path).replace(" ", "")
    table: Mapping[str, frozenset[str]] = {"birth": BIRTH, "number": HOUSE_NUMBER, "extra": SECOND_LINE, "site": SITE}
    for what, names in table.items():
        if name in names:
            return what
    return f"{name[:12]}" if name in UNIQUE_IDS else None
