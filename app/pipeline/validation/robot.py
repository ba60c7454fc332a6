"""Whether a robot filled the form in: fields that people never see, its own name, one text for everything.

Typed, not dropped: a person looks at such a lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

_HONEYPOT = re.compile(
    r"(?i)(?:^|[.\]\[_-])(?:"
    r"honey_?-?pot(?:_?\w{0,12})?|ohnohoney|hp|_?hp_?(?:field|email|name|url|check|input)|ak_hp_textarea|_?gotcha|"
    r"bot-?_?(?:field|trap|check)|spam-?_?trap|url2|website_?url2|contact_me_by_fax(?:_only)?|fax_number_hidden|"
    r"(?:please_)?(?:leave|keep)_(?:this_)?(?:field_)?(?:blank|empty)|(?:do_?not|dont)_?fill(?:_\w{0,12})?|"
    r"b_[0-9a-f]{16,}_[0-9a-f]{6,}"  # Mailchimp's
    r")[\]\"]*$"
)
_UNFILLED = frozenset(("", "false", "0", "off", "no", "null", "none", "undefined", "n"))
_ROBOT = re.compile(
    r"(?i)(?<!cu)bot\b|crawler|spider|slurp|headless|phantomjs|selenium|puppeteer|playwright|python-requests|python-urllib|"
    r"python-httpx|aiohttp|scrapy|\bcurl/|\bwget/|libwww|go-http-client|apache-httpclient|\bjava/|mechanize"
)
_TEXTS = ("first_name", "last_name", "company", "job_title", "street", "city", "message", "interest")
_FEWEST_EQUAL = 3
_SHORTEST_GIBBERISH, _FEWEST_TURNS = 8, 3
_MOST_KNOWN = 10_000


class Honeypots:
    """Remembers which names of attributes are harmless, so that a known payload costs a comparison.

    Args:
        marked: Paths that the source itself declares as bait.

    Attributes:
        harmless: The names judged so far that are none.
    """

    def __init__(self, marked: Iterable[str] = ()) -> None:
        self._marked = frozenset(marked)
        self.harmless: set[str] = set()

    def filled(self, attributes: Mapping[str, str]) -> str | None:
        """The first path of a bait that somebody took."""
        if attributes.keys() <= self.harmless:
            return None
        if len(self.harmless) > _MOST_KNOWN:
            self.harmless.clear()
        for path, text in attributes.items():
            if path in self.harmless:
                continue
            if path not in self._marked and _HONEYPOT.search(path[-80:]) is None:
                self.harmless.add(path)
            elif text.strip().lower() not in _UNFILLED:
                return path
        return None


@lru_cache(maxsize=8192)
def is_robot(user_agent: str) -> bool:
    """Whether a program names itself: crawlers, browsers without a screen, libraries."""
    return _ROBOT.search(user_agent[:1000]) is not None


def is_echo(fields: Mapping[str, Any]) -> bool:
    """Whether names and other fields hold one and the same text."""
    first = fields.get("first_name")
    if first is None or first != fields.get("last_name") or not isinstance(first, str):
        full = fields.get("full_name")
        if full is None or full != fields.get("company") or not isinstance(full, str):
            return False
        return len([name for name in _TEXTS if fields.get(name) == full]) >= _FEWEST_EQUAL - 1
    return len(first) > 1 and len([name for name in _TEXTS if fields.get(name) == first]) >= _FEWEST_EQUAL


def is_gibberish(name: str) -> bool:
    """`RsQbnLkzXwTd`: small letters turn into capitals again and again within one word. No rarer name is judged."""
    return any(
        len(word) >= _SHORTEST_GIBBERISH and sum(a.islower() and b.isupper() for a, b in pairwise(word)) >= _FEWEST_TURNS
        for word in name.split(" ")
    )
