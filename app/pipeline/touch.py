"""What brought a visitor: utm source and medium, else whose click it was, else the referrer's domain."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.pipeline.enrichment.campaign import NETWORKS, click_of, parameters
from app.pipeline.enrichment.company import registered

_LONGEST: Final = 40
_HOST: Final = re.compile(r"(?i)(?:https?:)?//(?:[^/@?#]*@)?([^/:?#]+)")
_UNSAFE: Final = re.compile(r"[^\w.-]+")
_PERSONAL: Final = re.compile(r"@|(?:\d[\s().-]*){7,}")  # an address, or digits enough for a phone


@lru_cache(maxsize=8192)
def touch_of(page_url: str | None, referrer: str | None) -> str | None:
    """`google/cpc`, `meta/click`, `news.example`; None within the shop, and where nothing tells."""
    found = parameters(page_url) if page_url and "=" in page_url else {}
    source, medium = found.get("utm_source"), found.get("utm_medium")
    if source or medium:
        return "/".join(_word(text) for text in (source, medium) if text)
    if click := click_of(found):
        return f"{NETWORKS[click[0]]}/click"
    here, there = _domain(page_url), _domain(referrer)
    return None if there is None or there == here else _word(there)


def _word(text: str) -> str:
    return "other" if _PERSONAL.search(text) else _UNSAFE.sub("-", text.lower())[:_LONGEST].strip("-") or "other"


def _domain(url: str | None) -> str | None:
    match = _HOST.match(url) if url else None
    return (registered(match[1]) or match[1]) if match else None
