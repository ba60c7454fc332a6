"""The recogniser: what a value says for or against a field, whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.pipeline.ladder.fitness import FITNESS
from app.pipeline.ladder.fitness_rules import agrees
from app.pipeline.ladder.kinds.people import is_street
from app.pipeline.ladder.kinds.words import GIVEN_NAMES, HAN_SURNAMES
from app.pipeline.ladder.leaf import Candidate, Kind

Candidates = tuple[Candidate, ...]

_LOOKED_AT: Final = 512
_PROSE: Final = 40  # characters from which on a text is rather a message than a caption
_SENTENCE: Final = 20  # characters of a text that ends as sentences do
_SAID: Final = re.compile(r"[.!?…。！？؟।][\s\"'»”）)]*(?:$|\s)|[。！？]")
_NONE: Final[Candidates] = ()
_MAILBOX = re.compile(
    r"(?:mailto:)?(?:(no-?reply|do-?not-?reply|bounce|mailer-daemon|postmaster|notifications?)|"
    r"(info|support|sales|contact|kontakt|hello|service|shop|office|admin|webmaster|marketing|team|help|bilgi|informaci[oó]n|contactos?|"
    r"contatos?|biuro|sekretariat|kundenservice|verkauf|vertrieb|ventas|vendas|sprzedaz|sklep|zakaz|obchod|prodej|iletisim|satis|"
    r"destek|soporte|suporte|atendimento|reservas?|reservations?|praxis|redaktion|verwaltung|ufficio|segreteria|amministrazione|"
    r"accueil|commercial|agence|equipe|admissions?|hr|jobs|karriere|portal|leads?|respostas|mail|post|booking|bookings|enquiries|"
    r"hallo|hola|bonjour|kundendienst|assistenza|clienti|negozio))(?:[+.-][^@]*)?@",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.|::1$|f[cd][0-9a-f]{2}:|fe80:", re.IGNORECASE
)
_MOBILE_DIGITS = re.compile(r"(?:86)?1[3-9]\d{9}|[78]9\d{9}")  # of China and Russia: no other number looks so
_TRACKED = re.compile(r"[?&](?:utm_[a-z]+|gclid|fbclid|msclkid|yclid|gbraid|wbraid)=")
_CLICK = re.compile(r"(?:Cj[0-9w]KC|EAIaIQ|IwAR|IwY2x|IwZX)[\w.-]{8,}")
_BROWSER_ID = re.compile(r"GA1\.\d\.\d{6,12}\.\d{9,11}|fb\.[0-2]\.\d{13}\.\d{6,}|\d{6,10}\.1[4-9]\d{8}")
_HOUSE = re.compile(r"\d")


def _say(field: str, confidence: float) -> Candidates:
    return (Candidate(field, confidence, "shape"),)


_EMAIL, _MAILBOX_OF_MANY, _MACHINE = _say("email", 0.89), _say("email", 0.7), _say("email", 0.2)
_PHONE, _PHONE_ABROAD, _PHONE_BARE, _MOBILE = _say("phone", 0.75), _say("phone", 0.85), _say("phone", 0.6), _say("phone", 0.62)
_IP, _IP_INSIDE = _say("ip", 0.85), _say("ip", 0.4)
_AGENT, _PROGRAM = _say("user_agent", 0.92), _say("user_agent", 0.6)
_PAGE, _ANY_PAGE = _say("page_url", 0.7), _say("page_url", 0.2)
_COMPANY, _COUNTRY, _COUNTRY_CODE = _say("company", 0.7), _say("country", 0.65), _say("country", 0.4)
_LOCALE, _LANGUAGE = _say("language", 0.6), _say("language", 0.35)
_PERSON, _PERHAPS_A_PERSON, _GIVEN = _say("full_name", 0.65), _say("full_name", 0.35), _say("first_name", 0.4)
_POSTCODE, _POSTCODE_DIGITS = _say("postcode", 0.65), _say("postcode", 0.3)
_STREET, _MESSAGE, _CAPTION, _MOMENT = (
    _say("street", 0.65),
    _say("message", 0.35),
    _say("message", 0.15),
    _say("occurred_at", 0.2),
)
_WORDS_OF_SOMEBODY = _say("message", 0.62)
_CLICK_ID, _VISITOR = _say("click_id", 0.75), _say("visitor_id", 0.65)
_AMOUNT = (Candidate("budget", 0.25, "shape"), Candidate("order_value", 0.25, "shape"))


def fits(field: str, kind: Kind, value: Any) -> float:
    """How well a value fits a field that its name suggests, in [0, 1]: 1 as expected, 0 impossible. Never raises.

    Args:
        field: Lead field; one that the pipeline fills itself fits nothing.
        kind: Of the value, as `kind_of` says.
    """
    known = FITNESS.get(field)
    fit = None if known is None else known.get(kind)
    if fit is None:
        return 0.0
    return fit if type(fit) is float else fit(value)  # type: ignore[operator]


def candidates(value: Any, kind: Kind) -> Candidates:
    """Lead fields that a value suggests by itself, likeliest first, of the rung `shape`. Never raises.

    What surrounds the value is judged elsewhere: an address may be the shop's, a browser the salesman's.
    """
    ask = _ASK.get(kind)
    if ask is None:
        return _NONE
    if type(value) is not str:
        return _MOBILE if kind is Kind.INTEGER and type(value) is int and _is_mobile(value) else _NONE
    return ask(value if len(value) <= _LOOKED_AT else value[:_LOOKED_AT])


def _is_mobile(number: int) -> bool:
    return 0 < number < 10**14 and _MOBILE_DIGITS.fullmatch(str(number)) is not None


def _of_email(text: str) -> Candidates:
    mailbox = _MAILBOX.match(text)
    return _EMAIL if mailbox is None else _MACHINE if mailbox.group(1) else _MAILBOX_OF_MANY


def _of_phone(text: str) -> Candidates:
    text = text.strip()
    return _PHONE_ABROAD if text.startswith(("+", "＋")) else _PHONE_BARE if text.isdecimal() else _PHONE


def _of_integer(text: str) -> Candidates:
    return _MOBILE if _MOBILE_DIGITS.fullmatch(text.strip()) else _NONE


def _of_url(text: str) -> Candidates:
    return _PAGE if _TRACKED.search(text) else _ANY_PAGE


def _of_country(text: str) -> Candidates:
    return _COUNTRY if len(text) > 3 or not text.isascii() else _COUNTRY_CODE


def _of_language(text: str) -> Candidates:
    return _LOCALE if "-" in text or "_" in text else _LANGUAGE


def _of_name(text: str) -> Candidates:
    words = text.casefold().split() or [" "]
    if len(words) > 1:
        known = words[0] in GIVEN_NAMES or words[1] in GIVEN_NAMES or words[-1].endswith(("ович", "евич", "овна", "евна"))
        return _PERSON if known else _PERHAPS_A_PERSON
    if words[0] in GIVEN_NAMES:
        return _GIVEN
    return _PERHAPS_A_PERSON if words[0][0] in HAN_SURNAMES and len(words[0]) == 3 else _NONE


def _of_postcode(text: str) -> Candidates:
    return _POSTCODE if any(map(str.isalpha, text)) or text.startswith("〒") or len(text) > 8 else _POSTCODE_DIGITS


def _of_words(text: str) -> Candidates:
    if len(text) > 100 or not _HOUSE.search(text):
        return _NONE
    chinese = ("路" in text or "街" in text) and ("号" in text or "號" in text)
    return _STREET if (chinese or is_street(text)) and text.count(" ") < 8 else _NONE


def _of_text(text: str) -> Candidates:
    said = text.strip()
    if len(said) >= _SENTENCE and _SAID.search(said) and not agrees(said):
        return _WORDS_OF_SOMEBODY
    return _MESSAGE if len(said) >= _PROSE or not said.isascii() else _CAPTION


def _of_identifier(text: str) -> Candidates:
    return _CLICK_ID if _CLICK.match(text) else _VISITOR if _BROWSER_ID.fullmatch(text) else _NONE


_ASK: Final[Mapping[Kind, Callable[[str], Candidates]]] = {
    Kind.EMAIL: _of_email,
    Kind.PHONE: _of_phone,
    Kind.INTEGER: _of_integer,
    Kind.IP: lambda text: _IP_INSIDE if _PRIVATE.match(text) else _IP,
    Kind.USER_AGENT: lambda text: _AGENT if text.startswith("Mozilla/") else _PROGRAM,
    Kind.URL: _of_url,
    Kind.COMPANY: lambda _: _COMPANY,
    Kind.COUNTRY: _of_country,
    Kind.LANGUAGE: _of_language,
    Kind.NAME: _of_name,
    Kind.POSTCODE: _of_postcode,
    Kind.WORDS: _of_words,
    Kind.TEXT: _of_text,
    Kind.MOMENT: lambda text: _MOMENT if ":" in text else _NONE,
    Kind.MONEY: lambda _: _AMOUNT,
    Kind.IDENTIFIER: _of_identifier,
    Kind.NUMBER: lambda text: _VISITOR if _BROWSER_ID.fullmatch(text) else _NONE,
}
