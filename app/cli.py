"""The command `leadstream`: the roles, and the tools around them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import __version__
from app.errors import BadRecord, ConfigurationError, EdgeDown, ExitCode, LeadstreamError
from app.ops.logging import configure
from app.wiring import Installation

RUN_DIR = Path(".leadstream/run")
RUN_ENV = RUN_DIR / "env"  # where `leadstream run` tells the tools how to reach what it started

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=f"""
leadstream {__version__}: raw leads from everywhere become clean, deduplicated, scored, explained and routed leads, on Kafka.

Try it: **leadstream run** brings a real Kafka and a real Redis, simulated traffic, and shows what happens.

In production each role is a process of its own: **worker** (scale by partitions), **learner** and **monitor** (one each).
They are configured by the environment: KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_…, KAFKA_SSL_…, REDIS_URL,
SCHEMA_REGISTRY_URL, LEADSTREAM_PEPPER, LEADSTREAM_CONFIG_DIR. Sources, teams and rules are YAML files: **leadstream check**.

Exit codes: 0 done; 1 the answer is no (a reconciliation, a check); 70 and 71 restart me; 78 the configuration cannot be run.
""",
)


@app.command()
def run(
    leads: Annotated[int | None, typer.Option(help="Stop after so many; exit 0 only if the reconciliation holds.")] = None,
    rate: Annotated[float, typer.Option(help="Simulated leads per second.")] = 400,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the simulated traffic.")] = 1,
    garbage: Annotated[float, typer.Option(min=0, max=1, help="Share of records that nobody could process.")] = 0.02,
) -> None:
    """Everything on this machine: Kafka, Redis, all roles, simulated traffic, a live view; Ctrl-C stops and reconciles.

    Uses the clusters that KAFKA_BOOTSTRAP_SERVERS and REDIS_URL name, and starts its own where they are not set.
    """
    from app.embedded.run import Plan, run  # here, so that the other commands start without it

    configure("error", json=False)
    console = Console()
    if not run(Plan(leads, rate, workers, seed, garbage, RUN_DIR), console):
        raise typer.Exit(1)


@app.command()
def worker() -> None:
    """Role: consume all inbound topics, emit routed leads, reviews, duplicates, dead letters and decisions."""
    from app.worker import run_worker

    run_worker(_role())


@app.command()
def learner() -> None:
    """Role: learn from leads.outcomes while running, publish models to leads.models. Run one."""
    from app.edges.kafka.learner import run_learner

    installation = _role()
    stop = _until_signalled()
    run_learner(installation.kafka, installation.app, installation.names, stop, codec=installation.codec)


@app.command()
def monitor() -> None:
    """Role: watch the decisions, publish anomalies to leads.alerts. Run one."""
    from app.edges.kafka.monitor import run_monitor
    from app.ops.health import Health, serving

    one, health = _role(), Health()
    with serving(health, one.app):
        run_monitor(one.kafka, one.app, one.names, one.inventory, one.codec, _until_signalled(), health=health)


@app.command()
def registry(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8081,
) -> None:
    """Role: serve our schemas over the schema registry's HTTP API, read-only. Needed only where there is no registry."""
    from app.edges.registry.runner import serving_in_thread
    from app.edges.registry.server import app as server

    installation = _role()
    stop = _until_signalled()
    with serving_in_thread(server(installation.schemas, installation.subjects), host, port) as url:
        print(url, flush=True)
        stop.wait()


@app.command()
def topics(
    create: Annotated[bool, typer.Option("--create", help="Create what is missing. What exists is never changed.")] = False,
) -> None:
    """Show every topic: partitions, cleanup, retention; exit 1 if one is missing on the cluster, or is not as declared."""
    from app.edges.kafka import topics as admin

    installation = _tool()
    specs = admin.declare(installation.inventory, installation.names, installation.app, installation.kafka.replication_factor)
    client = installation.kafka.client()
    report = admin.create(client, specs) if create else admin.compare(client, specs)
    Console().print(report.table())
    if report.missing or report.differing:
        raise typer.Exit(1)


@app.command()
def check() -> None:
    """Validate sources, teams, routing rules and schemas. Prints file, line and field of each problem; exit 1 if there is one."""
    installation = Installation.from_environment()
    inventory = installation.inventory
    _ = installation.schemas, installation.subjects
    print(
        f"{installation.app.config_dir}: {len(inventory.sources)} sources, {len(inventory.teams)} teams, "
        f"{len(inventory.routing.rules)} rules (version {inventory.routing.version}): no problems"
    )


@app.command()
def simulate(
    leads: Annotated[int | None, typer.Option(help="How many; endless without it.")] = None,
    rate: Annotated[float, typer.Option(help="Leads per second.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same traffic.")] = 1,
    garbage: Annotated[float, typer.Option(min=0, max=1, help="Share of records that nobody could process.")] = 0.02,
) -> None:
    """Produce simulated vendor traffic, outcomes and spend to the cluster of the environment. Not for a production cluster."""
    from app.embedded.simulator.producer import Simulator

    one = _tool()
    simulator = Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=seed, garbage=garbage)
    simulator.run(leads, rate, _until_signalled())


@app.command()
def explain(
    lead: Annotated[str, typer.Argument(help="A lead id: ld_ and 20 hex digits.")],
    as_json: Annotated[bool, typer.Option("--json", help="The decision record as JSON.")] = False,
) -> None:
    """Say in words what became of a lead and why: score, contributions, teams considered, violations, versions."""
    import orjson

    from app.edges.kafka.decisions import find
    from app.ops.explain import explain

    installation = _tool()
    decision = find(installation, lead)
    if decision is None:
        print(f"{lead}: no decision on {installation.names.decisions} (unknown id, or older than its retention)", file=sys.stderr)
        raise typer.Exit(1)
    print(orjson.dumps(decision, option=orjson.OPT_INDENT_2).decode() if as_json else explain(decision))


@app.command()
def reconcile() -> None:
    """Count every input record against its fate, from the topics alone. Exit 0 only if each has exactly one."""
    from app.edges.kafka.ledger import read_ledger
    from app.ops.live import reconciliation

    one = _tool()
    ledger = read_ledger(one.kafka.client(), one.names, list(one.inventory.sources), list(one.inventory.teams), one.app.group)
    Console().print(reconciliation(ledger))
    if not ledger.balanced or ledger.behind:
        raise typer.Exit(1)


@app.command(name="schemas")
def register_schemas() -> None:
    """Register all schemas with the registry of SCHEMA_REGISTRY_URL. Workers never do; run this before rolling them out."""
    from app.edges.registry.client import Registry, connect

    installation = _tool()
    registered = Registry(connect(installation.registry)).register_all(installation.schemas, installation.subjects)
    for subject, ids in registered.items():
        print(subject, *ids, sep="\t")


def _role() -> Installation:
    """The installation of a long-running role, with its logs set up."""
    installation = Installation.from_environment()
    configure(installation.app.log_level)
    return installation


def _tool() -> Installation:
    """The installation of a tool; where nothing is set, the one that `leadstream run` has up in this folder."""
    if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ and RUN_ENV.exists():
        for line in RUN_ENV.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)
    configure("error")
    return Installation.from_environment()


def _until_signalled() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def main(entry: Callable[[], None] = app) -> None:
    """Run a command; errors on purpose become one clear line and their exit code."""
    try:
        entry()
    except ConfigurationError as error:
        print(f"leadstream: {error}", file=sys.stderr)
        sys.exit(ExitCode.CONFIGURATION)
    except (EdgeDown, BadRecord, LeadstreamError) as error:
        print(f"leadstream: {error}", file=sys.stderr)
        sys.exit(getattr(error, "code", ExitCode.FAILED))


if __name__ == "__main__":
    main()
