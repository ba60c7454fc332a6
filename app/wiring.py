"""The one place that joins the parts together. Tests join the in-memory twins with the same functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from app.edges.kafka.names import Topics
from app.edges.registry.client import codec_for
from app.edges.registry.codec import AvroCodec
from app.errors import ConfigurationError
from app.inventory.load import load
from app.inventory.models import Inventory
from app.pipeline.delivery import Delivery
from app.pipeline.identity import Pseudonyms
from app.pipeline.process import Pipeline
from app.ports import Claims, Models
from app.settings import AppSettings, KafkaSettings, RedisSettings, RegistrySettings


@dataclass(frozen=True)
class Installation:
    """Settings, and what follows from them alone."""

    app: AppSettings
    kafka: KafkaSettings
    redis: RedisSettings
    registry: RegistrySettings

    @classmethod
    def from_environment(cls) -> Installation:
        """Read all settings from the environment."""
        return cls(AppSettings(), KafkaSettings(), RedisSettings(), RegistrySettings())

    @cached_property
    def inventory(self) -> Inventory:
        return load(self.app.config_dir)

    @cached_property
    def names(self) -> Topics:
        return Topics(self.app.topic_prefix)

    @cached_property
    def codec(self) -> AvroCodec:
        return codec_for(self.app.schema_dir, self.registry)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        pepper = self.app.pepper
        if pepper is None or len(pepper.get_secret_value()) < 16:
            raise ConfigurationError(
                "LEADSTREAM_PEPPER: the key of all pseudonyms is missing or shorter than 16 characters; "
                "set it to a long random text, the same for all workers (openssl rand -hex 32)"
            )
        return Pseudonyms(pepper.get_secret_value().encode())

    @property
    def inbound(self) -> list[str]:
        """All inbound topics."""
        return [self.names.inbound(source) for source in self.inventory.sources]

    @property
    def subjects(self) -> dict[str, str]:
        """Registry subject → record, by the topic name strategy."""
        names, teams = self.names, self.inventory.teams.values()
        records = {names.routed(team.name): "routed_lead" for team in teams if team.format == "avro"}
        records |= {names.inbound(one.name): one.record for one in self.inventory.sources.values() if one.record}
        records |= {names.review: "lead", names.duplicates: "lead", names.decisions: "decision", names.alerts: "alert"}
        records |= {names.outcomes: "outcome", names.verdicts: "verdict"}
        records |= {names.spend: "spend", names.behaviour: "behaviour_event"}
        return {f"{topic}-value": record for topic, record in records.items()}

    def pipeline(self, claims: Claims, models: Models) -> Pipeline:
        """The stages, joined to these ports."""
        source_of = {self.names.inbound(source): source for source in self.inventory.sources}
        return Pipeline(self.inventory, source_of, claims=claims, models=models, codec=self.codec, pseudonyms=self.pseudonyms)

    def delivery(self) -> Delivery:
        """Fates to records."""
        formats = {name: team.format for name, team in self.inventory.teams.items()}
        return Delivery(self.names, self.codec.encode, formats, self.pseudonyms, rules_version=self.inventory.routing.version)
