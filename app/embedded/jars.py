"""Kafka's jars (broker, tools, Connect): downloaded once, checked, then found on disk without any network.

`jars.lock` pins every file with its size and SHA-256, so that nobody resolves versions at start: what jgo downloads is what was
locked. `python -m app.embedded.jars` writes the lock anew from COORDINATES.

Files are moved into their folder only when complete and checked; a file of the right name and size is therefore right, and a
later start needs no more than one stat per file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import EdgeDown, LeadstreamError

if TYPE_CHECKING:
    from rich.console import Console

KAFKA_VERSION = "4.1.1"
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
    f"org.apache.kafka:connect-runtime:{KAFKA_VERSION}",
    f"org.apache.kafka:connect-file:{KAFKA_VERSION}",
    f"org.apache.kafka:connect-json:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
_PARALLEL = 6
_TIMEOUT_S = 30
_ATTEMPTS = 3
_PARTIAL = ".partial"  # jgo's own tree, until a file is complete and checked

_Moved = Callable[[int, int], None]  # told (bytes arrived, files completed) by several threads; bytes can be taken back


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked file: Maven coordinate (group:artifact:version), size in bytes, SHA-256 in hex."""

    coordinate: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def cache_dir() -> Path:
    """Where downloads stay between runs: $XDG_CACHE_HOME/leadstream, or ~/.cache/leadstream."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leadstream"


def locked() -> tuple[Jar, ...]:
    lines = files("app.embedded").joinpath("jars.lock").read_text().splitlines()
    return tuple(Jar(coordinate, int(size), digest) for coordinate, size, digest in (line.split() for line in lines))


def kafka_jars(cache: Path | None = None, console: Console | None = None) -> list[Path]:
    """All jars, in a fixed order. Downloads what is missing, with a progress bar.

    Safe in several processes at once: one downloads, the others wait for it.

    Args:
        cache: Where they are kept; see `cache_dir`.
        console: Where the progress is shown; standard error if not given.

    Raises:
        EdgeDown: A download failed. What did arrive is kept.
    """
    folder = (cache or cache_dir()) / f"kafka-{KAFKA_VERSION}"
    jars = locked()
    if _missing(jars, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _download(_missing(jars, folder), folder, console)
    return [folder / jar.file_name for jar in jars]


def _missing(jars: tuple[Jar, ...], folder: Path) -> tuple[Jar, ...]:
    try:
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
    except FileNotFoundError:
        return jars
    return tuple(jar for jar in jars if sizes.get(jar.file_name) != jar.size)


def _download(jars: tuple[Jar, ...], folder: Path, console: Console | None) -> None:
    if not jars:
        return
    with _progress(jars, folder, console) as moved, ThreadPoolExecutor(_PARALLEL) as pool:
        fetched = [pool.submit(_fetch, jar, folder, moved) for jar in jars]
        try:
            for future in fetched:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)  # one failed, or Ctrl-C: start no further ones
            raise
    shutil.rmtree(folder / _PARTIAL)


def _fetch(jar: Jar, folder: Path, moved: _Moved) -> None:
    """Download one jar through jgo into a folder of its own, check it, and move it to its place."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext, PythonResolver

    url = os.environ.get("LEADSTREAM_MAVEN_URL") or MAVEN_CENTRAL_URL
    arrived = 0

    @contextmanager
    def observe(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        def add(count: int) -> None:
            nonlocal arrived
            arrived += count
            moved(count, 0)

        yield add

    context = MavenContext(PythonResolver(progress_callback=observe), folder / _PARTIAL, [], {"maven": url}, _TIMEOUT_S)
    artifact = context.create_dependency(jar.coordinate).artifact
    for attempt in range(1, _ATTEMPTS + 1):
        Path(artifact.cached_path).unlink(missing_ok=True)  # jgo would take a half-downloaded file for a whole one
        try:
            path = Path(artifact.resolve())
            if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
                raise _WrongFileError(f"{jar.file_name} is not the file that was locked (SHA-256 differs)")
        except (OSError, RuntimeError, _WrongFileError) as error:  # requests' errors are OSErrors; jgo's are RuntimeErrors
            moved(-arrived, 0)
            arrived = 0
            if attempt == _ATTEMPTS:
                raise EdgeDown(_advice(jar, folder, url, error)) from error
        else:
            path.replace(folder / jar.file_name)
            moved(0, 1)
            return


class _WrongFileError(LeadstreamError):
    pass


def _advice(jar: Jar, folder: Path, url: str, error: Exception) -> str:
    return (
        f"Apache Kafka cannot be downloaded: {jar.coordinate} from {url} into {folder}: {type(error).__name__}: {error}\n"
        "To mend it: check the network; behind a proxy set HTTPS_PROXY; where a mirror of Maven Central is used, set "
        "LEADSTREAM_MAVEN_URL to it; without any network copy the folder from a machine that has it. Then start again: files "
        "that have arrived are kept. To use a Kafka of your own and download nothing, set KAFKA_BOOTSTRAP_SERVERS."
    )


@contextmanager
def _progress(jars: tuple[Jar, ...], folder: Path, console: Console | None) -> Iterator[_Moved]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = console or Console(stderr=True)
    total = sum(jar.size for jar in jars)
    console.print(
        f"Downloading Apache Kafka {KAFKA_VERSION}, once: {len(jars)} files, {total / 1e6:.0f} MB, to {folder}", soft_wrap=True
    )
    files_done = TextColumn("{task.fields[done]}/{task.fields[of]} files")
    columns = (BarColumn(), DownloadColumn(), files_done, TimeRemainingColumn())
    bar = Progress(*columns, console=console, disable=not console.is_terminal)
    with bar:
        task = bar.add_task("jars", total=total, done=0, of=len(jars))
        lock = threading.Lock()

        def moved(count: int, whole: int) -> None:
            with lock:
                bar.update(task, advance=count, done=bar.tasks[0].fields["done"] + whole)

        yield moved


def _lock() -> str:
    """The lines of `jars.lock`: everything that COORDINATES need at run time, resolved by jgo over the network."""
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(PythonResolver())
    wanted, transitive = context.resolver.resolve([context.create_dependency(coordinate) for coordinate in COORDINATES])
    needed = [*wanted, *(dependency for dependency in transitive if dependency.scope in ("compile", "runtime"))]
    artifacts = {dependency.artifact.filename: dependency.artifact for dependency in needed}
    lines = []
    for name in sorted(artifacts):
        artifact = artifacts[name]
        content = Path(artifact.resolve()).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {len(content)} {digest}\n")
    return "".join(lines)


if __name__ == "__main__":
    Path(__file__).with_name("jars.lock").write_text(_lock())
