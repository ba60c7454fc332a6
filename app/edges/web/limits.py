"""What a request may cost: headers, body, depth, time. The body is read here, up to its limit, before anything parses it."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.edges.web.problems import ProblemError
from app.ops.metrics_access import refused

MOST_BYTES: Final = 1_000_000
MOST_HEADERS: Final = 64
DEEPEST: Final = 32
BODY_S: Final = 10.0
ANSWER_S: Final = 60.0
_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OTHERS: Final = re.compile(rb"[^\[\]{}]+")

log = structlog.get_logger(__name__)


class Limits:
    """See the module."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
        except ProblemError as no:
            await no.answer()(scope, receive, send)
        else:
            await self._in_time(scope, _again(body, receive), send)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What takes too long goes on to its end, for threads cannot be stopped; but who asked waits no longer."""
        started = given_up = False

        async def told(message: Message) -> None:
            nonlocal started
            if not given_up:
                started = True
                await send(message)

        task = asyncio.ensure_future(self._app(scope, receive, told))
        try:
            await asyncio.wait({task}, timeout=ANSWER_S)
            if started or task.done():
                await task
                return
            given_up = True
            task.add_done_callback(_ended)
        except asyncio.CancelledError:
            task.cancel()
            raise
        todo = "ask for less, or again; a write with its Idempotency-Key counts once"
        await _no("too_slow", ProblemError("too-slow", 504, "it takes too long", todo)).answer()(scope, receive, send)


def _ended(task: asyncio.Future[None]) -> None:
    """Nobody waits for it any more; how it ended is for the log."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("request_failed", exc_info=error)


async def _body(scope: Scope, receive: Receive) -> bytes:
    headers = Headers(scope=scope)
    if len(scope["headers"]) > MOST_HEADERS:
        raise _no("too_large", ProblemError("too-large", 431, "too many headers", f"send at most {MOST_HEADERS}"))
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length[:20]) > MOST_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(BODY_S):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                parts.append(message.get("body", b""))
                size, more = size + len(parts[-1]), message.get("more_body", False)
                if size > MOST_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise _no("too_slow", ProblemError("too-slow", 408, "the body does not come", "send it at once")) from None
    body = b"".join(parts)
    if depth(body) > DEEPEST:
        raise _no("too_deep", ProblemError("invalid", 422, f"nested deeper than {DEEPEST}", "see /openapi.json"))
    return body


def depth(body: bytes) -> int:
    """How deep a text of JSON nests; of anything else some number."""
    deepest = now = 0
    for sign in _OTHERS.sub(b"", _TEXTS.sub(b"", body)):
        now += 1 if sign in b"[{" else -1
        deepest = max(deepest, now)
    return deepest


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def next_() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_


def _too_large() -> ProblemError:
    return _no("too_large", ProblemError("too-large", 413, "the body is too large", f"send at most {MOST_BYTES} bytes"))


def _no(why: str, problem: ProblemError) -> ProblemError:
    refused.labels(why).inc()
    return problem
