"""Kafka's jars: downloaded once and whole, checked, and then found without any network. A local mirror stands for the network."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.embedded import jars
from app.embedded.jars import Jar, kafka_jars
from app.embedded.ports import free_port
from app.errors import EdgeDown


@dataclass
class Mirror:
    """Serves the jars of this machine's cache, by name; counts what was asked for, and can spoil it."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    spoilt: set[str] = field(default_factory=set)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    real = {path.name: path for path in kafka_jars()}
    served = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            served.asked[name] += 1
            body = real[name].read_bytes() if name in real else b""
            if name in served.spoilt:
                body = body[:-1] + b"?"
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("LEADSTREAM_MAVEN_URL", served.url)
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[Jar, ...]:
    """The five smallest jars stand for all."""
    smallest = tuple(sorted(jars.locked(), key=lambda jar: jar.size)[:5])
    monkeypatch.setattr(jars, "locked", lambda: smallest)
    return smallest


def test_the_lock_covers_the_coordinates() -> None:
    """Everything that was asked for is locked, and no two files share a name."""
    locked = jars.locked()
    assert set(jars.COORDINATES) <= {jar.coordinate for jar in locked}
    assert len({jar.file_name for jar in locked}) == len(locked)


def test_later_starts_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is found within 50 ms, whether or not anything could be downloaded."""
    expected = kafka_jars()
    monkeypatch.setenv("LEADSTREAM_MAVEN_URL", f"http://127.0.0.1:{free_port()}")
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        assert kafka_jars() == expected
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.05


def test_downloads_what_is_locked(mirror: Mirror, few: tuple[Jar, ...], tmp_path: Path) -> None:
    """The first time all arrive, as they were locked, and nothing else stays in the folder but the lock file."""
    paths = kafka_jars(tmp_path)
    assert [path.name for path in paths] == [jar.file_name for jar in few]
    assert [path.stat().st_size for path in paths] == [jar.size for jar in few]
    assert {path.name for path in paths[0].parent.iterdir()} == {".lock", *(jar.file_name for jar in few)}


def test_several_at_once(mirror: Mirror, few: tuple[Jar, ...], tmp_path: Path) -> None:
    """Who comes while another downloads waits for it: each file is asked for once."""
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: kafka_jars(tmp_path), range(3)))
    assert found[0] == found[1] == found[2]
    assert [mirror.asked[jar.file_name] for jar in few] == [1] * len(few)


def test_only_what_is_missing_or_cut_short(mirror: Mirror, few: tuple[Jar, ...], tmp_path: Path) -> None:
    """A file that is gone or cut short is fetched again; the whole ones are not."""
    gone, cut, *_ = kafka_jars(tmp_path)
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    mirror.asked.clear()
    kafka_jars(tmp_path)
    assert {name for name in mirror.asked if name.endswith(".jar")} == {gone.name, cut.name}
    assert [path.stat().st_size for path in kafka_jars(tmp_path)] == [jar.size for jar in few]


def test_a_file_that_is_not_the_locked_one_is_refused(mirror: Mirror, few: tuple[Jar, ...], tmp_path: Path) -> None:
    """One byte differs: tried again, then refused, and never put where it would be run."""
    spoilt = few[2].file_name
    mirror.spoilt = {spoilt}
    with pytest.raises(EdgeDown, match=rf"{few[2].coordinate}.*SHA-256"):
        kafka_jars(tmp_path)
    assert not list(tmp_path.glob(f"*/{spoilt}"))


def test_no_network(few: tuple[Jar, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what, from where, to where, and what can be done."""
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("LEADSTREAM_MAVEN_URL", url)
    with pytest.raises(EdgeDown) as failure:
        kafka_jars(tmp_path)
    text = str(failure.value)
    assert all(part in text for part in (url, str(tmp_path), "HTTPS_PROXY", "LEADSTREAM_MAVEN_URL", "KAFKA_BOOTSTRAP_SERVERS"))
    assert any(jar.coordinate in text for jar in few)
