"""Runs the read-only registry beside something else: in a thread of its own, or inside an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from app.errors import ConfigurationError

START_S = 10.0


@asynccontextmanager
async def serving(application: web.Application, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve while the context is open. Yields the URL; port 0 takes a free one.

    Raises:
        ConfigurationError: The port is taken, or the host is not ours.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigurationError(f"the schema registry cannot listen on {host}:{port}: {error.strerror or error}") from None
        bound = runner.addresses[0]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}"
    finally:
        await runner.cleanup()


@contextmanager
def serving_in_thread(application: web.Application, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """As `serving`, for programs without an event loop. Returns when the server has stopped."""
    started: Future[tuple[str, Callable[[], object]]] = Future()

    async def run() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with serving(application, host, port) as url:
            started.set_result((url, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    def main() -> None:
        try:
            asyncio.run(run())
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=main, name="registry", daemon=True)
    thread.start()
    url, stop = started.result(START_S)
    try:
        yield url
    finally:
        stop()
        thread.join(START_S)
