"""Settings from the environment: one frozen class per edge. Secrets come from variables or files, and are never printed."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import ConfigurationError
from app.secrets_from_files import SecretFiles, refuse_placeholder

MAX_RECORD_BYTES = 8_000_000  # what our topics take: a 5 MB record must still fit into the DLQ, with its headers


def _here_or_packaged(here: str, packaged: str) -> Path:
    """A folder of the working directory; where there is none, the one that came with the package, or stands beside it."""
    app = Path(__file__).parent
    places = Path(here), app / "_packaged" / packaged, app.parent / here
    return next((place for place in places if place.is_dir()), places[1])


_QUIET = 2  # syslog's "critical"


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    if not os.access(path, os.R_OK):
        raise ValueError(f"this user may not read {path}")
    return path


PemFile = Annotated[Path, AfterValidator(_readable)]


class _Settings(BaseSettings):
    """What all classes share: each secret NAME may come from a file instead, NAME_FILE, and is never a placeholder."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)  # what is wrong with a secret is said without it

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)

    @field_validator("*")
    @classmethod
    def _no_placeholder(cls, value: Any) -> Any:
        return refuse_placeholder(value) if isinstance(value, SecretStr) else value


class KafkaSettings(_Settings):
    """How to reach Kafka. Environment: KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_…, KAFKA_SSL_…"""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    bootstrap_servers: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_location: PemFile | None = None  # None: the certificate authorities of the system
    ssl_certificate_location: PemFile | None = None
    ssl_key_location: PemFile | None = None
    ssl_key_password: SecretStr | None = None
    replication_factor: int = 1
    log_level: int = Field(_QUIET, ge=0, le=7)  # of librdkafka's own lines on stderr; see `client`

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            raise ValueError(
                f"KAFKA_SECURITY_PROTOCOL is {self.security_protocol}: it needs KAFKA_SASL_USERNAME, and KAFKA_SASL_PASSWORD or "
                "KAFKA_SASL_PASSWORD_FILE"
            )
        if bool(self.ssl_certificate_location) != bool(self.ssl_key_location):
            raise ValueError("KAFKA_SSL_CERTIFICATE_LOCATION and KAFKA_SSL_KEY_LOCATION: set both, or none")
        return self

    def client(self, **extra: Any) -> dict[str, Any]:
        """The configuration of a confluent-kafka client: connection, security, and `extra` on top (dots as in librdkafka).

        librdkafka prints each try at an edge that is down, and each fencing of a lane, past our logs; what matters of it reaches
        us as an error. To look closer, set KAFKA_LOG_LEVEL (syslog's numbers: 3 errors, 6 information, 7 everything).
        """
        config: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "log_level": self.log_level,
        }
        if self.log_level <= _QUIET:  # then nothing goes to stderr; through a logger it is masked like any library's words
            config["logger"] = logging.getLogger("confluent_kafka")
        if self.security_protocol.startswith("SASL"):
            config |= {"sasl.mechanism": self.sasl_mechanism, "sasl.username": self.sasl_username}
            config["sasl.password"] = self.sasl_password.get_secret_value() if self.sasl_password else None
        if self.security_protocol.endswith("SSL"):
            files = {"ssl.ca.location": self.ssl_ca_location, "ssl.certificate.location": self.ssl_certificate_location}
            files["ssl.key.location"] = self.ssl_key_location
            config |= {name: str(path) for name, path in files.items() if path}
            if self.ssl_key_password:
                config["ssl.key.password"] = self.ssl_key_password.get_secret_value()
        return config | extra

    def producer(self, **extra: Any) -> dict[str, Any]:
        """As `client`, for producers. The partitioner is Java's, so that records with one key meet in one partition whichever
        client wrote them.
        """
        return self.client(**{"partitioner": "murmur2_random"} | extra)

    def ssl_context(self) -> ssl.SSLContext:
        """The same TLS settings for clients that take a context. The broker's host name is always verified.

        Raises:
            ConfigurationError: A file holds no such certificate or key, or the key's password is wrong.
        """
        try:
            context = ssl.create_default_context(cafile=str(self.ssl_ca_location) if self.ssl_ca_location else None)
            if self.ssl_certificate_location and self.ssl_key_location:
                password = self.ssl_key_password.get_secret_value() if self.ssl_key_password else ""
                context.load_cert_chain(self.ssl_certificate_location, self.ssl_key_location, password)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigurationError(
                f"KAFKA_SSL_…: a file is no PEM of what it should be, key and certificate do not belong together, or "
                f"KAFKA_SSL_KEY_PASSWORD is wrong ({type(error).__name__})"
            ) from None
        return context


class RedisSettings(_Settings):
    """How to reach Redis. Environment: REDIS_URL (redis:// or, with TLS, rediss://; may hold user and password), REDIS_…"""

    model_config = SettingsConfigDict(env_prefix="REDIS_")

    url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    ssl_ca_certs: PemFile | None = None  # None: the certificate authorities of the system
    ssl_certfile: PemFile | None = None
    ssl_keyfile: PemFile | None = None
    timeout_s: float = 1.0
    desk_budget_s: float = Field(0.5, gt=0, le=5)  # a batch of leads waits so long for owners, and goes to the queues without

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _refuse_half_tls(self, "REDIS")
        return self


class JourneysSettings(_Settings):
    """Where journeys of visitors are kept. Environment: REDIS_JOURNEYS_URL; without it in the Redis of the match index.

    A Redis of its own (`maxmemory-policy volatile-lru`) spares the match index: what many visitors did is more than all leads.
    """

    model_config = SettingsConfigDict(env_prefix="REDIS_JOURNEYS_")

    url: SecretStr | None = None
    ssl_ca_certs: PemFile | None = None
    ssl_certfile: PemFile | None = None
    ssl_keyfile: PemFile | None = None
    timeout_s: float = 1.0  # for who keeps journeys; who asks for a batch of leads has the budget
    budget_s: float = Field(0.05, gt=0, le=1)  # a batch of leads waits so long at each step, and goes on without

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.url:
            _refuse_half_tls(self, "REDIS_JOURNEYS")
        return self

    def asking(self, index: RedisSettings) -> RedisSettings:
        """How to reach it for a batch of leads; `index`: the Redis of the match index."""
        return self._reached(index, self.budget_s)

    def keeping(self, index: RedisSettings) -> RedisSettings:
        """How to reach it for keeping."""
        return self._reached(index, self.timeout_s)

    def _reached(self, index: RedisSettings, timeout_s: float) -> RedisSettings:
        where = index if self.url is None else self
        return RedisSettings(
            url=where.url or index.url,
            ssl_ca_certs=where.ssl_ca_certs,
            ssl_certfile=where.ssl_certfile,
            ssl_keyfile=where.ssl_keyfile,
            timeout_s=timeout_s,
        )


def _refuse_half_tls(one: RedisSettings | JourneysSettings, prefix: str) -> None:
    url = one.url.get_secret_value() if one.url else ""
    if (one.ssl_ca_certs or one.ssl_certfile) and not url.startswith("rediss://"):
        raise ValueError(f"{prefix}_SSL_… is set, but {prefix}_URL does not begin with rediss://: TLS would be off")
    if bool(one.ssl_certfile) != bool(one.ssl_keyfile):
        raise ValueError(f"{prefix}_SSL_CERTFILE and {prefix}_SSL_KEYFILE: set both, or none")
    if "ssl_" in urlsplit(url).query:
        raise ValueError(f"{prefix}_URL: leave TLS options out of the URL; use {prefix}_SSL_CA_CERTS, …; verification stays on")


class RegistrySettings(_Settings):
    """How to reach a schema registry. Environment: SCHEMA_REGISTRY_URL; empty: leadstream serves its schemas itself."""

    model_config = SettingsConfigDict(env_prefix="SCHEMA_REGISTRY_")

    url: str | None = None
    basic_auth_user_info: SecretStr | None = None  # user:password
    ssl_ca_location: PemFile | None = None

    @field_validator("url")
    @classmethod
    def _no_secret(cls, url: str | None) -> str | None:
        if url and "@" in urlsplit(url).netloc:
            raise ValueError("leave user and password out of the URL; use SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO")
        return url


class ApiSettings(_Settings):
    """Where the review API is. Environment: LEADSTREAM_API_…"""

    model_config = SettingsConfigDict(env_prefix="LEADSTREAM_API_")

    host: str = "127.0.0.1"  # anything else needs an access file, and TLS in front
    port: int = Field(8085, ge=0, le=65_535)
    hosts: str = ""  # names under which it may be asked beside loopback's, blanks between
    lease_minutes: float = Field(15.0, gt=0, le=480)  # of a claim that names no time
    idle_minutes: float = Field(30.0, gt=0, le=720)  # a session that nobody uses ends
    session_hours: float = Field(12.0, gt=0, le=24)  # a session ends, however much it is used
    rate: float = Field(50.0, gt=0, le=10_000)  # requests per second of one principal; ten seconds' worth may come at once
    proxies: str = ""  # addresses of proxies whose X-Forwarded-For is believed, blanks between
    proxy_header: str | None = None  # a proxy in front says in this header who asks …
    proxy_secret: SecretStr | None = None  # … and proves with this, in Leadstream-Proxy-Secret, that it is the proxy
    url: str = "http://127.0.0.1:8085"  # where `leadstream review` finds it
    token: SecretStr | None = None  # what `leadstream review` shows there
    token_file: Path | None = None  # holds it; without an access file the API writes its local token there. None: .leadstream/


class AccessSettings(_Settings):
    """Who may ask the API for what. Environment: LEADSTREAM_ACCESS_FILE; without one only who started it may (docs/access.md)."""

    model_config = SettingsConfigDict(env_prefix="LEADSTREAM_ACCESS_")

    file: Path | None = None


class AppSettings(_Settings):
    """The application itself. Environment: LEADSTREAM_…"""

    model_config = SettingsConfigDict(env_prefix="LEADSTREAM_")

    config_dir: Path = Field(default_factory=lambda: _here_or_packaged("deploy/config", "config"))
    schema_dir: Path = Field(default_factory=lambda: _here_or_packaged("schemas", "schemas"))
    topic_prefix: str = Field("leads", pattern=r"^[a-z][a-z0-9-]*$")
    group: str = "leadstream"  # consumer group of the workers, and prefix of their transactional ids
    pepper: SecretStr | None = None  # the key of all pseudonyms; required outside `leadstream run`
    partitions: int | None = None  # overrides every source's own number
    partition_bytes: int | None = None  # topics are limited by size instead of age: for simulated traffic
    batch: int = 500  # records per transaction and partition, at most
    session_timeout_s: float = 10.0
    window_s: float = 60.0  # the monitor's window
    rate_factor: float | None = 1.0  # traffic is so many times the inventory's rates (a simulation's haste); None: unknown
    latency_limit_s: float = 30.0  # the monitor's limit for 95 % of a source's leads, from arrival to team
    runbook_url: str | None = None  # where alerts send the on-call engineer; the alert's kind becomes the fragment
    undeclared: bool = True  # topics <prefix>.inbound.<slug> without an inventory entry are consumed, for people to decide
    undeclared_reliability: float | None = Field(None, ge=0, le=1)  # prior share of its good leads; None: as others show
    flags_provider: str | None = None  # module:factory of another OpenFeature provider; None: ours, which follows leads.flags
    dedupe_wait: bool = False  # while the match index cannot tell: True: leads wait; False: they flow, and are looked into later
    challengers: str = "steady,nimble"  # recipes that contend with the standard one, each adds its cost per label; empty: none
    behaviour: bool = True  # what visitors did is joined to leads, kept by the role `behaviour`
    health_port: int | None = None  # where a role serves /healthz, /readyz and /metrics; None: nowhere
    health_host: str = "127.0.0.1"  # 0.0.0.0 where probes come from outside
    metrics_token: SecretStr | None = None  # who asks for /metrics shows it as a bearer token; None: nobody is asked
    log_level: Literal["debug", "info", "warning", "error"] = "info"


Settings = TypeVar("Settings", bound=BaseSettings)


def from_environment(kind: type[Settings]) -> Settings:
    """One class of settings, read.

    Raises:
        ConfigurationError: Names each variable that cannot be used, and why; never a value, which may be a secret.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        lines = [_line(prefix, one["loc"], one["msg"].removeprefix("Value error, ")) for one in error.errors()]
    raise ConfigurationError("\n".join(lines))


def _line(prefix: str, loc: tuple[int | str, ...], why: str) -> str:
    return f"{prefix}{'_'.join(map(str, loc))}: ".upper() + why if loc else why
