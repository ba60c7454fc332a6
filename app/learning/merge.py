"""Several partitions in one order: by time, whatever order they are fetched in.

As long as records lie waiting (a restart, a backlog), the order depends on the records alone, so learning them again gives the
same weights. At the live end a record that arrives after a later one was released comes after it: there, the order between
partitions is the order of arrival, within one fetch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from typing import Generic, TypeVar

Key = tuple[int, ...]
Stream = TypeVar("Stream", bound=Hashable)
Item = TypeVar("Item")


class TimeMerge(Generic[Stream, Item]):
    """Releases the smallest head, once every stream has a head or is known to be at its end.

    Args:
        streams: All of them, each in its own order already.
    """

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._queues: dict[Stream, deque[tuple[Key, Item]]] = {stream: deque() for stream in streams}
        self._ended: set[Stream] = set()
        self._empty = len(self._queues)  # streams of which the next record is not known, nor that there is none
        self._heads: list[tuple[Key, int, Stream]] = []
        self._rank = {stream: rank for rank, stream in enumerate(self._queues)}

    def push(self, stream: Stream, key: Key, item: Item) -> None:
        """The next record of a stream."""
        queue = self._queues[stream]
        if not queue:
            heappush(self._heads, (key, self._rank[stream], stream))
            self._empty -= stream not in self._ended
        self._ended.discard(stream)
        queue.append((key, item))

    def end(self, stream: Stream) -> None:
        """The stream has nothing more for now."""
        if stream not in self._ended:
            self._ended.add(stream)
            self._empty -= not self._queues[stream]

    def pop(self) -> Item | None:
        """The next record in the merged order; None while it cannot be known."""
        if self._empty or not self._heads:
            return None
        _, rank, stream = heappop(self._heads)
        queue = self._queues[stream]
        _, item = queue.popleft()
        if queue:
            heappush(self._heads, (queue[0][0], rank, stream))
        else:
            self._empty += stream not in self._ended
        return item

    @property
    def streams(self) -> list[Stream]:
        """All of them."""
        return list(self._queues)

    def depth(self, stream: Stream) -> int:
        """Records of the stream that lie waiting."""
        return len(self._queues[stream])
