"""Faults that can be done to an installation, drawn from a seeded generator. Each returns when its cause is gone again."""

from __future__ import annotations

import random
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import redis
from pydantic import SecretStr

from app.edges.redis.connecting import connect
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import Child
from app.embedded.redis import EmbeddedRedis
from app.settings import RedisSettings
from tests.harness.fleet import Fleet
from tests.harness.limits import no_memory

MOST_WORKERS = 3


class Chaos:
    """See the module.

    Args:
        fleet: The processes.
        redis: Its Redis, and nobody else's.
        kafka: Its broker, where it may be broken.
    """

    def __init__(self, fleet: Fleet, redis: EmbeddedRedis, kafka: EmbeddedKafka | None, seed: int) -> None:
        self.fleet, self.redis, self.rnd = fleet, redis, random.Random(seed)
        self._kafka = kafka

    def kill(self, role: str | None = None) -> None:
        """Kill -9 one worker, or a role."""
        (self.fleet.roles[role] if role else self._victim()).kill()
        self.fleet.happened[f"kill -9{f' {role}' if role else ''}"] += 1
        self.fleet.revive()

    def join_or_leave(self) -> None:
        """One worker more or one less, between 1 and MOST_WORKERS."""
        workers = len(self.fleet.workers)
        if workers >= MOST_WORKERS or (workers > 1 and self.rnd.random() < 0.5):
            self.leave()
        else:
            self.join()

    def join(self) -> None:
        self.fleet.join()
        self.fleet.happened["join"] += 1

    def leave(self) -> None:
        self.fleet.leave(self._victim())
        self.fleet.happened["leave"] += 1

    def zombie(self, seconds: float) -> None:
        """Freeze a worker for longer than its session: its partitions go to another, then it wakes."""
        victim = self._victim()
        victim.pause()
        self.fleet.wait(seconds)
        victim.resume()
        self.fleet.happened["zombie"] += 1

    def no_more_files(self) -> None:
        """A worker may open no further file, socket or pipe, and then must: its partitions change."""
        victim = self._victim()
        used = len(list(Path(f"/proc/{victim.pid}/fd").iterdir()))
        resource.prlimit(victim.pid, resource.RLIMIT_NOFILE, (used, used))
        self.join()
        self.fleet.happened["no more files"] += 1

    def no_more_memory(self) -> None:
        """A worker may take no further memory."""
        victim = self._victim()
        pages = int(Path(f"/proc/{victim.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize()
        resource.prlimit(victim.pid, resource.RLIMIT_AS, (limit, limit))
        self.fleet.happened["no more memory"] += 1

    def out_of_memory(self, group: str) -> None:
        """The kernel kills a worker that wants more memory than there is."""
        victim = self._victim()
        with no_memory(victim.pid, group):
            assert victim.wait(30) == -9, "the kernel let it live"
        self.fleet.happened["killed out of memory"] += 1

    def redis_kill(self, away_s: float = 2.0) -> None:
        self.redis.kill()
        self.fleet.wait(self.rnd.uniform(0, away_s))
        self.redis.start()
        self.fleet.happened["redis kill -9"] += 1

    def redis_lost(self) -> None:
        """Killed, and its files are gone, too: it comes back empty."""
        self.redis.kill()
        for file in self.redis.data_dir.glob("*.aof"):
            file.unlink()
        shutil.rmtree(self.redis.data_dir / "appendonlydir", ignore_errors=True)
        self.redis.start()
        self.fleet.happened["redis comes back empty"] += 1

    def redis_emptied(self) -> None:
        """All data gone at once, by a command."""
        self._redis().flushall()
        self.fleet.happened["redis emptied"] += 1

    def redis_pause(self) -> None:
        self.redis.pause()
        self.fleet.wait(self.rnd.uniform(1, 4))
        self.redis.resume()
        self.fleet.happened["redis pause"] += 1

    def redis_hangs_up(self) -> None:
        """Every connection is closed by Redis."""
        self._redis().client_kill_filter(_type="normal", skipme=True)
        self.fleet.happened["redis hangs up"] += 1

    def redis_sleeps(self, seconds: float) -> None:
        """It answers nobody for so long, in the middle of whatever it was asked."""
        _run(self._redis(seconds + 5), "DEBUG", "SLEEP", str(seconds))
        self.fleet.happened["redis sleeps"] += 1

    def redis_full(self, seconds: float) -> None:
        """No memory for anything new, and nothing is evicted."""
        self._for_a_while({"maxmemory": "1mb"}, {"maxmemory": "0"}, seconds)
        self.fleet.happened["redis full"] += 1

    def redis_read_only(self, seconds: float) -> None:
        """A replica of nobody: what happens when a failover leaves the clients with the old primary."""
        client = self._redis()
        client.replicaof("127.0.0.1", "1")
        self.fleet.wait(seconds)
        client.replicaof("NO", "ONE")
        self.fleet.happened["redis read-only"] += 1

    def redis_refuses(self, seconds: float) -> None:
        """The password is another one, and whoever is connected must say it again."""
        client = self._redis()
        _run(client, "ACL", "SETUSER", "keeper", "on", ">kept", "~*", "&*", "+@all")
        keeper = redis.Redis(port=self.redis.port, username="keeper", password="kept")
        _run(keeper, "ACL", "SETUSER", "default", "resetpass", ">another")
        keeper.client_kill_filter(_type="normal", skipme=True)
        self.fleet.wait(seconds)
        _run(keeper, "ACL", "SETUSER", "default", "nopass")
        self.fleet.happened["redis refuses"] += 1

    def broker_restart(self) -> None:
        """Kill -9, and started again on the same port and data."""
        broker = self._broker()
        broker.kill()
        self.fleet.wait(self.rnd.uniform(0, 2))
        broker.start()
        self.fleet.happened["broker kill -9"] += 1

    def broker_pause(self, seconds: float) -> None:
        """Frozen for longer than a session lasts: afterwards everybody's is over."""
        broker = self._broker()
        broker.pause()
        self.fleet.wait(seconds)
        broker.resume()
        self.fleet.happened["broker pause"] += 1

    def broker_absent(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Stopped in order, and back after so long."""
        broker = self._broker()
        broker.stop()
        self.fleet.wait(seconds)
        meanwhile()
        broker.start()
        self.fleet.happened["broker absent"] += 1

    def _victim(self) -> Child:
        assert self.fleet.wait_until(lambda: any(one.running for one in self.fleet.workers), 30), "no worker runs"
        return self.rnd.choice([one for one in self.fleet.workers if one.running])

    def _broker(self) -> EmbeddedKafka:
        assert self._kafka is not None, "this broker is shared with other tests"
        return self._kafka

    def _redis(self, timeout_s: float = 5.0) -> redis.Redis:
        return connect(RedisSettings(url=SecretStr(self.redis.url), timeout_s=timeout_s))

    def _for_a_while(self, first: dict[str, str], then: dict[str, str], seconds: float) -> None:
        client = self._redis()
        for name, value in first.items():
            client.config_set(name, value)
        self.fleet.wait(seconds)
        for name, value in then.items():
            client.config_set(name, value)


def _run(client: redis.Redis, *command: str) -> None:
    client.execute_command(*command)  # type: ignore[no-untyped-call]
