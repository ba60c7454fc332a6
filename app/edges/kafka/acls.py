"""The ACLs that an installation needs, made of `grants.py`: as commands, as JSON, or applied.

What a role has no ACL for the broker denies: an authorizer (KRaft: StandardAuthorizer) without `allow.everyone.if.no.acl.found`.
No role needs IdempotentWrite: since Kafka 2.8 who may write a topic may write it idempotently.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from confluent_kafka import KafkaException
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from app.edges.kafka.door import ANSWER_S, FOR_A_PERSON, opened
from app.edges.kafka.grants import GRANTS, REPORTED, Grant
from app.edges.kafka.names import Topics
from app.errors import ConfigurationError
from app.inventory.models import Inventory
from app.settings import AppSettings

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Operation = Literal["Read", "Write", "Delete", "Describe", "Create", "Alter", "DescribeConfigs"]

CLUSTER: Final = "kafka-cluster"  # Kafka's own name for the only one
_OPTION: Final[dict[Resource, str]] = {"topic": "--topic", "group": "--group", "transactional-id": "--transactional-id"}
_KIND: Final[dict[Resource, ResourceType]] = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
_MAY: Final[dict[Operation, AclOperation]] = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Delete": AclOperation.DELETE,
    "Describe": AclOperation.DESCRIBE,
    "Create": AclOperation.CREATE,
    "Alter": AclOperation.ALTER,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}


@dataclass(frozen=True, slots=True)
class Acl:
    """One line of what is allowed.

    Attributes:
        pattern: prefixed: `name` is what the resource's name begins with.
    """

    principal: str
    resource: Resource
    name: str
    pattern: Literal["literal", "prefixed"]
    operation: Operation


def roles(inventory: Inventory) -> list[str]:
    """Who there is: our processes, each source's producer, each team's sink, each reporter, people with tools."""
    listed: list[str] = []
    for role in GRANTS:
        match role:
            case "producer":
                listed += [f"producer-{source}" for source in inventory.sources]
            case "sink":
                listed += [f"sink-{team}" for team in inventory.teams]
            case "reporter":
                listed += [f"reporter-{dataset}" for dataset in REPORTED]
            case _:
                listed.append(role)
    return listed


def principals(inventory: Inventory, settings: AppSettings, chosen: Mapping[str, str]) -> dict[str, str]:
    """Role → principal: `User:<group>-<role>` where none was chosen.

    Raises:
        ConfigurationError: One was chosen for a role that there is not.
    """
    known = roles(inventory)
    if strange := [role for role in chosen if role not in known]:
        raise ConfigurationError(f"no such role: {', '.join(strange)}; there are {', '.join(known)}")
    return {role: chosen.get(role, f"User:{settings.group}-{role}") for role in known}


def acls(inventory: Inventory, names: Topics, settings: AppSettings, principal: Mapping[str, str]) -> list[Acl]:
    """What these principals need, role by role.

    Args:
        principal: Role → principal, of the roles that are wanted.
    """
    make = _Maker(inventory, names, settings)
    return [one for role, who in principal.items() for one in dict.fromkeys(make.role(role, who))]


def commands(wanted: Sequence[Acl]) -> Iterator[str]:
    """The same as commands of Kafka's own tool, for who does not let us apply them."""
    grouped: dict[tuple[str, Resource, str, str], list[str]] = {}
    for one in wanted:
        grouped.setdefault((one.principal, one.resource, one.name, one.pattern), []).append(one.operation)
    for (principal, resource, name, pattern), operations in grouped.items():
        where = "--cluster" if resource == "cluster" else f"{_OPTION[resource]} {shlex.quote(name)}"
        kind = " --resource-pattern-type prefixed" if pattern == "prefixed" else ""
        may = " ".join(f"--operation {operation}" for operation in operations)
        yield f"{_TOOL} --add --allow-principal {shlex.quote(principal)} {may} {where}{kind}"


_TOOL: Final = 'kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config admin.properties'


def as_json(wanted: Iterable[Acl]) -> list[dict[str, Any]]:
    """The same for other tools."""
    return [asdict(one) for one in wanted]


def create(client: Mapping[str, Any], wanted: Sequence[Acl]) -> None:
    """Apply them; those that exist stay, and none is taken away. The principal needs Alter on the cluster.

    Raises:
        ConfigurationError: The cluster refuses; says which, why, and how to mend it.
        EdgeDown: It does not answer.
    """
    with opened(client) as (admin, _):
        bindings = {_binding(one): one for one in wanted}
        for binding, answer in admin.create_acls(list(bindings), request_timeout=ANSWER_S).items():
            one = bindings[binding]
            try:
                answer.result(ANSWER_S)
            except KafkaException as failure:
                error = failure.args[0]
                if error.code() not in FOR_A_PERSON:
                    raise
                raise ConfigurationError(
                    f"the cluster refuses the ACL of {one.principal} on {one.resource} {one.name}: {error.str()}: "
                    f"{FOR_A_PERSON[error.code()]}"
                ) from failure


def _binding(one: Acl) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if one.pattern == "prefixed" else ResourcePatternType.LITERAL
    return AclBinding(_KIND[one.resource], one.name, pattern, one.principal, "*", _MAY[one.operation], AclPermissionType.ALLOW)


def _grant(kind: str) -> Grant:
    return next(grant for role, grant in GRANTS.items() if role == kind)


class _Maker:
    def __init__(self, inventory: Inventory, names: Topics, settings: AppSettings) -> None:
        self._inventory, self._names, self._settings = inventory, names, settings

    def role(self, role: str, principal: str) -> Iterator[Acl]:
        kind, _, one = role.partition("-")
        if kind == "admin":
            yield from self._admin(principal)
            return
        grant = Grant(writes=frozenset({one})) if kind == "reporter" else _grant(kind)
        may: tuple[tuple[Operation, frozenset[str]], ...]
        may = ("Read", grant.reads), ("Write", grant.writes), ("Delete", grant.empties), ("DescribeConfigs", grant.asks)
        for operation, datasets in may:
            for dataset in sorted(datasets):
                for name in self._topics(dataset, one):
                    yield self._acl(principal, "topic", name, operation, one)
        for name in grant.groups:
            yield self._acl(principal, "group", name, "Read", one)
        for name in grant.looks:
            yield self._acl(principal, "group", name, "Describe", one)
        for name in grant.transactions:
            yield self._acl(principal, "transactional-id", name, "Write", one)

    def _admin(self, principal: str) -> Iterator[Acl]:
        topics: tuple[Operation, ...] = ("Create", "Describe", "DescribeConfigs")
        for operation in topics:
            yield self._acl(principal, "topic", f"{self._names.prefix}.*", operation, "")
        cluster: tuple[Operation, ...] = ("Alter", "Describe")  # to apply ACLs, and to show them
        for operation in cluster:
            yield Acl(principal, "cluster", CLUSTER, "literal", operation)

    def _topics(self, dataset: str, one: str) -> list[str]:
        match dataset:
            case "inbound" if one:
                return [self._names.inbound(one)]
            case "inbound" if self._settings.undeclared:  # a source that nobody declared is found, and read
                return [self._names.inbound("*")]
            case "inbound":
                return [self._names.inbound(source) for source in self._inventory.sources]
            case "routed":
                return [self._names.routed(team) for team in ([one] if one else self._inventory.teams)]
        name: str = getattr(self._names, dataset)
        return [name]

    def _acl(self, principal: str, resource: Resource, name: str, operation: Operation, one: str) -> Acl:
        name = name.format(group=self._settings.group, prefix=self._names.prefix, one=one)
        return Acl(principal, resource, name.removesuffix("*"), "prefixed" if name.endswith("*") else "literal", operation)
