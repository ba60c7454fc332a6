"""The inventory as a list of sources and sinks, with formats, rates and where each joins on."""

from __future__ import annotations

from typing import Any, Protocol

from rich.console import Group
from rich.table import Table

from app.inventory.models import Inventory


class Names(Protocol):
    def inbound(self, source: str) -> str: ...
    def routed(self, team: str) -> str: ...


def listing(inventory: Inventory, names: Names) -> dict[str, list[dict[str, Any]]]:
    """Sources and sinks as data."""
    sources = [
        {
            "source": one.name,
            "topic": names.inbound(one.name),
            "format": one.format if one.record is None else f"{one.format} ({one.record})",
            "expected_per_hour": one.expected_per_hour,
            "partitions": one.partitions,
            "fields": len(one.mapping.fields),
            "mapping_version": one.mapping.version,
            "automation": one.automation,
            "consent_basis": one.consent_basis,
            "owner": one.owner,
            "description": one.description,
        }
        for one in inventory.sources.values()
    ]
    sinks = [
        {
            "team": team.name,
            "topic": names.routed(team.name),
            "format": "avro (routed_lead)" if team.format == "avro" else "json",
            "key": "lead_id",
            "partitions": team.partitions,
            "rules": [rule.name for rule in inventory.routing.rules if rule.team == team.name]
            + (["catch-all"] if team.name == inventory.routing.catch_all else []),
            "description": team.description,
        }
        for team in inventory.teams.values()
    ]
    return {"sources": sources, "sinks": sinks}


def table(found: dict[str, list[dict[str, Any]]]) -> Group:
    """For a terminal."""
    sources = Table("source", "topic", "format", "per hour", "partitions", "fields", "automation", "consent", "owner")
    for one in found["sources"]:
        rate, share = f"{one['expected_per_hour']:g}", f"{one['automation']:.0%}"
        counts = (str(one["partitions"]), str(one["fields"]))
        sources.add_row(one["source"], one["topic"], one["format"], rate, *counts, share, one["consent_basis"], one["owner"])
    sinks = Table("team", "topic", "format", "key", "partitions", "fed by the rules")
    for one in found["sinks"]:
        sinks.add_row(one["team"], one["topic"], one["format"], one["key"], str(one["partitions"]), ", ".join(one["rules"]))
    return Group(sources, sinks)
