"""Secrets of the settings from files: for each secret variable NAME there is NAME_FILE, the path of a file that holds its value.

So a secret that is mounted (Kubernetes, Docker, systemd credentials) need not be in the environment. One mechanism for all
classes of settings: a field is secret when its type is `SecretStr`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.errors import ConfigurationError

MAX_BYTES = 64_000  # whoever names /dev/zero, or a core dump, by mistake

# What stands in examples, and what people type until they get to it; the whole value, whatever its case.
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(?:me|it|this)!*|replace[-_ ]?(?:me|this)!*|todo|fixme|x{3,}|\*{3,}|\.{3,}|<.*>|\$\{.*\}|\{\{.*\}\}|"
    r"(?:your|my|the|a)[-_ ](?:password|secret|token|key|pepper).*|"
    r"password|passwort|passw0rd|secret|pepper|example|default|dummy|none|null",
    re.IGNORECASE,
)


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the files that `<NAME>_FILE` variables name, for the secret fields of one class of settings.

    Raises (when the settings are made):
        ConfigurationError: Variable and file are both set; the file is absent, unreadable, empty, too large or no text.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._prefix = str(settings_cls.model_config.get("env_prefix", ""))

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """See the base class."""
        variable = f"{self._prefix}{field_name}".upper()
        path = os.environ.get(f"{variable}_FILE", "")
        return (_read(variable, path) if path and is_secret(field) else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """See the base class."""
        fields = self.settings_cls.model_fields  # a class with a field NAME_file has reasons to read it itself
        found = {name: self.get_field_value(it, name)[0] for name, it in fields.items() if f"{name}_file" not in fields}
        return {name: value for name, value in found.items() if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether a field's type says that its value is secret."""
    return field.annotation is not None and "SecretStr" in repr(field.annotation)


def refuse_placeholder(secret: SecretStr) -> SecretStr:
    """The secret; of a URL its password is judged, of `user:password` what comes after the colon.

    Raises:
        ValueError: It is empty, or a placeholder that was never replaced.
    """
    value = secret.get_secret_value()
    if "://" in value:
        user_info, _, _ = value.partition("://")[2].rpartition("@")
        parts = [user_info.partition(":")[2]] if ":" in user_info else []
    else:
        parts = [value, *([value.partition(":")[2]] if ":" in value else [])]
    for part in parts:
        if not part.strip():
            raise ValueError("is empty; unset the variable, or set it to the secret")
        if _PLACEHOLDER.fullmatch(part.strip()):
            raise ValueError("is a placeholder; set it to a secret of your own (openssl rand -hex 32)")
    return secret


def _read(variable: str, path: str) -> str:
    if os.environ.get(variable):
        raise ConfigurationError(f"{variable} and {variable}_FILE are both set; which one holds? Unset one of them")
    mend = f"the file must hold the value of {variable} alone, readable by this user"
    try:
        with Path(path).open("rb") as file:
            value = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{variable}_FILE: cannot read {path}: {error.strerror}; {mend}") from None
    if len(value) > MAX_BYTES:
        raise ConfigurationError(f"{variable}_FILE: {path} is larger than {MAX_BYTES} bytes; {mend}")
    try:
        text = value.decode().strip("\r\n")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{variable}_FILE: {path} is no UTF-8 text; {mend}") from None
    if not text.strip():
        raise ConfigurationError(f"{variable}_FILE: {path} is empty; {mend}")
    return text
