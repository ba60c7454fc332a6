"""The role `api`: the queue follows the topics in one thread, uvicorn answers in the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from app.edges.kafka.review_follower import ReviewFollower
from app.edges.web.connections import HEAD_BYTES, HurriedProtocol
from app.errors import ConfigurationError

STOP_S: Final = 5
BEAT_S: Final = 5  # how often the loop that answers gives a sign of life
CONNECTIONS: Final = 500


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; port 0 takes a free one.

    Raises:
        ConfigurationError: The port is taken, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"the API cannot listen on {host}:{port}: {why}; LEADSTREAM_API_HOST and _PORT name it"
        ) from None


def url_of(listening: socket.socket) -> str:
    """Where it answers."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(
    application: FastAPI, follower: ReviewFollower, listening: socket.socket, stop: threading.Event, proxies: str = ""
) -> None:
    """Until stopped, or until the follower ends. Closes the follower.

    Args:
        proxies: Addresses whose word is believed of where a request came from, blanks between.

    Raises:
        FatalError: Partitions were added: restart.
    """
    server, ended = _server(application, proxies.split(), follower.answering), list[BaseException]()

    def follow() -> None:
        try:
            follower.run(stop)
        except BaseException as error:  # told to whoever started us, once the server has stopped
            ended.append(error)
        finally:
            stop.set()

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    following = threading.Thread(target=follow, name="review", daemon=True)
    for thread in (following, threading.Thread(target=watch, name="review-stop", daemon=True)):
        thread.start()
    try:
        server.run(sockets=[listening])
    finally:
        stop.set()
        following.join()
        follower.close()
    if ended:
        raise ended[0]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the role's: they set `stop`."""
        yield


def _server(application: FastAPI, proxies: list[str], answering: Callable[[], Awaitable[None]] | None = None) -> uvicorn.Server:
    # log_config: our logging masks what libraries say. access_log: who asks for what is not for logs, but the audit's.
    config = uvicorn.Config(
        application,
        http=HurriedProtocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_S,
        server_header=False,
        lifespan="off",
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        callback_notify=answering,
        timeout_notify=BEAT_S,
    )
    return _Server(config)
