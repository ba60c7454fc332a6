"""Which channel brought a visitor: a touch (`google/cpc`, `news.example`) as one of ten words.

Ten and no more: a domain or a campaign's own words may name somebody, and would be too many to learn from.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# As the default channel groups of Google Analytics 4 tell media apart, without its distinctions by source.
_MEDIA: Final = (
    ("paid", re.compile(r".*cp[cav].*|ppc|retargeting|remarketing|paid.*|click|ads?")),
    ("display", re.compile(r"display|banner|expandable|interstitial|cpm")),
    ("email", re.compile(r"e?[-_]?mail(?:ing)?|newsletter")),
    ("social", re.compile(r"social.*|sm")),
    ("affiliate", re.compile(r"affiliates?|partners?")),
    ("search", re.compile(r"organic")),
    ("referral", re.compile(r"referral|link|app")),
    ("message", re.compile(r"sms|.*push|whatsapp|messenger")),
)
# fmt: off
_SEARCH: Final = frozenset({
    "google", "bing", "yahoo", "duckduckgo", "yandex", "ya", "baidu", "ecosia", "naver", "daum", "qwant", "startpage",
    "seznam", "brave",
})
_SOCIAL: Final = frozenset({
    "facebook", "fb", "instagram", "linkedin", "lnkd", "twitter", "x", "t", "youtube", "youtu", "pinterest", "reddit",
    "tiktok", "xing", "vk", "threads", "whatsapp", "telegram", "weibo", "wechat", "snapchat", "quora",
})
# fmt: on


@lru_cache(maxsize=8192)
def channel_of(touch: str | None) -> str:
    """direct (None), paid, display, email, social, affiliate, search, referral, message or other.

    Args:
        touch: As `app.pipeline.touch.touch_of` tells it: source and medium, one of them alone, or a domain.
    """
    if touch is None:
        return "direct"
    source, both, medium = touch.partition("/")
    channel = next((name for name, look in _MEDIA if look.fullmatch(medium if both else source)), None)
    if channel is not None or both:
        return channel or "other"
    brand, dot, _ = source.partition(".")
    if brand in _SEARCH:
        return "search"
    return "social" if brand in _SOCIAL else "referral" if dot else "other"
