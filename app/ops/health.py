"""Health over HTTP: `/healthz` is it making progress, `/readyz` can it do its work, `/metrics` for Prometheus.

A process that is alive is not yet healthy: consumers stay up and stop consuming. So liveness is a matter of beats, which
whoever must make progress gives, and readiness of named checks, each with a sentence for the person who reads it. A process
whose beats are overdue ends itself (watchdog.py): probes are for who has no such process, and for who looks on.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import CollectorRegistry, make_wsgi_app

from app.ops.metrics import REGISTRY
from app.ops.watchdog import Watchdog
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


@dataclass(frozen=True, slots=True)
class _Beat:
    at: float
    within_s: float
    doing: str  # what comes after it
    waits: bool  # waiting on purpose excuses it


class Health:
    """The checks and beats of one process. Safe to use from all threads.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._checks: dict[str, Check] = {}
        self._beats: dict[str, _Beat] = {}
        self._waited_at = self._clock()
        self._progress: dict[str, Any] = {}

    def set(self, name: str, *, ok: bool, degraded: bool = False, why: str = "", todo: str = "") -> None:
        """Say how a named check stands now. `degraded` makes a check that is not ok less than a failure."""
        status: Status = "ok" if ok else "degraded" if degraded else "failed"
        with self._lock:
            self._checks[name] = Check(name, status, "" if ok else why, "" if ok else todo)

    def beat(self, name: str, within_s: float, doing: str = "") -> None:
        """Say that `name` made progress, and promise the next beat within so many seconds.

        Args:
            doing: What it does until then, for the log of one that never came.
        """
        with self._lock:
            self._beats[name] = _Beat(self._clock(), within_s, doing, waits=False)

    def stands(self, name: str, since: float, within_s: float, doing: str = "") -> None:
        """Say that `name` made its last progress then. Time in which something was waited for on purpose does not count."""
        with self._lock:
            self._beats[name] = _Beat(since, within_s, doing, waits=True)

    def stand(self, prefix: str, told: Mapping[str, tuple[float, float, str]]) -> None:
        """As `stands` for all names with the prefix at once: name → since, within_s, doing. Those not told are at rest."""
        with self._lock:
            others = {name: beat for name, beat in self._beats.items() if not name.startswith(prefix)}
            self._beats = others | {name: _Beat(*one, waits=True) for name, one in told.items()}

    def waits(self) -> None:
        """Something outside is down and is waited for: until now nobody can be blamed for standing still."""
        self._waited_at = self._clock()

    def renew(self) -> None:
        """The whole process stood still (it was frozen, or the machine slept): all promises count from now."""
        with self._lock:
            self._waited_at = now = self._clock()
            self._beats = {name: replace(beat, at=now) for name, beat in self._beats.items()}

    def progress(self, told: Mapping[str, Any]) -> None:
        """What both pages say of the position: how many records wait, and since when nothing moved."""
        with self._lock:
            self._progress = dict(told)

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
            ages = [(name, one, now - max(one.at, self._waited_at if one.waits else one.at)) for name, one in self._beats.items()]
        return [
            Check(name, "failed", _why(one, age), "it ends itself, to be started again; nothing is lost")
            for name, one, age in ages
            if age > one.within_s
        ]

    @property
    def told(self) -> dict[str, Any]:
        """What `progress` was told last."""
        with self._lock:
            return self._progress


def _why(beat: _Beat, age: float) -> str:
    doing = f"; it was {beat.doing}" if beat.doing else ""
    return f"no progress for {age:.0f} s, promised every {beat.within_s:g} s{doing}"


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
                return _reply(start_response, not overdue, overdue, self._health.told)
            case "/readyz":
                return _reply(start_response, self._health.ready, self._health.checks, self._health.told)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/healthz, /readyz or /metrics\n"]

    def _may(self, authorization: str) -> bool:
        return self._shown is None or hmac.compare_digest(authorization.encode("latin-1", "replace"), self._shown)


@contextmanager
def serving(health: Health, settings: AppSettings) -> Iterator[None]:
    """A role at work: its progress is watched, and its health and metrics served where its settings name a port."""
    with ExitStack() as held:
        held.enter_context(Watchdog(health))
        if settings.health_port is not None:
            token = None if settings.metrics_token is None else settings.metrics_token.get_secret_value()
            held.enter_context(HealthServer(health, REGISTRY, settings.health_port, settings.health_host, token))
        yield


def _reply(start_response: Any, good: bool, checks: list[Check], progress: Mapping[str, Any]) -> list[bytes]:
    start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "application/json")])
    return [orjson.dumps({"ok": good, "checks": [asdict(check) for check in checks], "progress": progress}) + b"\n"]
