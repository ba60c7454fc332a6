"""`leadstream topics` and `leadstream schemas`: what stands on the cluster and in its registry, against what should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from app.commands.acls import show_acls
from app.edges.kafka import topics as admin
from app.edges.registry.client import Registry, connect
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""

    @app.command(rich_help_panel=panel)
    def topics(
        create: Annotated[bool, typer.Option("--create", help="Create what is missing. What exists is never changed.")] = False,
        acls: Annotated[bool, typer.Option("--acls", help="The ACLs that each role needs, instead of the topics.")] = False,
        principal: Annotated[
            list[str] | None, typer.Option(help="Of a role, as role=User:name; User:<group>-<role> without it. Repeat.")
        ] = None,
        role: Annotated[list[str] | None, typer.Option(help="Only the ACLs of this role. Repeat.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="The ACLs as JSON instead of commands.")] = False,
    ) -> None:
        """Compare the topics on the cluster with what the configuration declares.

        Shows partitions, cleanup, retention and differences; exit 1 if a topic is missing or not as declared. A difference is for
        a person to decide: nothing here deletes or alters a topic.

        With --acls: what each role may do on the cluster, and no more, as commands of kafka-acls.sh; --create applies it.
        """
        if acls:
            show_acls(tool(reach=create), principal or [], role or [], as_json=as_json, apply=create)
            return
        if principal or role or as_json:
            raise typer.BadParameter("--principal, --role and --json go with --acls")
        one = tool()
        specs = admin.declare(one.inventory, one.names, one.app, one.kafka.replication_factor)
        report = admin.create(one.kafka.client(), specs) if create else admin.compare(one.kafka.client(), specs)
        out().print(report.table())
        for source in one.sources_now()[len(one.inventory.sources) :]:
            print(f"{one.names.inbound(source)}: nobody declared it; consumed, people decide: leadstream onboard {source}")
        if report.missing or report.differing:
            raise typer.Exit(1)

    @app.command(name="schemas", rich_help_panel=panel)
    def register_schemas() -> None:
        """Register all schemas with the registry of SCHEMA_REGISTRY_URL, and set their compatibility. Safe to repeat.

        Workers never register: run this before rolling them out.
        """
        one = tool(reach=False)
        registered = Registry(connect(one.registry)).register_all(one.schemas, one.subjects)
        for subject, ids in registered.items():
            print(subject, *ids, sep="\t")
