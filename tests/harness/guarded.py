"""An installation on a guarded broker: each role is its own user, with the ACLs of `leadstream topics --acls` and no others."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from pathlib import Path

from pydantic import SecretStr

from app.edges.kafka import acls, topics
from app.embedded.kafka import EmbeddedKafka
from app.embedded.kafka_guard import Guard
from app.settings import AppSettings, KafkaSettings, RedisSettings, RegistrySettings
from app.wiring import Installation
from tests.harness.fleet import environment

BY_CERTIFICATE = ("learner", "steward", "monitor", "api")  # the others show a password; both ways must do for everything
PEPPER = "known to all tests, and long enough"  # as in `environment`
_DENIED = re.compile(r"Principal = User:(\S+) is Denied operation = (\w+) from host .* on resource = (\w+):\w+:(\S+) for request")


class Guarded:
    """The broker, the installation's users and what they may do.

    Args:
        prefix: Of topics, groups and users.
        folder: For secrets' files.
        config: The configuration; the repository's without one.
    """

    def __init__(
        self, broker: EmbeddedKafka, guard: Guard, redis: str, prefix: str, folder: Path, config: Path | None = None
    ) -> None:
        self._broker, self._guard, self._redis, self.prefix, self._folder = broker, guard, redis, prefix, folder
        self._config = config or Path("deploy/config")
        self.passwords: dict[str, str] = {}
        self._read_to = 0
        own = AppSettings(
            topic_prefix=prefix, group=f"{prefix}-workers", pepper=SecretStr(PEPPER), config_dir=self._config, partitions=1
        )
        self.owner = Installation(own, guard.admin(), RedisSettings(url=SecretStr(redis)), RegistrySettings())
        self.principals = acls.principals(self.owner.inventory, self.owner.app, {})

    def user(self, role: str) -> str:
        return self.principals[role].removeprefix("User:")

    def enrol(self) -> None:
        """All users, their ACLs, and the topics: these as the role `admin` makes them."""
        self.passwords = {role: secrets.token_hex(16) for role in self.principals}
        self._guard.enrol({self.user(role): password for role, password in self.passwords.items()})
        one = self.owner
        acls.create(one.kafka.client(), acls.acls(one.inventory, one.names, one.app, self.principals))
        specs = topics.declare(one.inventory, one.names, one.app, one.kafka.replication_factor)
        topics.create(self.by_password("admin").client(), specs)

    def by_password(self, role: str) -> KafkaSettings:
        return self._guard.by_password(self.user(role), self.passwords[role])

    def environment(self, role: str, **more: str) -> dict[str, str]:
        """The settings of a role's own process. Secrets are in files."""
        files = {"KAFKA_SSL_CA_LOCATION": str(self._guard.authority.certificate)}
        if role in BY_CERTIFICATE:
            mine = self._guard.authority.issue(self.user(role))
            files |= {"KAFKA_SSL_CERTIFICATE_LOCATION": str(mine.certificate), "KAFKA_SSL_KEY_LOCATION": str(mine.key)}
            reached = environment(self.prefix, self._guard.tls, self._redis, KAFKA_SECURITY_PROTOCOL="SSL")
        else:
            secret = self._folder / f"{role}.password"
            secret.write_text(self.passwords[role] + "\n")
            files |= {"KAFKA_SASL_USERNAME": self.user(role), "KAFKA_SASL_PASSWORD_FILE": str(secret)}
            reached = environment(self.prefix, self._guard.sasl, self._redis, KAFKA_SECURITY_PROTOCOL="SASL_SSL")
        one = {"LEADSTREAM_CONFIG_DIR": str(self._config), "LEADSTREAM_PARTITIONS": "1"}
        return reached | files | one | more

    def denied(self) -> Counter[tuple[str, str, str]]:
        """What the broker denied our users since this was last asked: (role, operation, resource) → times."""
        text = self._broker.log.read_text(errors="replace")
        fresh, self._read_to = text[self._read_to :], len(text)
        role_of = {self.user(role): role for role in self.principals}
        found = ((role_of.get(user), may, f"{kind}:{name}") for user, may, kind, name in _DENIED.findall(fresh))
        return Counter((role, may, what) for role, may, what in found if role)
