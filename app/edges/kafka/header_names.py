"""Header names that are not UTF-8, which any producer can write. aiokafka stops reading a partition at such a record, for good.

Its fast parser raises over the name, and knows nothing of the records behind it. Here such a fetch is parsed once more, by
aiokafka's own slow parser, which then shows the bytes of such a name as `\\xff`. All other fetches go the fast way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords


def tolerate_header_names() -> None:
    """From now on consumers of this process read such records, too."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = _Kept, _Records


class _Kept:
    """A fetch's batches, and the bytes that they came in."""

    def __init__(self, data: bytes) -> None:
        self.data, self._batches = data, MemoryRecords(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)


class _Records(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka carries no types
    _aborted_transactions: list[Any]
    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        aborted = list(self._aborted_transactions)
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            reached = self.next_fetch_offset
            self._records, self._aborted_transactions = _Patient(self._records.data), aborted
            self._aborted_producers.clear()  # all of it once more: which transactions were aborted, the earlier batches tell
            for record in super()._unpack_records():
                if record.offset >= reached:
                    yield record


class _Patient:
    """The batches of a fetch (format 2, as all brokers since 2017 keep them), by the slow parser."""

    _LENGTH_AT, _FRAME = 8, 12  # of a batch: its first offset, and how many bytes follow

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def has_next(self) -> bool:
        return self._end <= len(self._data)

    def next_batch(self) -> Any:
        start, self._at = self._at, self._end
        return _Batch(self._data[start : self._at])

    @property
    def _end(self) -> int:
        """Where the next batch ends; beyond the data: there is none, or its end was cut off."""
        length = self._data[self._at + self._LENGTH_AT : self._at + self._FRAME]
        return self._at + self._FRAME + int.from_bytes(length, "big") if len(length) == 4 else len(self._data) + 1


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc]  # declared final, for its authors' own use
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Text(self._buffer)


class _Text(bytearray):
    """Bytes whose parts decode whatever they are."""

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = super().__getitem__(at)
        return _Text(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """As ever, and where that does not go, the bytes' numbers."""
        return super().decode(encoding, "backslashreplace")
