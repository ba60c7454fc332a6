"""What a feature says of a lead, in words for sales people. Each phrase is a fact; whether it spoke for or
against is told beside.

A phrase holds nothing but what the features hold: counts, amounts, and categories that are bounded and free of personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import atan2, pi
from typing import Final

from app.pipeline.attribute_features import PREFIX
from app.pipeline.explaining_amounts import ago, amount, count, many, times, unlogged

Numbers = Mapping[str, float]
Categories = Mapping[str, str]
Phrase = Callable[[Numbers, Categories, bool], str | None]
"""Numbers, categories, whether it spoke for the lead → the phrase; None: nothing that can be said."""

CROSS: Final = " × "  # between the names of two features that count together
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LANGUAGES: Final = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pt": "Portuguese",
    "pl": "Polish", "sv": "Swedish", "da": "Danish", "cs": "Czech", "tr": "Turkish", "ja": "Japanese", "ko": "Korean",
    "zh": "Chinese", "el": "Greek", "he": "Hebrew", "th": "Thai", "cyrillic": "Cyrillic letters", "arabic": "Arabic letters",
}  # fmt: skip
_UNTOLD: Final = {"none": "not told", "other": "something else"}
_EMAILS: Final = {
    "corporate": "company e-mail address", "free": "private e-mail address", "role": "mailbox of several people",
    "none": "no e-mail address", "disposable": "throw-away e-mail address",
}  # fmt: skip
_CHANNELS: Final = {
    "paid": "paid advertising", "email": "e-mail", "search": "a search engine", "social": "social media", "direct": "itself",
    "referral": "a link elsewhere", "affiliate": "an affiliate", "display": "a banner",
}  # fmt: skip


def _given(feature: str, what: str) -> Phrase:
    return lambda numbers, _, __: f"{what} given" if numbers.get(feature, 0.0) > 0.0 else f"no {what}"


def _value(feature: str, some: str, none: str, other: str | None = None) -> Phrase:
    def phrase(_: Numbers, categories: Categories, __: bool) -> str | None:
        value = categories.get(feature, "none")
        return none if value == "none" else other if value == "other" else f"{some} {value}"

    return phrase


def _amount(feature: str, some: str, none: str) -> Phrase:
    def phrase(numbers: Numbers, _: Categories, __: bool) -> str:
        value = numbers.get(feature, 0.0)
        return f"{some} {amount(unlogged(value))}" if value > 0.0 else none

    return phrase


def _message(numbers: Numbers, _: Categories, __: bool) -> str:
    length = count(numbers.get("message_length", 0.0))
    if numbers.get("has_message", 0.0) <= 0.0:
        return "no message"
    return "long message" if length >= 200 else "short message" if 0 < length < 40 else "message given"


def _returning(numbers: Numbers, _: Categories, __: bool) -> str | None:
    if "returning" not in numbers:
        return None
    return "has asked for something before" if numbers.get("returning", 0.0) > 0.0 else "seen for the first time"


def _words(_: Numbers, categories: Categories, __: bool) -> str | None:
    return "what the message says" if categories.get("words") else None


def _orders(numbers: Numbers, _: Categories, __: bool) -> str:
    orders = count(numbers.get("orders_count", 0.0))
    return f"ordered {times(orders)} before" if orders else "no order before"


def _hour(numbers: Numbers, _: Categories, __: bool) -> str | None:
    if "hour_sin" not in numbers:
        return None
    return f"came around {round(atan2(numbers['hour_sin'], numbers.get('hour_cos', 0.0)) / (2 * pi) * 24) % 24}:00 UTC"


def _weekday(numbers: Numbers, _: Categories, __: bool) -> str | None:
    if "weekday_sin" not in numbers:
        return None
    return f"came on a {_DAYS[round(atan2(numbers['weekday_sin'], numbers.get('weekday_cos', 0.0)) / (2 * pi) * 7) % 7]}"


def _completeness(numbers: Numbers, _: Categories, __: bool) -> str:
    return f"{round(10 * numbers.get('completeness', 0.0))} of 10 details given"


def _violations(numbers: Numbers, _: Categories, __: bool) -> str:
    problems = round(numbers.get("violations", 0.0))
    return f"{many(problems, 'problem')} in its data" if problems else "nothing wrong in its data"


def _source(_: Numbers, categories: Categories, good: bool) -> str | None:
    source = categories.get("source")
    return f"source {source} converts {'better' if good else 'worse'} than others" if source else None


def _email(_: Numbers, categories: Categories, __: bool) -> str | None:
    return _EMAILS.get(categories.get("email", "none"))


def _device(_: Numbers, categories: Categories, __: bool) -> str | None:
    device = categories.get("device", "none")
    return "device not known" if device == "none" else f"came by {device}"


def _language(_: Numbers, categories: Categories, __: bool) -> str | None:
    language = categories.get("language", "none")
    return "language not known" if language == "none" else f"language {_LANGUAGES.get(language, language)}"


def _visits(numbers: Numbers, _: Categories, __: bool) -> str:
    if "sessions" not in numbers:  # a model may learn from that, too
        return "no visit to the shop known"
    visits, hours = count(numbers["sessions"]), numbers.get("hours_since_visit")
    if not visits:
        return "never visited the shop"
    last = f", {'' if visits == 1 else 'last '}{ago(unlogged(hours))} ago" if hours is not None else ""
    return f"visited {times(visits)}{last}"


def _pages(numbers: Numbers, _: Categories, __: bool) -> str | None:
    pages = count(numbers.get("pages_viewed", 0.0))
    return f"looked at {many(pages, 'page')}" if pages else "looked at no page" if "pages_viewed" in numbers else None


def _cart(numbers: Numbers, _: Categories, __: bool) -> str | None:
    value, things = numbers.get("cart_value", 0.0), count(numbers.get("cart_adds", 0.0))
    if value > 0.0:
        return f"cart worth {amount(unlogged(value))}"
    return f"put {many(things, 'thing')} into the cart" if things else "nothing in the cart" if "cart_adds" in numbers else None


def _touch(feature: str, how: str) -> Phrase:
    def phrase(_: Numbers, categories: Categories, __: bool) -> str | None:
        channel = _CHANNELS.get(categories.get(feature, ""))
        return f"{how} by {channel}" if channel else None

    return phrase


def attribute(topic: str) -> Phrase:
    """The phrase of an attribute that a source declares: `role is buyer`, `age is 41`."""
    label = topic.removeprefix(PREFIX).replace('"', "")[:40]

    def phrase(numbers: Numbers, categories: Categories, _: bool) -> str | None:
        value = categories.get(topic)
        if value is None:
            number = numbers.get(topic)
            return None if number is None else f"{label} is {number:,.6g}"
        return f"{label} is {_UNTOLD.get(value, value)}"

    return phrase


TOPICS: Final[dict[str, tuple[str, ...]]] = {  # what is said of together → the features that count for it
    "phone": ("has_phone",),
    "company": ("has_company",),
    "message": ("has_message", "message_length"),
    "words": ("words",),
    "returning": ("returning",),
    "order": ("order_value",),
    "budget": ("budget",),
    "orders": ("orders_count",),
    "hour": ("hour_sin", "hour_cos"),
    "weekday": ("weekday_sin", "weekday_cos"),
    "completeness": ("completeness",),
    "violations": ("violations",),
    "source": ("source", "reliability"),
    "country": ("country", "country_source"),
    "campaign": ("campaign",),
    "medium": ("medium",),
    "email": ("email",),
    "interest": ("interest",),
    "device": ("device",),
    "language": ("language",),
    "visits": ("sessions", "hours_since_visit"),
    "pages": ("pages_viewed",),
    "cart": ("cart_adds", "cart_value"),
    "first_touch": ("first_touch",),
    "last_touch": ("last_touch",),
}
PHRASES: Final[dict[str, Phrase]] = {
    "phone": _given("has_phone", "phone number"),
    "company": _given("has_company", "company"),
    "message": _message,
    "words": _words,
    "returning": _returning,
    "order": _amount("order_value", "order of", "no order value"),
    "budget": _amount("budget", "names a budget of", "names no budget"),
    "orders": _orders,
    "hour": _hour,
    "weekday": _weekday,
    "completeness": _completeness,
    "violations": _violations,
    "source": _source,
    "country": _value("country", "country", "country not known"),
    "campaign": _value("campaign", "campaign", "no campaign"),
    "medium": _value("medium", "came by", "no medium told"),
    "email": _email,
    "interest": _value("interest", "asks for", "names no product"),
    "device": _device,
    "language": _language,
    "visits": _visits,
    "pages": _pages,
    "cart": _cart,
    "first_touch": _touch("first_touch", "first came"),
    "last_touch": _touch("last_touch", "last came"),
}
