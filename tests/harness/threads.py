"""A role in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_S = 30


@contextmanager
def in_thread(role: Callable[[threading.Event], object]) -> Iterator[None]:
    """Run it until the block ends; what it raises, this raises.

    Args:
        role: Gets the event that tells it to stop.
    """
    stop, failure = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            role(stop)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_S)
    assert not thread.is_alive()
    if failure:
        raise failure[0]
