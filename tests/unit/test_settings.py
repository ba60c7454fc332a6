"""Settings: secrets come from variables or files, placeholders and half-made TLS are refused, and no message tells a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.errors import ConfigurationError
from app.secrets_from_files import MAX_BYTES, is_secret
from app.settings import (
    AccessSettings,
    ApiSettings,
    AppSettings,
    JourneysSettings,
    KafkaSettings,
    RedisSettings,
    RegistrySettings,
    Settings,
    from_environment,
)

CANARY = "canary-5f1c0a"
KINDS = (AccessSettings, ApiSettings, AppSettings, JourneysSettings, KafkaSettings, RedisSettings, RegistrySettings)
SECRETS = [
    (kind, name)
    for kind in KINDS
    for name, field in kind.model_fields.items()
    if is_secret(field) and f"{name}_file" not in kind.model_fields
]
IDS = [f"{kind.__name__}.{name}" for kind, name in SECRETS]


def variable(kind: type[Settings], name: str) -> str:
    return f"{kind.model_config.get('env_prefix')}{name}".upper()


def plausible(name: str) -> str:
    return f"redis://user:{CANARY}@h/0" if name == "url" else f"user:{CANARY}"


@pytest.mark.parametrize(("kind", "name"), SECRETS, ids=IDS)
class TestEverySecret:
    def test_may_come_from_a_file(self, kind: type[Settings], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """NAME_FILE names a file with the value; the newline that editors leave at its end is no part of it."""
        (tmp_path / "secret").write_text(f"{plausible(name)}\n")
        monkeypatch.setenv(f"{variable(kind, name)}_FILE", str(tmp_path / "secret"))
        found: SecretStr = getattr(from_environment(kind), name)
        assert found.get_secret_value() == plausible(name)

    def test_is_told_once(self, kind: type[Settings], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Variable and file both set is an error that names both and tells neither value."""
        (tmp_path / "secret").write_text(plausible(name))
        monkeypatch.setenv(variable(kind, name), plausible(name))
        monkeypatch.setenv(f"{variable(kind, name)}_FILE", str(tmp_path / "secret"))
        with pytest.raises(ConfigurationError, match=f"{variable(kind, name)}_FILE are both set") as refused:
            from_environment(kind)
        assert CANARY not in str(refused.value)

    def test_is_no_placeholder(self, kind: type[Settings], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """What stands in examples is refused, inside a URL and after `user:` too."""
        for word in ("changeme", "CHANGE-ME", "<password>", "${PASSWORD}", "todo", "xxxxxx", "your-password-here"):
            monkeypatch.setenv(variable(kind, name), f"redis://user:{word}@h/0" if name == "url" else f"{word}")
            with pytest.raises(ConfigurationError, match=f"{variable(kind, name)}: is a placeholder"):
                from_environment(kind)

    def test_is_never_shown(self, kind: type[Settings], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither repr, nor str, nor the dump of a class of settings tells a secret."""
        monkeypatch.setenv(variable(kind, name), plausible(name))
        made = from_environment(kind)
        assert CANARY not in f"{made!r} {made} {made.model_dump()} {made.model_dump_json()}"


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (None, "No such file"),
            (b"", "is empty"),
            (b"\n \n", "is empty"),
            (b"\xff\xfe\x00", "is no UTF-8 text"),
            (b"x" * (MAX_BYTES + 1), "is larger than"),
        ],
    )
    def test_that_cannot_be_used(self, content: bytes | None, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The message names variable, file, what is wrong with it, and what it must hold."""
        path = tmp_path / "secret"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(path))
        with pytest.raises(ConfigurationError, match=f"KAFKA_SASL_PASSWORD_FILE: .*{path}.*{why}.*must hold the value"):
            from_environment(KafkaSettings)

    def test_only_of_secrets(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """What is no secret is not read from files: KAFKA_BOOTSTRAP_SERVERS_FILE means nothing."""
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS_FILE", str(tmp_path / "absent"))
        assert from_environment(KafkaSettings).bootstrap_servers == KafkaSettings().bootstrap_servers


class TestHalfMadeSecurity:
    @pytest.mark.parametrize(
        ("kind", "environment", "why"),
        [
            (KafkaSettings, {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "it needs KAFKA_SASL_USERNAME"),
            (KafkaSettings, {"KAFKA_SSL_CA_LOCATION": "absent.pem"}, "KAFKA_SSL_CA_LOCATION: there is no file absent.pem"),
            (KafkaSettings, {"KAFKA_SSL_CERTIFICATE_LOCATION": __file__}, "set both, or none"),
            (KafkaSettings, {"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: Input should be"),
            (RedisSettings, {"REDIS_SSL_CA_CERTS": __file__}, "does not begin with rediss://: TLS would be off"),
            (RedisSettings, {"REDIS_URL": "rediss://h/0", "REDIS_SSL_CERTFILE": __file__}, "set both, or none"),
            (RedisSettings, {"REDIS_URL": "rediss://h/0?ssl_cert_reqs=none"}, "verification stays on"),
            (JourneysSettings, {"REDIS_JOURNEYS_URL": "rediss://h?ssl_check_hostname=0"}, "verification stays on"),
            (RegistrySettings, {"SCHEMA_REGISTRY_URL": f"https://u:{CANARY}@h"}, "BASIC_AUTH_USER_INFO"),
            (RegistrySettings, {"SCHEMA_REGISTRY_SSL_CA_LOCATION": "absent.pem"}, "there is no file absent.pem"),
        ],
    )
    def test_is_refused(
        self, kind: type[Settings], environment: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A connection that would be less secure than it looks is refused before anything is connected."""
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match=why) as refused:
            from_environment(kind)
        assert CANARY not in str(refused.value)

    def test_no_message_of_the_library_tells_a_secret(self) -> None:
        """Who makes settings directly gets the library's own error: it holds no value either."""
        with pytest.raises(ValidationError) as refused:
            KafkaSettings(security_protocol=f"user:{CANARY}", sasl_password=SecretStr("changeme"))
        assert CANARY not in str(refused.value)

    def test_keys_that_are_none(self) -> None:
        """A file that is no PEM is told as such, by the variables' names."""
        here = Path(__file__)
        settings = KafkaSettings(security_protocol="SSL", ssl_certificate_location=here, ssl_key_location=here)
        with pytest.raises(ConfigurationError, match="KAFKA_SSL_"):
            settings.ssl_context()
