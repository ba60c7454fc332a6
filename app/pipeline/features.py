"""What scoring looks at: numbers and categories of a lead, as known when it arrives. Never a value that names a person.

Numbers are finite. Amounts, counts and lengths are on a log scale, 0 where the lead has none; hour and weekday are points
on a circle, so that 23:00 lies beside 00:00. What the visitor did before is there only where it is known: a lead without a
journey lacks these features, and a model that never met them passes over them. Categories are short lower-case texts from
vocabularies that campaigns and product lists bound; whatever looks like an address or a number of a person becomes `other`.
`words` are hashes (see wording.py); `x.<path>` is an attribute that the source's inventory declares.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import cos, log1p, pi, sin

from app.pipeline.attribute_features import add_attributes
from app.pipeline.channel import channel_of
from app.pipeline.lead import Lead
from app.pipeline.wording import words_and_language

MAX_TEXT = 40  # characters of a category's value
MAX_AMOUNT = 1e12  # beyond it an amount is a mistake, and would only stretch the scale of the others

_HOUR = [(sin(2 * pi * hour / 24), cos(2 * pi * hour / 24)) for hour in range(24)]
_WEEKDAY = [(sin(2 * pi * day / 7), cos(2 * pi * day / 7)) for day in range(7)]
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0

# Mail providers that give addresses to anyone: the first label of the domain, so that yahoo.co.uk is yahoo.
# fmt: off
_FREE_BRANDS = frozenset({
    "gmail", "googlemail", "yahoo", "ymail", "rocketmail", "hotmail", "outlook", "live", "msn", "icloud", "aol", "gmx", "web",
    "t-online", "freenet", "protonmail", "proton", "mail", "email", "yandex", "mailru", "inbox", "zoho", "fastmail", "orange",
    "wanadoo", "laposte", "free", "sfr", "libero", "virgilio", "tiscali", "alice", "terra", "uol", "bol", "qq", "163", "126",
    "sina", "naver", "daum", "hanmail", "rediffmail", "seznam", "wp", "o2", "onet", "interia", "btinternet", "sky", "talktalk",
    "comcast", "verizon", "att", "bellsouth", "cox", "bigpond", "optusnet",
})
# fmt: on
_PERSONAL = re.compile(r"@|(?:\d[\s().-]*){7,}")  # an address, or digits enough for a phone
# In a marketer's text long bare digits are a campaign's id, and a date belongs to its name. +49 …, (030) …, 0171…, and nine
# digits and more in groups are somebody's phone or card.
_WRITTEN_NUMBER = re.compile(
    r"@|[+(]\s*(?:\d[\s().-]*){6}|(?<!\d)0\d{8}|(?<!\d)(?=(?:\d[\s().-]*){9})\d{1,8}(?:[\s().-]+\d{1,8})+(?!\d)"
)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-._/ ]?)\d\d(?:\1\d\d)?(?!\d)")
_COMPLETENESS = 10  # fields counted in `completeness`


@lru_cache(maxsize=8192)
def bounded(text: str) -> str:
    """A marketer's text as a category: lower case, single blanks, at most MAX_TEXT characters; campaign ids are kept.

    `other` where it holds an address or a number written as people write phones and cards.
    """
    text = " ".join(text.lower().split())[: 2 * MAX_TEXT]  # a number that begins in what is kept is seen whole
    return "other" if _WRITTEN_NUMBER.search(_DATE.sub("_", text)) else text[:MAX_TEXT] or "none"


@lru_cache(maxsize=8192)
def bounded_free_text(text: str) -> str:
    """A text that the person may have typed, as a category: `other` where it may hold an address or a number of theirs."""
    return "other" if _PERSONAL.search(text) else bounded(text)


@lru_cache(maxsize=8192)
def domain_class(domain: str) -> str:
    """`free` for mail providers open to anyone, else `corporate`. The domain itself is no feature: it may name a person."""
    return "free" if domain.partition(".")[0] in _FREE_BRANDS else "corporate"


@lru_cache(maxsize=4096)
def device(user_agent: str) -> str:
    """mobile, tablet, desktop or bot, from the few words that all browsers keep in their user agent."""
    text = user_agent.lower()
    if "bot" in text or "crawl" in text or "spider" in text or "curl" in text or "python" in text:
        return "bot"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    if "mobi" in text or "iphone" in text or "android" in text:
        return "mobile"
    return "desktop"


@lru_cache(maxsize=512)
def _language(tag: str) -> str:
    """The language of a tag, without region and script: pt of pt-BR."""
    primary = tag.partition("-")[0].lower()
    return primary if primary.isascii() and primary.isalpha() and len(primary) <= 3 else "none"


def _email_kind(lead: Lead) -> str:
    kind = domain_class(lead.email.rpartition("@")[2]) if lead.email else "none"
    for violation in lead.violations:
        if violation.code == "disposable":
            return "disposable"
        if violation.code == "role_address":
            kind = "role"
    return kind


def _log_amount(value: float | None) -> float:
    """log(1 + value); 0 for nothing, negative, NaN; capped, so that one absurd amount cannot stretch the scale."""
    return log1p(min(value, MAX_AMOUNT)) if value is not None and value > 0 else 0.0


def features(lead: Lead, returning: bool | None = None) -> tuple[dict[str, float], dict[str, str]]:
    """(numbers, categories) of a lead.

    Args:
        returning: Whether the person had been a lead before, with another intent; None: nobody knows.
    """
    hour_sin, hour_cos = _HOUR[lead.occurred_at // _HOUR_MS % 24]
    day_sin, day_cos = _WEEKDAY[(lead.occurred_at // _DAY_MS + _EPOCH_WEEKDAY) % 7]
    name, message, interest = lead.full_name or lead.last_name, lead.message, lead.interest
    campaign = lead.campaign or lead.utm_campaign
    filled = (lead.email, lead.phone, name, lead.company, lead.job_title, lead.city, lead.country, message, interest, campaign)
    numbers = {
        "has_phone": 1.0 if lead.phone else 0.0,
        "has_company": 1.0 if lead.company else 0.0,
        "has_message": 1.0 if message else 0.0,
        "message_length": log1p(len(message)) if message else 0.0,
        "order_value": _log_amount(lead.order_value),
        "budget": _log_amount(lead.budget),
        "orders_count": _log_amount(lead.orders_count),
        "hour_sin": hour_sin,
        "hour_cos": hour_cos,
        "weekday_sin": day_sin,
        "weekday_cos": day_cos,
        "completeness": (_COMPLETENESS - filled.count(None)) / _COMPLETENESS,
        "violations": float(len(lead.violations)),
        "reliability": lead.source_reliability if 0.0 <= lead.source_reliability <= 1.0 else 0.5,
    }
    categories = {
        "source": lead.source,
        "country": lead.country or "none",
        "country_source": lead.country_source or "none",
        "campaign": bounded(campaign) if campaign else "none",
        "medium": bounded(lead.utm_medium) if lead.utm_medium else "none",
        "email": _email_kind(lead),
        "interest": bounded_free_text(interest) if interest else "none",
        "device": device(lead.user_agent) if lead.user_agent else "none",
    }
    if returning is not None:
        numbers["returning"] = 1.0 if returning else 0.0
    language = _language(lead.language) if lead.language else "none"
    if message:
        words, written_in = words_and_language(message)
        if words:
            categories["words"] = words
        if language == "none":
            language = written_in
    categories["language"] = language
    if lead.sessions is not None:
        _add_journey(lead, lead.sessions, numbers, categories)
    if lead.facts:
        add_attributes(lead.facts, lead.occurred_at, numbers, categories, bounded_free_text)
    return numbers, categories


def _add_journey(lead: Lead, sessions: int, numbers: dict[str, float], categories: dict[str, str]) -> None:
    """Sessions, pages, what lies in the cart, how long ago the last step was, and the channels that brought the visitor."""
    numbers["sessions"] = _log_amount(sessions)
    numbers["pages_viewed"] = _log_amount(lead.pages_viewed)
    numbers["cart_adds"] = _log_amount(lead.cart_adds)
    numbers["cart_value"] = _log_amount(lead.cart_value)
    if lead.last_seen_at is not None:
        numbers["hours_since_visit"] = _log_amount((lead.occurred_at - lead.last_seen_at) / _HOUR_MS)
    categories["first_touch"] = channel_of(lead.first_touch)
    categories["last_touch"] = channel_of(lead.last_touch)
