"""An external schema registry: registering on command, and looking up at worker start. A worker never registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from cachetools import TTLCache
from confluent_kafka.schema_registry import Schema as RegistrySchema
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from app.edges.registry.schemas import Schemas
from app.errors import ConfigurationError, EdgeDown
from app.settings import RegistrySettings

TIMEOUT_S = 2.0  # a lookup happens in front of a batch; three of these must fit into a Kafka session of 10 s
RETRIES = 1
UNKNOWN_FOR_S = 60.0  # how long an id counts as unknown before the registry is asked again
UNKNOWN_IDS = 1_000  # how many such ids are remembered

_NOT_FOUND = 404
_INCOMPATIBLE = 409


def connect(settings: RegistrySettings) -> SchemaRegistryClient:
    """A client of the configured registry. Opens no connection yet.

    Raises:
        ConfigurationError: No URL, or one that cannot be used.
    """
    if not settings.url:
        raise ConfigurationError(
            "SCHEMA_REGISTRY_URL is not set: name the registry, or run without one (leadstream serves its schemas)"
        )
    config: dict[str, Any] = {"url": settings.url, "timeout": TIMEOUT_S, "max.retries": RETRIES, "retries.wait.ms": 200}
    if settings.basic_auth_user_info:
        config["basic.auth.user.info"] = settings.basic_auth_user_info.get_secret_value()
    if settings.ssl_ca_location:
        config["ssl.ca.location"] = str(settings.ssl_ca_location)
    try:
        return SchemaRegistryClient(config)
    except (ValueError, TypeError, OSError) as error:
        raise ConfigurationError(
            f"SCHEMA_REGISTRY_…: the registry client refuses its settings ({type(error).__name__})"
        ) from None


class Registry:
    """The registry's answers, as `AvroCodec` needs them. `fetch` is for one thread at a time; the codec sees to that.

    Args:
        client: See `connect`.
        timer: Seconds, for forgetting that an id was unknown; tests pass their own.
    """

    def __init__(self, client: SchemaRegistryClient, timer: Callable[[], float] | None = None) -> None:
        self._client = client
        self._unknown: TTLCache[int, bool] = (
            TTLCache(UNKNOWN_IDS, UNKNOWN_FOR_S, timer) if timer else TTLCache(UNKNOWN_IDS, UNKNOWN_FOR_S)
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def fetch(self, schema_id: int) -> str | None:
        """The text of a writer schema; None if the registry has no such id, or it is not Avro.

        Raises:
            EdgeDown: The registry does not answer.
        """
        if schema_id in self._unknown:
            return None
        try:
            found = self._client.get_schema(schema_id)
        except SchemaRegistryError as error:
            _unless_missing(error)
            found = None
        except (httpx2.HTTPError, OSError) as error:
            raise _down(error) from None
        if found is None or found.schema_type != "AVRO" or found.references:
            self._unknown[schema_id] = True
            return None
        return str(found.schema_str)

    def ids(self, schemas: Schemas) -> dict[tuple[str, int], int]:
        """(record, version) → the registry's id, for every schema of the directory. For worker start.

        Raises:
            ConfigurationError: A schema is not registered.
            EdgeDown: The registry does not answer.
        """
        found: dict[tuple[str, int], int] = {}
        for schema in schemas.all():
            try:
                registered = self._client.lookup_schema(schema.subject, RegistrySchema(schema.text, "AVRO"))
            except SchemaRegistryError as error:
                _unless_missing(error)
                raise ConfigurationError(
                    f"the registry does not have version {schema.version} of {schema.subject}: run `leadstream schemas`"
                ) from None
            except (httpx2.HTTPError, OSError) as error:
                raise _down(error) from None
            found[schema.record, schema.version] = registered.schema_id
        return found

    def register_all(self, schemas: Schemas, subjects: Mapping[str, str]) -> dict[str, list[int]]:
        """Register every version of each subject's record, oldest first, and set the subject's compatibility. Safe to repeat.

        Returns:
            Subject → the registry's ids, oldest version first.

        Raises:
            ConfigurationError: The registry refuses a schema as incompatible or invalid, or does not let us write.
            EdgeDown: The registry does not answer.
        """
        found: dict[str, list[int]] = {}
        for subject, record in subjects.items():
            try:
                for schema in schemas.records[record]:
                    number = self._client.register_schema(subject, RegistrySchema(schema.text, "AVRO"))
                    found.setdefault(subject, []).append(number)
                self._client.set_compatibility(subject, schemas.latest(record).compatibility)
            except SchemaRegistryError as error:
                if error.http_status_code >= 500 or error.http_status_code == 429:
                    raise _down(error) from None
                what = "incompatible with what it has" if error.http_status_code == _INCOMPATIBLE else f"error {error.error_code}"
                raise ConfigurationError(f"the registry refuses {record} under {subject}: {what}") from None
            except (httpx2.HTTPError, OSError) as error:
                raise _down(error) from None
        return found


def _unless_missing(error: SchemaRegistryError) -> None:
    """Missing is an answer; wrong credentials need a person, anything else time."""
    if error.http_status_code in (401, 403):
        raise ConfigurationError(
            "the schema registry refuses our credentials: see SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO"
        ) from None
    if error.http_status_code != _NOT_FOUND:
        raise _down(error) from None


def _down(error: Exception) -> EdgeDown:
    return EdgeDown(f"the schema registry does not answer ({type(error).__name__})")
