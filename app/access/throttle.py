"""Limits: how many requests one may send, and how long to wait after wrong passwords. Kept in memory, by each process."""

from __future__ import annotations

import ipaddress
import threading
from typing import Final

from cachetools import LRUCache

_MOST: Final = 20_000  # who is remembered at once; of more the longest unseen is forgotten


class Buckets:
    """Token buckets by key. Safe to use from all threads.

    Args:
        rate: Per second, in the long run.
        burst: At once.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._lock = rate, burst, threading.Lock()
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(_MOST)

    def take(self, key: str, now_s: float) -> float:
        """Take one; 0: it was there. Else nothing is taken, and so many seconds remain until there is one."""
        with self._lock:
            left, at_s = self._left.get(key, (self._burst, now_s))
            left = min(self._burst, left + max(0.0, now_s - at_s) * self._rate)
            wait = 0.0 if left >= 1 else (1 - left) / self._rate
            self._left[key] = (left - (not wait), now_s)
            return wait


class Backoff:
    """Failures in a row cost ever longer waits. Safe to use from all threads.

    Args:
        free: Failures that cost nothing.
        first_s: What the next one costs; each after it twice as much as the one before.
        most_s: At most. Who fails no more for as long as that, and as long again, begins anew.
    """

    def __init__(self, free: int, first_s: float, most_s: float) -> None:
        self._free, self._first_s, self._most_s, self._lock = free, first_s, most_s, threading.Lock()
        self._failed: LRUCache[str, tuple[int, float]] = LRUCache(_MOST)

    def wait(self, key: str, now_s: float) -> float:
        """Seconds to wait before the next try; 0: none."""
        with self._lock:
            count, at_s = self._failed.get(key, (0, now_s))
            return max(0.0, at_s + self._cost(count) - now_s)

    def failed(self, key: str, now_s: float) -> None:
        with self._lock:
            count, at_s = self._failed.get(key, (0, now_s))
            if now_s - at_s > 2 * self._most_s:
                count = 0
            self._failed[key] = (count + 1, now_s)

    def worked(self, key: str) -> None:
        with self._lock:
            self._failed.pop(key, None)

    def _cost(self, count: int) -> float:
        beyond = count - self._free
        return 0.0 if beyond <= 0 else min(self._most_s, self._first_s * 2.0 ** min(beyond - 1, 40))


def network(address: str) -> str:
    """By what an address is counted: of IPv6 the network of 64 bits, for each of its users has them all."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
