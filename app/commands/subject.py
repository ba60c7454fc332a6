"""Whom a request is about: the identifiers that somebody gave us, as options of `erase` and `export`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

import typer

from app.pipeline.behaviour import browser_of, person_of
from app.pipeline.identifiers import Identifier, identifiers
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.validation.phone import parse_phone
from app.privacy.erasing import BROWSER, PERSON, Request

ASK: Final = "-"
_LEAD: Final = re.compile(r"ld_[0-9a-f]{20}")

Email = Annotated[
    list[str] | None, typer.Option("--email", metavar="ADDRESS", help="An e-mail address of theirs. `-`: asked for, or stdin.")
]
Phone = Annotated[
    list[str] | None,
    typer.Option("--phone", metavar="NUMBER", help="A phone number of theirs, with +country code. `-`: as above."),
]
Customer = Annotated[
    list[str] | None, typer.Option("--customer", metavar="ID", help="Their id in your shop or CRM. `-`: as above.")
]
Visitor = Annotated[
    list[str] | None, typer.Option("--visitor", metavar="ID", help="The id of their browser or device. `-`: as above.")
]
Lead = Annotated[list[str] | None, typer.Option("--lead", metavar="LEAD", help="A lead of theirs: ld_ and 20 hex digits.")]


class Given(NamedTuple):
    """What was given, and made sense of.

    Attributes:
        visits: (`person`, e-mail address) and (`browser`, visitor id): under other pseudonyms of these, visits are kept.
    """

    identifiers: tuple[Identifier, ...]
    leads: tuple[str, ...]
    visits: tuple[tuple[str, str], ...] = ()

    def request(
        self, pseudonyms: Pseudonyms, number: str = "", now_ms: int = 0, *, by: str = "", why: str = "", suppress: bool = False
    ) -> Request:
        """As a request: nothing but pseudonyms."""
        named: set[tuple[str, str]] = {(one.kind, one.pseudonym(pseudonyms)) for one in self.identifiers}
        for kind, text in self.visits:
            visited = person_of(text, pseudonyms) if kind == PERSON else browser_of(text, pseudonyms)
            if visited is not None:
                named.add((kind, visited))
        return Request(number, frozenset(named), self.leads, now_ms, by, why, suppress)


def given(
    email: list[str] | None,
    phone: list[str] | None,
    customer: list[str] | None,
    visitor: list[str] | None,
    lead: list[str] | None,
    sources: Callable[[], list[str]],
) -> Given:
    """What the options name.

    Args:
        sources: Whose customer ids count.

    Raises:
        typer.BadParameter: Nothing was named, or something that names nobody.
    """
    found, visits = list[Identifier](), list[tuple[str, str]]()
    for option, values in (("--email", email), ("--phone", phone), ("--customer", customer), ("--visitor", visitor)):
        for value in values or ():
            text = asked(option) if value == ASK else value
            its = _identifiers(option, text, sources)
            if not its:
                raise typer.BadParameter(_useless(option), param_hint=option)
            found += its
            if option in ("--email", "--visitor"):
                visits.append((PERSON if option == "--email" else BROWSER, text.strip()))
    for one in lead or ():
        if not _LEAD.fullmatch(one):
            raise typer.BadParameter("no lead id: those are ld_ and 20 hex digits", param_hint="--lead")
    if not found and not lead:
        raise typer.BadParameter("name the person: --email, --phone, --customer, --visitor or --lead")
    return Given(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(lead or ())), tuple(visits))


def _identifiers(option: str, text: str, sources: Callable[[], list[str]]) -> list[Identifier]:
    match option:
        case "--email":
            return identifiers(email=text.strip()) if "@" in text else []
        case "--phone":
            return identifiers(phone=parse_phone(text.strip(), ()).e164 or text)
        case "--customer":
            return identifiers(customer_id=text, sources=sources())
        case _:
            return identifiers(visitor_id=text)


def asked(option: str) -> str:
    """From who types it, unseen by the shell's history and by the list of processes."""
    name = option.removeprefix("--")
    if sys.stdin.isatty():
        return str(typer.prompt(name, err=True))
    return sys.stdin.readline().strip()


def _useless(option: str) -> str:
    return {
        "--email": "no e-mail address",
        "--phone": "no phone number with its country code, as in +49 30 1234567",
    }.get(option, "empty")
