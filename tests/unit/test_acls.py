"""Least privilege: one table says who reads and writes which topic, and the ACLs follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.edges.kafka.acls import Acl, acls, as_json, commands, principals, roles
from app.edges.kafka.grants import GRANTS, REPORTED
from app.edges.kafka.names import Topics
from app.edges.kafka.topic_specs import declare
from app.errors import ConfigurationError
from app.inventory.load import load
from app.settings import AppSettings

ROOT = Path(__file__).parents[2]
INVENTORY = load(ROOT / "deploy/config")
NAMES = Topics()
DATASETS = yaml.safe_load((ROOT / "schemas/topics.yaml").read_text())["topics"].keys()


def of(role: str, settings: AppSettings | None = None) -> list[Acl]:
    settings = settings or AppSettings()
    return acls(INVENTORY, NAMES, settings, {role: principals(INVENTORY, settings, {})[role]})


def may(role: str, operation: str, topic: str) -> bool:
    return any(
        one.operation == operation
        and one.resource == "topic"
        and (topic.startswith(one.name) if one.pattern == "prefixed" else topic == one.name)
        for one in of(role)
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_topic_is_classified(dataset: str) -> None:
    """A topic that is not in grants.py is one that nobody thought about: somebody reads it, and somebody writes it."""
    assert any(dataset in grant.reads for grant in GRANTS.values())
    assert dataset in REPORTED or any(dataset in grant.writes for grant in GRANTS.values())


def test_no_grant_is_of_a_topic_that_there_is_not() -> None:
    """A misspelt or abandoned dataset does not linger in the table."""
    told = {dataset for grant in GRANTS.values() for dataset in grant.reads | grant.writes | grant.empties | grant.asks}
    assert told | set(REPORTED) <= set(DATASETS)


@pytest.mark.parametrize("spec", declare(INVENTORY, NAMES, AppSettings()), ids=lambda spec: spec.name)
def test_each_declared_topic_is_written_and_read_by_somebody(spec: object) -> None:
    """The names that ACLs are made for are those of the topics that are created."""
    name = getattr(spec, "name", "")
    assert any(may(role, "Write", name) for role in roles(INVENTORY))
    assert any(may(role, "Read", name) for role in roles(INVENTORY))


def test_a_producer_writes_its_own_topic_alone() -> None:
    """One source's producer can neither read anything nor write another source's topic."""
    (one,) = of("producer-web-form")
    assert (one.name, one.pattern, one.operation) == (NAMES.inbound("web-form"), "literal", "Write")


def test_a_sink_reads_its_own_team_alone() -> None:
    """One team's sink sees no other team's leads, and is of no other group."""
    topics = {(one.resource, one.name, one.operation) for one in of("sink-nurture")}
    assert topics == {("topic", NAMES.routed("nurture"), "Read"), ("group", "leadstream-sink-nurture", "Read")}


def test_a_reporter_says_one_thing_alone() -> None:
    """Who reports outcomes cannot withdraw consent."""
    assert [(one.name, one.operation) for one in of("reporter-outcomes")] == [(NAMES.outcomes, "Write")]


def test_only_one_role_deletes() -> None:
    """Records are deleted by the role `privacy` alone, and only those that came in."""
    deleting = {role for role in roles(INVENTORY) for one in of(role) if one.operation == "Delete"}
    assert deleting == {"privacy"}
    assert {one.name for one in of("privacy") if one.operation == "Delete"} == {f"{NAMES.prefix}.inbound."}


def test_no_role_but_admin_has_anything_on_the_cluster() -> None:
    """Topics and ACLs are made by people with the admin principal; no process may make any."""
    assert {role for role in roles(INVENTORY) for one in of(role) if one.resource == "cluster"} == {"admin"}
    assert {role for role in roles(INVENTORY) for one in of(role) if one.operation == "Create"} == {"admin"}


def test_where_undeclared_sources_are_off_no_prefix_is_read() -> None:
    """Then the workers read the inventory's topics by their names, and a new topic's records stay where they are."""
    read = {one.name: one.pattern for one in of("worker", AppSettings(undeclared=False)) if one.name.startswith("leads.inbound")}
    assert read == {NAMES.inbound(source): "literal" for source in INVENTORY.sources}


def test_commands_and_json_say_the_same() -> None:
    """Each ACL is an operation of exactly one command; names that a shell would take apart are quoted."""
    wanted = acls(INVENTORY, NAMES, AppSettings(), {"monitor": "User:CN=monitor,O=A B"})
    lines = list(commands(wanted))
    assert sum(line.count("--operation ") for line in lines) == len(wanted) == len(as_json(wanted))
    assert all("--allow-principal 'User:CN=monitor,O=A B'" in line for line in lines)


def test_a_principal_of_no_role_is_refused() -> None:
    """A misspelt role would leave the real one with its default principal, unnoticed."""
    with pytest.raises(ConfigurationError, match="no such role: wroker; there are worker"):
        principals(INVENTORY, AppSettings(), {"wroker": "User:x"})
