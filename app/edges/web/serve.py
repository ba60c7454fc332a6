"""The role `api`: the queue follows the topics in one thread, uvicorn answers in the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from app.edges.kafka.review_follower import ReviewFollower
from app.edges.web.app import LOOPBACK
from app.errors import ConfigurationError

STOP_S: Final = 5

log = structlog.get_logger(__name__)


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


def serve(application: FastAPI, follower: ReviewFollower, listening: socket.socket, stop: threading.Event) -> None:
    """Until stopped, or until the follower ends. Closes the follower.

    Raises:
        FatalError: Partitions were added: restart.
    """
    if listening.getsockname()[0] not in LOOPBACK:
        log.warning("api_open", why="there is no authentication: put a proxy in front of it that has one")
    server, ended = _server(application), list[BaseException]()

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


def _server(application: FastAPI) -> uvicorn.Server:
    # log_config: our logging masks what libraries say. access_log: who asks for what is not for logs.
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_S,
        server_header=False,
        lifespan="off",
    )
    return _Server(config)
