"""Around every answer: counted by route, with the headers that keep browsers from mischief, and a bug answered as a problem."""

from __future__ import annotations

import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edges.web.problems import ProblemError
from app.ops import metrics_review as metrics

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

log = structlog.get_logger(__name__)


class Watch:
    """The outermost of what stands around the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                page = headers.get("content-type", "").startswith("text/html")
                headers["Content-Security-Policy"] = _PAGE if page else _NOTHING
                headers.setdefault("Cache-Control", "no-store")  # what is shown is personal data, or of this moment
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:
            log.error("request_failed", exc_info=error)
            if status:
                raise
            bug = ProblemError("internal", 500, "a bug of ours", "report it; the log has its traceback")
            await bug.answer()(scope, receive, told)
        finally:
            way = scope.get("state", {}).get("way", "unknown")
            metrics.requests.labels(way, str(status or 500)).inc()
            metrics.seconds.labels(way).observe(time.monotonic() - started)
