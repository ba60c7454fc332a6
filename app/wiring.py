"""The one place that joins the parts together. Tests join the in-memory twins with the same functions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from app import __version__
from app.desk.roster import Roster
from app.edges.candidates import FoundCandidates
from app.edges.flags.foreign import ForeignToggles
from app.edges.flags.foreign import load as load_provider
from app.edges.flags.provider import TopicProvider
from app.edges.flags.toggles import FollowedToggles
from app.edges.kafka.consent_keeper import ConsentKeeper
from app.edges.kafka.consent_keeper import Parts as ConsentParts
from app.edges.kafka.discovery import Discovery
from app.edges.kafka.eraser import Eraser
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.names import Topics
from app.edges.kafka.privacy import Maker
from app.edges.kafka.privacy import Parts as PrivacyParts
from app.edges.kafka.reviser_steps import Parts
from app.edges.kafka.rollouts import KafkaRollouts
from app.edges.kafka.steward import Parts as StewardParts
from app.edges.kafka.suppressions import KafkaSuppressions
from app.edges.kept_desk import KeptDesk
from app.edges.memory import FixedJudge
from app.edges.redis.connecting import connect
from app.edges.redis.journeys import RedisJourneys
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.registry.codec import AvroCodec
from app.edges.registry.configured import codec_for
from app.edges.registry.schemas import Schemas
from app.edges.registry.subjects import subjects
from app.erasure import eraser_parts
from app.errors import ConfigurationError
from app.flags.catalogue import DEDUPE_FUZZY
from app.flags.states import States
from app.flags.switches import switches
from app.inventory.falling_back import PARKABLE
from app.inventory.load import load
from app.inventory.models import Inventory, Source
from app.inventory.undeclared import undeclared
from app.match_index import MatchIndex
from app.pipeline.announcing import Announcer
from app.pipeline.checkpoints import FourEyes
from app.pipeline.deciding import Decided, Decider
from app.pipeline.delivery import Delivery, Versions
from app.pipeline.enrichment.visits import Visits
from app.pipeline.identity import Identity, Judges
from app.pipeline.ladder import classifier
from app.pipeline.ladder.confirmed import Mappings
from app.pipeline.lead import Lead
from app.pipeline.locking import Locks
from app.pipeline.matching import weights
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.seal import Seal
from app.pipeline.normalise import Normaliser
from app.pipeline.process import Pipeline
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.revision.routing import House
from app.pipeline.revision.toggled import found_by
from app.pipeline.routing import Router
from app.pipeline.screening import Screen
from app.pipeline.shape import Shapes
from app.ports import Models
from app.rollout.pilot import Pilot
from app.service.engine import ServiceEngine
from app.settings import AppSettings, JourneysSettings, KafkaSettings, RedisSettings, RegistrySettings, from_environment
from app.steering import Followed, Steering

PEPPER_BYTES = 16


@dataclass(frozen=True)
class Installation:
    """Settings, and what follows from them alone."""

    app: AppSettings
    kafka: KafkaSettings
    redis: RedisSettings
    registry: RegistrySettings
    journeys: JourneysSettings = field(default_factory=JourneysSettings)

    @classmethod
    def from_environment(cls) -> Installation:
        """Read all settings from the environment.

        Raises:
            ConfigurationError: A variable cannot be used.
        """
        return cls(
            from_environment(AppSettings),
            from_environment(KafkaSettings),
            from_environment(RedisSettings),
            from_environment(RegistrySettings),
            from_environment(JourneysSettings),
        )

    @cached_property
    def inventory(self) -> Inventory:
        return load(self.app.config_dir)

    @cached_property
    def horizons(self) -> dict[str, int]:
        """Source → milliseconds after which a lead without an end counts as not won; of the sources that declare it."""
        declared = {name: source.decide_within_days for name, source in self.inventory.sources.items()}
        return {name: int(days * 86_400_000) for name, days in declared.items() if days is not None}

    @cached_property
    def names(self) -> Topics:
        return Topics(self.app.topic_prefix)

    @cached_property
    def schemas(self) -> Schemas:
        return Schemas.load(self.app.schema_dir)

    @cached_property
    def codec(self) -> AvroCodec:
        """Ids and unknown writer schemas come from the registry where one is configured, else from the schema directory."""
        return codec_for(self.app.schema_dir, self.registry)

    @cached_property
    def subjects(self) -> dict[str, str]:
        """Registry subject → record."""
        return subjects(self.schemas, self.names, self.inventory)

    @cached_property
    def secret(self) -> bytes:
        """The key of pseudonyms and of model signatures.

        Raises:
            ConfigurationError: It is missing or too short to be secret.
        """
        pepper = self.app.pepper.get_secret_value().encode() if self.app.pepper else b""
        if len(pepper) < PEPPER_BYTES:
            raise ConfigurationError(
                f"LEADSTREAM_PEPPER: the key of all pseudonyms is missing or shorter than {PEPPER_BYTES} bytes; "
                "set it to a long random text, the same for all processes (openssl rand -hex 32)"
            )
        return pepper

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self.secret)

    @cached_property
    def locks(self) -> Locks:
        """Lock and open what identifies people where nothing can be deleted."""
        return Locks(self.secret)

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of payloads that this process has met."""
        return Shapes()

    @property
    def inbound(self) -> list[str]:
        """The inbound topics of the inventory's sources."""
        return [self.names.inbound(source) for source in self.inventory.sources]

    def pipeline(
        self,
        identity: Identity,
        models: Models,
        mappings: Mappings | None = None,
        steering: Steering | None = None,
    ) -> Pipeline:
        """The stages, joined to these ports; without steering with the toggles of flags.yaml and nothing else."""
        steered = steering or Steering(switches(self.configured))
        return Pipeline(
            self.inventory,
            self.normaliser(mappings),
            identity=identity,
            models=models,
            pseudonyms=self.pseudonyms,
            toggles=steered.toggles,
            rollouts=steered.rollouts,
            desk=steered.desk,
            journeys=steered.journeys,
            candidates=steered.candidates,
            suppressions=steered.suppressions,
        )

    def steering(self, models: KafkaModels, heard: Callable[[str | None], None]) -> Followed:
        """What people, the clock and guardrails change while the stages run; `heard` as of `desk`.

        Raises:
            ConfigurationError: The provider of toggles that the settings name cannot be used.
        """
        return Followed(
            toggles=self.toggles(),
            rollouts=self.rollouts(),
            candidates=self.candidates(models),
            desk=self.desk(heard),
            journeys=self.journeys_asked(),
            suppressions=self.suppressions(),
        )

    def suppressions(self) -> KafkaSuppressions:
        """What people do not want, as its topic says. To be closed."""
        return KafkaSuppressions(self.kafka, self.names, self.codec.read_own)

    def rollouts(self) -> KafkaRollouts:
        """What is rolled out in stages, as its topic says."""
        return KafkaRollouts(self.kafka, self.names, self.codec.read_own)

    def candidates(self, models: KafkaModels) -> FoundCandidates:
        """Rules and models that rollouts put leads to."""
        return FoundCandidates(self.app.config_dir, self.inventory, models)

    def match_index(self) -> RedisMatchIndex:
        """Who was there before, for all workers."""
        return RedisMatchIndex(connect(self.redis, text=False), self.names.prefix, wait=self.app.dedupe_wait)

    def identity(self, index: MatchIndex, judges: Judges | None = None) -> Identity:
        """The stage identity; without other judges with the one that ships."""
        return Identity(index, judges or FixedJudge(Judge(weights.shipped())), self.pseudonyms, Seal(self.secret))

    @property
    def configured(self) -> States:
        """The toggles as flags.yaml has them."""
        return States(self.inventory.flags)

    def toggles(self) -> FollowedToggles | ForeignToggles:
        """Which modules are switched on: from the topic, or from the provider that the settings name.

        Raises:
            ConfigurationError: That provider cannot be used.
        """
        if self.app.flags_provider:
            return ForeignToggles(load_provider(self.app.flags_provider), self.configured)
        provider = TopicProvider(self.kafka, self.names, self.codec.decode, self.inventory.flags)
        return FollowedToggles(provider, self.configured)

    def desk(self, heard: Callable[[str | None], None] = lambda _: None) -> KeptDesk:
        """Who of a team gets a lead. To be started, and closed; `heard` is told why it cannot answer, None where it can."""
        return KeptDesk(self.kafka, self.redis, self.names, self.codec, self.inventory.teams, heard)

    def journeys_asked(self) -> RedisJourneys | None:
        """What visitors did, within the budget of a batch; None where that is switched off."""
        if not self.app.behaviour:
            return None
        return RedisJourneys(connect(self.journeys.asking(self.redis)), self.names.prefix)

    def journeys_kept(self) -> RedisJourneys:
        """The same store, for who keeps it and may wait."""
        return RedisJourneys(connect(self.journeys.keeping(self.redis)), self.names.prefix)

    def normaliser(self, mappings: Mappings | None = None) -> Normaliser:
        """The stages that make a lead of a record, with what people have confirmed."""
        source_of = {self.names.inbound(source): source for source in self.inventory.sources}
        return Normaliser(
            self.inventory,
            source_of,
            codec=self.codec,
            mappings=mappings,
            classifier=classifier.shipped(),
            undeclared=self.undeclared if self.app.undeclared else None,
            shapes=self.shapes,
        )

    def discovery(self) -> Discovery | None:
        """Finds the inbound topics that nobody declared; None where that is switched off."""
        return Discovery(self.kafka.client(), self.names, self.inventory.sources) if self.app.undeclared else None

    def sources_now(self) -> list[str]:
        """The inventory's sources, and those on the cluster that nobody declared.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        found = self.discovery()
        return [*self.inventory.sources, *(self.names.source_of(topic) for topic in (found.look() if found else ()))]

    def undeclared(self, topic: str) -> Source | None:
        """What is assumed of the source of a topic that no inventory entry claims; None where it is no source's topic."""
        name = self.names.slug_of(topic)
        return None if name is None else undeclared(name, self.app.undeclared_reliability)

    def delivery(self) -> Delivery:
        """Fates to records."""
        formats = {name: team.format for name, team in self.inventory.teams.items()}
        versions = Versions(__version__, self.inventory.routing.version, lead_schema=self.schemas.latest("lead").version)
        return Delivery(self.names, self.codec.encode, formats, self.pseudonyms, self.locks, versions)

    def house(
        self,
        models: Models,
        steering: Steering,
    ) -> House:
        """What verdicts are carried out with: a lead is assessed again by the current model, toggles and arms."""
        visits, switched = Visits(steering.journeys, self.pseudonyms), steering.toggles
        decider = Decider(self.inventory, switched, steering.rollouts, steering.candidates)
        sources = self.inventory.sources
        router = Router(self.inventory.routing, self.inventory.teams)
        screen = Screen(self.inventory, steering.suppressions, self.pseudonyms)

        def clock() -> int:
            return int(time.time() * 1000)

        def assess(lead: Lead, decision: Mapping[str, Any]) -> Decided:
            source = sources.get(lead.source) or undeclared(lead.source, self.app.undeclared_reliability)
            match = decision["match"]
            probability = match["probability"] if match else 0.0
            now = switched.current()
            lead.toggles_off = found_by(lead, decision, now)
            visits.join_again(lead)
            return decider.decide(lead, source, models.current(), decision["dedupe"], decision["subject"], probability, now)

        return House(
            teams=frozenset(self.inventory.teams),
            assess=assess,
            desk=steering.desk,
            versions={"rules_version": self.inventory.routing.version, "app_version": __version__},
            clock=clock,
            pseudonym=self.pseudonyms,
            due=lambda band, team: router.due(band, team, clock()),
            needs=router.needs,
            members={name: frozenset(one.name for one in team.members) for name, team in self.inventory.teams.items()},
            features=lambda source: sources[source].features if source in sources else (),
            four_eyes=FourEyes(self.inventory.reviewing),
            declared=lambda source: sources[source].mapping.fields.keys() if source in sources else (),
            withheld=lambda value, team: screen.withheld(value, team, clock()),
        )

    def reviser(
        self,
        identity: Identity,
        models: Models,
        steering: Steering | None = None,
    ) -> Parts:
        """What the reviser is made of; without steering as of `pipeline`."""
        steered = steering or Steering(switches(self.configured))
        teams = {team.name: team.format for team in self.inventory.teams.values()}
        group, house = f"{self.app.group}-reviser", self.house(models, steered)

        def fuzzy(source: str, lead: str) -> bool:
            return steered.toggles.on(DEDUPE_FUZZY, source, lead)

        windows, secret, locks = self.dedupe_window_s, self.secret, self.locks
        return Parts(self.kafka, group, self.names, teams, self.codec, identity, house, windows, secret, locks, fuzzy)

    def steward(self, roster: Callable[[], Roster]) -> StewardParts:
        """What the steward is made of.

        Args:
            roster: Who works, as it holds now.
        """
        engines = (ServiceEngine(self.inventory, roster, PARKABLE), Pilot())
        group = f"{self.app.group}-steward"
        return StewardParts(self.kafka, group, self.names, self.codec, engines, self.app.runbook_url)

    def privacy(self) -> PrivacyParts:
        """What the role privacy is made of."""
        _ = self.secret  # pseudonyms under another one would match nobody
        return PrivacyParts(self.kafka, f"{self.app.group}-privacy", self.duties())

    def duties(self) -> dict[str, Maker]:
        """What the role privacy does, by name, in the order of their turns; each is made with the role's writer."""
        return {"consent": partial(ConsentKeeper, self.consent_keeper()), "eraser": partial(Eraser, eraser_parts(self))}

    def consent_keeper(self) -> ConsentParts:
        """What the duty is made of that takes in what people say of being contacted."""
        sources, names = self.inventory.sources, self.names
        leads = {names.routed(team): "routed_lead" for team in self.inventory.teams}
        leads |= dict.fromkeys((names.review, names.duplicates, names.rejected), "lead")
        regions = sorted({one.default_country for one in sources.values() if one.default_country})
        purposes = tuple(self.inventory.privacy.purposes)
        reads = self.codec.decode, self.codec.encode, self.pseudonyms
        return ConsentParts(self.kafka, names, *reads, leads, tuple(sources), regions, purposes)

    def dedupe_window_s(self, source: str) -> int:
        """For how long the same intent of one person makes one lead of this source, declared or not."""
        declared = self.inventory.sources.get(source) or undeclared(source)
        return int(declared.dedupe_window_hours * 3600)

    def announcer(self) -> Announcer:
        """Tells shapes of payloads."""
        return Announcer(self.names.shapes, self.codec.encode, self.shapes)
