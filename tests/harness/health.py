"""What a process says of its health."""

from __future__ import annotations

import http.client


def asked(port: int, path: str) -> int | None:
    """The status of a probe; None where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
