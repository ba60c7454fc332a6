"""Health over HTTP: `/healthz` is it making progress, `/readyz` can it do its work, `/metrics` for Prometheus.

A process that is alive is not yet healthy: consumers stay up and stop consuming. So liveness is a matter of beats, which
whoever must make progress gives, and readiness of named checks, each with a sentence for the person who reads it.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import CollectorRegistry, make_wsgi_app

from app.ops.metrics import REGISTRY
from app.settings import AppSettings

Status = Literal["ok", "degraded", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """The state of one thing the process needs.

    Attributes:
        status: degraded: works with less, as designed, and should be looked at; failed: cannot do its work.
        why: What is wrong, in a sentence. todo: What the operator does about it.
    """

    name: str
    status: Status
    why: str = ""
    todo: str = ""


class Health:
    """The checks and beats of one process. Safe to use from all threads.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._checks: dict[str, Check] = {}
        self._beats: dict[str, tuple[float, float]] = {}

    def set(self, name: str, *, ok: bool, degraded: bool = False, why: str = "", todo: str = "") -> None:
        """Say how a named check stands now. `degraded` makes a check that is not ok less than a failure."""
        status: Status = "ok" if ok else "degraded" if degraded else "failed"
        with self._lock:
            self._checks[name] = Check(name, status, "" if ok else why, "" if ok else todo)

    def beat(self, name: str, within_s: float) -> None:
        """Say that `name` made progress, and promise the next beat within so many seconds."""
        with self._lock:
            self._beats[name] = (self._clock(), within_s)

    def forget(self, name: str) -> None:
        """A check or beat that no longer applies."""
        with self._lock:
            self._checks.pop(name, None)
            self._beats.pop(name, None)

    @property
    def checks(self) -> list[Check]:
        with self._lock:
            return sorted(self._checks.values(), key=lambda check: check.name)

    @property
    def ready(self) -> bool:
        """Whether there are checks and none has failed."""
        checks = self.checks
        return bool(checks) and all(check.status != "failed" for check in checks)

    @property
    def overdue(self) -> list[Check]:
        """What made no progress for too long."""
        now = self._clock()
        with self._lock:
            late = [(name, now - at, within) for name, (at, within) in self._beats.items() if now - at > within]
        todo = "restart the process; nothing is lost"
        return [
            Check(name, "failed", f"no progress for {age:.0f} s, promised every {within:g} s", todo) for name, age, within in late
        ]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Probes come every few seconds; they are not news."""


class HealthServer:
    """Serves a process's health and metrics from a thread of its own. A context: leaving it closes the port.

    Args:
        port: 0 takes a free one; see `.port`.
        host: Loopback, unless probes come from outside.
        token: Who asks for metrics must show it as a bearer token; None: nobody is asked. Probes never are: they tell little.
    """

    def __init__(
        self, health: Health, registry: CollectorRegistry, port: int = 0, host: str = "127.0.0.1", token: str | None = None
    ) -> None:
        self._health, self._metrics = health, make_wsgi_app(registry)
        self._shown = None if token is None else f"Bearer {token}".encode()
        self._server: WSGIServer = make_server(host, port, self._answer, handler_class=_Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    def __enter__(self) -> HealthServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics" if not self._may(environ.get("HTTP_AUTHORIZATION", "")):
                start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
                return [b"LEADSTREAM_METRICS_TOKEN is wanted as a bearer token\n"]
            case "/metrics":
                answer: Iterable[bytes] = self._metrics(environ, start_response)
                return answer
            case "/healthz":
                overdue = self._health.overdue
                return _reply(start_response, not overdue, overdue)
            case "/readyz":
                return _reply(start_response, self._health.ready, self._health.checks)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/healthz, /readyz or /metrics\n"]

    def _may(self, authorization: str) -> bool:
        return self._shown is None or hmac.compare_digest(authorization.encode("latin-1", "replace"), self._shown)


@contextmanager
def serving(health: Health, settings: AppSettings) -> Iterator[None]:
    """Serve a role's health and metrics where its settings say so, and nowhere if they name no port."""
    if settings.health_port is None:
        yield
        return
    token = None if settings.metrics_token is None else settings.metrics_token.get_secret_value()
    with HealthServer(health, REGISTRY, settings.health_port, settings.health_host, token):
        yield


def _reply(start_response: Any, good: bool, checks: list[Check]) -> list[bytes]:
    start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "application/json")])
    return [orjson.dumps({"ok": good, "checks": [asdict(check) for check in checks]}) + b"\n"]
