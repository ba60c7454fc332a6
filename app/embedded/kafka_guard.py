"""The embedded broker with its doors shut: TLS, SASL/SCRAM, mutual TLS, and an authorizer that denies what no ACL allows.

Two listeners for clients. `SASL_SSL`: user and password (SCRAM-SHA-512) over TLS. `SSL`: mutual TLS; the certificate's common
name is the user. The broker talks to itself and to its controller by mutual TLS, too: nothing listens in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from pydantic import SecretStr

from app.embedded.certificates import Authority, Certificate
from app.embedded.ports import free_port
from app.settings import KafkaSettings

ADMIN, BROKER = "admin", "broker"  # super users
_ITERATIONS = 4_096  # the least that brokers take
_TIMEOUT_S = 30.0


class Guard:
    """What a guarded broker is made of. Give it to `EmbeddedKafka`.

    Its certificate stands for 127.0.0.1 alone: under any other name, `localhost` too, it is somebody else.

    Args:
        folder: Where the throw-away certificates lie.

    Attributes:
        authority: Who issues certificates that the broker takes.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self._broker = self.authority.issue(BROKER, ["127.0.0.1"])
        self._admin = self.authority.issue(ADMIN)
        self.sasl_port, self.tls_port = free_port(), free_port()

    @property
    def sasl(self) -> str:
        """Bootstrap server of the SASL_SSL listener."""
        return f"127.0.0.1:{self.sasl_port}"

    @property
    def tls(self) -> str:
        """Bootstrap server of the listener with mutual TLS."""
        return f"127.0.0.1:{self.tls_port}"

    def properties(self, controller: str) -> dict[str, str]:
        """Broker properties; `controller`: host and port of its listener."""
        return {
            "listeners": f"SASL_SSL://{self.sasl},SSL://{self.tls},CONTROLLER://{controller}",
            "advertised.listeners": f"SASL_SSL://{self.sasl},SSL://{self.tls}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL",
            "inter.broker.listener.name": "SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._broker.both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.certificate),
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{BROKER};User:{ADMIN}",
        }

    def admin(self) -> KafkaSettings:
        """How the super user reaches it."""
        return self.by_certificate(self._admin)

    def by_certificate(self, mine: Certificate) -> KafkaSettings:
        """How a client with a certificate reaches it."""
        return KafkaSettings(
            bootstrap_servers=self.tls,
            security_protocol="SSL",
            ssl_ca_location=self.authority.certificate,
            ssl_certificate_location=mine.certificate,
            ssl_key_location=mine.key,
        )

    def by_password(self, user: str, password: str) -> KafkaSettings:
        """How a client with a user's name and password reaches it."""
        return KafkaSettings(
            bootstrap_servers=self.sasl,
            security_protocol="SASL_SSL",
            sasl_username=user,
            sasl_password=SecretStr(password),
            ssl_ca_location=self.authority.certificate,
        )

    def enrol(self, users: Mapping[str, str]) -> None:
        """Give users their passwords. The broker runs.

        Raises:
            KafkaException: The broker refuses.
        """
        scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        wanted = [UserScramCredentialUpsertion(user, scram, password.encode()) for user, password in users.items()]
        admin = AdminClient(self.admin().client())
        for answer in admin.alter_user_scram_credentials(wanted, request_timeout=_TIMEOUT_S).values():
            answer.result(_TIMEOUT_S)
