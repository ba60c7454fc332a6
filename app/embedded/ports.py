"""Free ports that stay free while their server is down."""

from __future__ import annotations

import random
import socket

# Below Linux's and macOS's ranges of ephemeral ports. In those, a client that keeps calling a dead server's port can be given
# that very port as its own, connect to itself, and so keep the server from binding it again.
_LOW, _HIGH = 20_000, 32_000
_TRIES = 200


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment.

    Raises:
        OSError: None found.
    """
    for port in random.SystemRandom().sample(range(_LOW, _HIGH), _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port of 127.0.0.1 between {_LOW} and {_HIGH} in {_TRIES} tries")
