"""The codec of the configured registry."""

from __future__ import annotations

from pathlib import Path

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.settings import RegistrySettings


def codec_for(schema_dir: Path, settings: RegistrySettings) -> AvroCodec:
    """The codec with the configured registry's ids and writer schemas; with the schema directory's own where none is."""
    schemas = Schemas.load(schema_dir)
    if not settings.url:
        return AvroCodec(schemas)
    from app.edges.registry.client import Registry, connect  # a third of a second, for those who have a registry

    registry = Registry(connect(settings))
    return AvroCodec(schemas, registry.ids(schemas), registry.fetch)
