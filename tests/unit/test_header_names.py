"""A record whose header names are not UTF-8 is read like any other: one such record must not stop its partition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.structs import TopicPartition

from app.edges.kafka.header_names import tolerate_header_names

READ_COMMITTED = 1


class Hostile(str):
    """A header name that is no text on the wire."""

    def encode(self, *_: Any) -> bytes:
        return b"bad\xff\xfe"


@pytest.fixture
def tolerant() -> Iterator[None]:
    """The parts of aiokafka, replaced for one test."""
    before = fetcher.MemoryRecords, fetcher.PartitionRecords
    tolerate_header_names()
    yield
    fetcher.MemoryRecords, fetcher.PartitionRecords = before


def batch(first: int, headers: Sequence[list[tuple[str, bytes]]], compression: int = 0, producer: int = -1) -> bytes:
    """A batch of records with these headers, as a broker would hand it out; of a producer's transaction where one is named."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2, compression_type=compression, is_transactional=producer >= 0, producer_id=producer, producer_epoch=0,
        base_sequence=0, batch_size=1 << 20,
    )  # fmt: skip
    for n, one in enumerate(headers):
        builder.append(n, timestamp=1, key=b"k", value=b"v%d" % (first + n), headers=one)
    data = bytearray(builder.build())
    data[:8] = first.to_bytes(8, "big")  # outside of what the checksum covers
    return bytes(data)


def read(data: bytes, start: int = 0, aborted: Sequence[tuple[int, int]] = ()) -> list[tuple[int, tuple[Any, ...]]]:
    """Offset and headers of every record, as a consumer meets them."""
    records = fetcher.MemoryRecords(data)
    found = fetcher.PartitionRecords(TopicPartition("t", 0), records, aborted, start, None, None, True, READ_COMMITTED)
    return [(record.offset, tuple(record.headers)) for record in found]


GOOD, BAD = [("a", b"1")], [(Hostile("x"), b"1"), ("b", b"2")]


def test_aiokafka_alone_stops() -> None:
    """The control: without us one record ends the reading of its partition."""
    with pytest.raises(UnicodeDecodeError):
        read(batch(0, [GOOD, BAD, GOOD]))


@pytest.mark.parametrize("compression", [0, 1, 3, 4], ids=["none", "gzip", "lz4", "zstd"])
@pytest.mark.usefixtures("tolerant")
def test_each_record_is_read_once(compression: int) -> None:
    """What stands before, beside and behind it comes through, in order and once, compressed or not; its name shows its bytes."""
    data = batch(0, [GOOD]) + batch(1, [GOOD, BAD, GOOD], compression) + batch(4, [BAD, GOOD])
    odd = (("bad\\xff\\xfe", b"1"), ("b", b"2"))
    assert read(data) == [(n, odd if n in (2, 4) else tuple(GOOD)) for n in range(6)]
    assert [offset for offset, _ in read(batch(1, [GOOD, BAD, GOOD], compression), start=2)] == [2, 3]


@pytest.mark.usefixtures("tolerant")
def test_a_batch_that_was_cut_off_waits() -> None:
    """A fetch may end within a batch: what is whole is read, the rest is fetched again."""
    data = batch(0, [BAD]) + batch(1, [GOOD])
    assert [offset for offset, _ in read(data[:-5])] == [0]


@pytest.mark.usefixtures("tolerant")
def test_what_was_aborted_stays_hidden() -> None:
    """Records of an aborted transaction are no more shown by the slow way than by the fast one."""
    data = batch(0, [GOOD], producer=7) + batch(1, [BAD, GOOD]) + batch(3, [BAD], producer=7)
    assert [offset for offset, _ in read(data, aborted=[(7, 0)])] == [1, 2]
