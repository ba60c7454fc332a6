"""Whether a browser asks for one of our own pages, or for somebody else's. For writes by cookie, and for logging in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def cross_site(site: str | None, origin: str | None, host: str, hosts: Collection[str]) -> bool:
    """Whether a request comes from another site's page.

    Args:
        site: Sec-Fetch-Site. Browsers set it, and pages cannot.
        origin: Origin. Older browsers have only that; what is no browser sends neither.
        host: Host: as whom we were asked.
        hosts: Names under which a proxy in front of us is asked, at its usual port.
    """
    if site is not None and site not in ("same-origin", "none"):
        return True
    if origin is None:
        return False
    try:
        told = urlsplit(origin)
        return told.netloc.lower() != host.lower() and (told.port is not None or told.hostname not in hosts)
    except ValueError:
        return True
