"""What the embedded broker needs before it starts."""

from __future__ import annotations

import uuid

from app.embedded.kafka import cluster_id


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    """Whatever the number begins with, the id is 22 characters long and begins with a letter."""
    ids = [cluster_id(uuid.UUID(bytes=bytes([first] + [0xFB] * 15))) for first in range(256)]
    assert all(len(one) == 22 and one[0].isalpha() for one in ids)
