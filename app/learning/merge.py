"""Several partitions in one order: by time, whatever order they are fetched in.

The next record is the head with the smallest key, so the order is a function of the records alone, from whatever positions one
begins. A partition without a head stops the others, until it is promised that whatever still comes of it sorts after a key: which
is for whoever reads the partitions to know (app/edges/kafka/ordered.py). A record that breaks the promise comes at once, and is
counted as late.
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
    """Releases the smallest head, once no stream without a head can have a smaller one.

    Args:
        streams: All of them, each in its own order already.

    Attributes:
        late: Records that broke a promise: a later one of another stream was released already.
    """

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._queues: dict[Stream, deque[tuple[Key, Item]]] = {stream: deque() for stream in streams}
        self._unknown: dict[Stream, Key] = dict.fromkeys(self._queues, ())  # streams without a head → the last promise
        self._least: Key | None = () if self._queues else None  # of those promises; None: every stream has a head
        self._heads: list[tuple[Key, int, Stream]] = []
        self._rank = {stream: rank for rank, stream in enumerate(self._queues)}
        self._released: Key = ()  # the greatest key so far
        self.late = 0

    def push(self, stream: Stream, key: Key, item: Item) -> None:
        """The next record of a stream."""
        queue = self._queues[stream]
        if not queue:
            heappush(self._heads, (key, self._rank[stream], stream))
            promised = self._unknown.pop(stream)
            self.late += key < promised and key < self._released
            self._weigh()
        queue.append((key, item))

    def promise(self, stream: Stream, key: Key) -> None:
        """Whatever comes of the stream from now on sorts after `key`. Says nothing of what lies waiting."""
        if key > self._unknown.get(stream, key):
            self._unknown[stream] = key
            self._weigh()

    def pop(self) -> Item | None:
        """The next record in the merged order; None while it cannot be known."""
        if not self._heads or (self._least is not None and self._least < self._heads[0][0]):
            return None
        _, rank, stream = heappop(self._heads)
        queue = self._queues[stream]
        key, item = queue.popleft()
        if queue:
            heappush(self._heads, (queue[0][0], rank, stream))
        else:
            self._unknown[stream] = ()
            self._weigh()
        self._released = max(self._released, key)
        return item

    @property
    def streams(self) -> list[Stream]:
        """All of them."""
        return list(self._queues)

    @property
    def wanting(self) -> list[Stream]:
        """Those whose next record is not known, while others wait for it."""
        return list(self._unknown) if self._heads else []

    def promised(self, streams: Iterable[Stream]) -> Key:
        """The least promise of these."""
        return min((self._unknown[stream] for stream in streams), default=())

    def depth(self, stream: Stream) -> int:
        """Records of the stream that lie waiting."""
        return len(self._queues[stream])

    def _weigh(self) -> None:
        self._least = min(self._unknown.values(), default=None)
