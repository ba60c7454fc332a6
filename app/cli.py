"""The command `leadstream`: the roles, and the tools around them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import __version__
from app.commands import access as access_commands
from app.commands import api as api_command
from app.commands import audit as audit_commands
from app.commands import backtest as backtest_command
from app.commands import capacity as capacity_commands
from app.commands import cluster as cluster_commands
from app.commands import consent as consent_commands
from app.commands import dlq as dlq_commands
from app.commands import erase as erase_command
from app.commands import explain as explain_command
from app.commands import export as export_command
from app.commands import fairness as fairness_command
from app.commands import flags as flags_commands
from app.commands import governance as governance_command
from app.commands import kpi as kpi_command
from app.commands import map as map_command
from app.commands import mapping as mapping_commands
from app.commands import match as match_command
from app.commands import models as models_commands
from app.commands import onboard as onboard_command
from app.commands import privacy as privacy_command
from app.commands import redis_acl as redis_acl_command
from app.commands import review as review_commands
from app.commands import rollout as rollout_commands
from app.commands import steward as steward_command
from app.commands import unmerge as unmerge_command
from app.commands import verdict as verdict_command
from app.commands import whatif as whatif_command
from app.embedded.session import told
from app.errors import ConfigurationError, EdgeDown, ExitCode, FatalError, LeadstreamError
from app.inventory.candidates import check_candidates
from app.inventory.gaps import advice
from app.inventory.problems import InventoryError
from app.ops.logging import configure
from app.ops.stopping import until_signalled
from app.wiring import Installation

RUN_DIR = Path(".leadstream/run")
ROLES, TOOLS = "Roles: long-running processes, one container each", "Tools"
ANSWER_S, NOTHING_SET_S = 8.0, 3.0  # how long a cluster may take to answer; the shorter where we only try our luck
_PIPE_COLUMNS = 160  # where there is no terminal, tables are not squeezed into 80 columns


def _version(wanted: bool) -> None:
    if wanted:
        print(f"leadstream {__version__}")
        raise typer.Exit


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""
**Settings** come from the environment: KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_…, KAFKA_SSL_…, REDIS_URL,
REDIS_JOURNEYS_URL, SCHEMA_REGISTRY_URL, LEADSTREAM_PEPPER, LEADSTREAM_CONFIG_DIR, LEADSTREAM_TOPIC_PREFIX,
LEADSTREAM_LOG_LEVEL, … Where none is set, the tools find what `leadstream run` has up in the same folder.

**Exit codes:** 0 done; 1 the answer is no (a reconciliation, a check, an unknown lead); 2 wrong usage; 70, 71 and 72
something did not answer, broke or stood still: start it again; 78 the configuration cannot be run: starting again would not help.
""",
)


@app.callback(
    help=f"""
leadstream {__version__}: raw leads from everywhere become clean, deduplicated, scored, explained and routed leads, on Kafka.

To try it: **leadstream run** brings a real Kafka, a real Redis and simulated traffic, and shows what happens; then, in a second
terminal in the same folder, **leadstream explain LEAD**.

In production: **check** the configuration, create the **topics**, register the **schemas** where there is a registry, and run
the roles: any number of **worker**, one **reviser**, one **steward**, one **learner**, one **monitor**, one **behaviour**.
"""
)
def leadstream(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)] = False,
) -> None: ...


@app.command(rich_help_panel="Try it")
def run(
    leads: Annotated[int | None, typer.Option(min=1, help="Stop after so many; without it: run until Ctrl-C.")] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Simulated leads per second, in the mean.")] = 400,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people, leads and mistakes.")] = 1,
    garbage: Annotated[float, typer.Option(min=0, max=1, help="Share of records that nobody could process.")] = 0.02,
) -> None:
    """Everything on this machine: Kafka, Redis, all roles, simulated traffic, a live view.

    Ctrl-C (or SIGTERM) stops the traffic, lets the workers finish, stops everything and prints the reconciliation: records in =
    sum of fates. A second Ctrl-C does not wait for the workers. Exit 0 if the reconciliation holds, else 1.

    Uses the clusters that KAFKA_BOOTSTRAP_SERVERS, REDIS_URL and SCHEMA_REGISTRY_URL name, and starts its own where they are not
    set. Its files are in .leadstream/run, emptied at each start; the logs of all processes are in .leadstream/run/logs.
    """
    from app.embedded.run import Plan, run  # here, so that the other commands start without it

    configure("error", json=False)
    console = Console()
    try:
        held = run(Plan(leads, rate, workers, seed, garbage, RUN_DIR), console)
    except KeyboardInterrupt:
        console.print("Stopped before any lead came; nothing stays behind.")
        raise typer.Exit(130) from None
    if not held:
        raise typer.Exit(1)


@app.command(rich_help_panel=ROLES)
def worker() -> None:
    """Consume all inbound topics, emit routed leads, reviews, duplicates, dead letters and decisions.

    Run as many as there are inbound partitions, at most: Kafka shares the partitions out. Each record's outputs and its position
    are committed in one transaction; kill it when you like. Creates no topics and registers no schemas. Needs LEADSTREAM_PEPPER.
    """
    from app.worker import run_worker

    run_worker(_role())


@app.command(rich_help_panel=ROLES)
def learner() -> None:
    """Learn from leads.outcomes as they come, publish models to leads.models. Run one.

    Workers load the newest model by themselves. A restart goes on from the last published model, and learns nothing twice.
    Needs LEADSTREAM_PEPPER, the same as the workers': models are signed, and what is not is refused.
    """
    from app.edges.kafka.learner import Policy, run_learner
    from app.ops.health import Health, serving

    one, health, stop = _role(), Health(), _until_signalled()
    _ = one.secret  # without it models would go out unsigned, and anybody's would be taken
    with serving(health, one.app):
        run_learner(one.kafka, one.app, one.names, stop, codec=one.codec, policy=Policy(declared=one.horizons), health=health)


@app.command(rich_help_panel=ROLES)
def behaviour() -> None:
    """Keep what visitors do in the shop (leads.behaviour) in Redis, for the workers to join it to their leads.

    Run one, or as many as the topic has partitions: Kafka shares them out. Sessions, pages, cart and first and last touch of the
    last 30 days, under pseudonyms. An event that comes twice counts once. Where Redis was emptied, the topic is read again from
    its beginning. While this role is down leads flow with what is known. Needs LEADSTREAM_PEPPER, the same as the workers'.
    REDIS_JOURNEYS_URL names a Redis of its own; LEADSTREAM_BEHAVIOUR=false switches the join off.
    """
    from app.edges.kafka.behaviour import run_behaviour
    from app.ops.health import Health, serving

    one, health = _role(), Health()
    pseudonyms, store, stop = one.pseudonyms, one.journeys_kept(), _until_signalled()
    with serving(health, one.app):
        run_behaviour(one.kafka, one.app, one.names, one.codec, store, pseudonyms, stop, health=health)


@app.command(rich_help_panel=ROLES)
def reviser() -> None:
    """Put leads out again when more becomes known of them: merged duplicates, verdicts of people, un-merging. Run one.

    A duplicate's knowledge goes to its original, which its team gets again with the next revision. Verdicts (leads.verdicts) are
    carried out. Leads that came while the match index could not tell are looked into afterwards. A second instance fences the
    first; a restart does nothing twice. Needs LEADSTREAM_PEPPER, the same as the workers'.
    """
    from app.edges.kafka.models import KafkaModels
    from app.edges.kafka.reviser import run_reviser
    from app.edges.kept_desk import told_to
    from app.ops.health import Health, serving

    one, health = _role(), Health()
    secret, stop = one.secret, _until_signalled()
    models = KafkaModels(one.kafka, one.names, secret)
    steering, identity = one.steering(models, told_to(health)), one.identity(one.match_index(), models.judges)
    parts = one.reviser(identity, models, steering)
    with serving(health, one.app), closing(steering):
        steering.desk.start()
        steering.desk.wait()
        run_reviser(parts, stop, health)


@app.command(rich_help_panel=ROLES)
def monitor() -> None:
    """Watch decisions and outcomes, publish alerts to leads.alerts: each fires once, is updated, and resolves. Run one.

    Per source and window (LEADSTREAM_WINDOW_S): silence, volume, duplicates, missing fields, latency, drift; daily: fairness.
    """
    from app.edges.kafka.monitor import run_monitor
    from app.ops.health import Health, serving

    one, health = _role(), Health()
    with serving(health, one.app):
        run_monitor(one.kafka, one.app, one.names, one.inventory, one.codec, _until_signalled(), health=health)


@app.command(rich_help_panel=ROLES)
def registry(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8081,
) -> None:
    """Serve our schemas over the schema registry's HTTP API, read-only. Needed only where there is no registry.

    Any Confluent client reads the Avro topics with it. Prints its URL, and serves until it is stopped.
    """
    from app.edges.registry.runner import serving_in_thread
    from app.edges.registry.server import app as server

    one, stop = _role(reach=False), _until_signalled()
    with serving_in_thread(server(one.schemas, one.subjects), host, port) as url:
        print(url, flush=True)
        stop.wait()


@app.command(rich_help_panel=TOOLS)
def check() -> None:
    """Validate sources, teams, routing rules and schemas, without any cluster.

    Prints file, line, field and remedy of each problem, all of them at once; exit 1 if there is one. Warnings tell which leads
    no rule takes, and which teams none sends leads to.
    """
    one = Installation.from_environment()
    try:
        inventory = one.inventory
        _ = one.schemas, one.subjects
        if wrong := check_candidates(one.app.config_dir, inventory.teams, inventory.sources):
            raise InventoryError(wrong)
    except ConfigurationError as error:
        problems = str(error).splitlines()
        print(*problems, f"{one.app.config_dir}: {len(problems)} problem{'s' * (len(problems) > 1)}", sep="\n", file=sys.stderr)
        raise typer.Exit(1) from None
    print(
        f"{one.app.config_dir}: {len(inventory.sources)} sources, {len(inventory.teams)} teams, "
        f"{len(inventory.routing.rules)} rules (version {inventory.routing.version}): no problems"
    )
    for problem in advice(one.app.config_dir, inventory):
        print(f"warning: {problem}")


@app.command(rich_help_panel=TOOLS)
def train_mapping(
    out: Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False, writable=True)],
    seed: Annotated[int | None, typer.Option(help="Another choice of variants; the shipped model has its own.")] = None,
) -> None:
    """Train the classifier of field names that the mapping ladder ends with, and print how reliable it is.

    It learns from the dictionary of names and from the mappings that the inventory declares, in seconds. The same names and seed
    give the same file.
    """
    from app.learning.mapping_training import SEED, train

    classifier, report = train(Installation.from_environment().inventory.sources.values(), SEED if seed is None else seed)
    out.write_bytes(classifier.save())
    print(*report.lines(), sep="\n")


@app.command(rich_help_panel=TOOLS)
def reconcile() -> None:
    """Count every input record against its fates and decisions, from the topics alone.

    Exit 0 only if each has exactly one and nothing is left. While leads flow, some are always on their way: those are told apart
    from lost ones, and the exit is 1.
    """
    from app.edges.kafka.ledger import read_ledger
    from app.reconciliation import reconciliation

    one = _tool()
    ledger = read_ledger(one.kafka.client(), one.names, one.sources_now(), list(one.inventory.teams), one.app.group)
    _out().print(reconciliation(ledger))
    if not ledger.holds:
        raise typer.Exit(1)


@app.command(rich_help_panel=TOOLS)
def simulate(
    leads: Annotated[int | None, typer.Option(min=1, help="How many; endless without it.")] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Leads per second, in the mean.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same traffic.")] = 1,
    garbage: Annotated[float, typer.Option(min=0, max=1, help="Share of records that nobody could process.")] = 0.02,
) -> None:
    """Produce simulated vendor traffic, visits, outcomes and spend. Not for a production cluster."""
    from app.embedded.simulator.producer import Simulator

    one = _tool()
    simulator = Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=seed, garbage=garbage)
    simulator.run(leads, rate, _until_signalled())


cluster_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
access_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
redis_acl_command.register(app, lambda **how: _tool(**how), TOOLS)
api_command.register(app, lambda: _role(), lambda: _until_signalled(), ROLES)
steward_command.register(app, lambda: _role(), lambda: _until_signalled(), ROLES)
privacy_command.register(app, lambda: _role(), lambda: _until_signalled(), ROLES)
dlq_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
governance_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
consent_commands.register(app, lambda **how: _tool(**how), TOOLS)
erase_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
export_command.register(app, lambda **how: _tool(**how), TOOLS)
explain_command.register(app, lambda **how: _tool(**how), TOOLS)
onboard_command.register(app, lambda **how: _tool(**how), TOOLS)
mapping_commands.register(app, lambda **how: _tool(**how), TOOLS)
audit_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
backtest_command.register(app, lambda: _out(), TOOLS)
capacity_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
fairness_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
kpi_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
flags_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
map_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
match_command.register(app, lambda **how: _tool(**how), TOOLS)
models_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
rollout_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
review_commands.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)
verdict_command.register(app, lambda **how: _tool(**how), TOOLS)
unmerge_command.register(app, lambda **how: _tool(**how), TOOLS)
whatif_command.register(app, lambda **how: _tool(**how), lambda: _out(), TOOLS)


def _role(*, reach: bool = True) -> Installation:
    """The installation of a long-running role, with its logs set up.

    Args:
        reach: It needs Kafka: who is refused there does not start.
    """
    from app.edges.kafka.door import refuse_to_start

    installation = Installation.from_environment()
    configure(installation.app.log_level)
    if reach:
        refuse_to_start(installation.kafka)
    return installation


def _tool(*, reach: bool = True) -> Installation:
    """The installation of a tool; where nothing is set, the one that `leadstream run` has up in this folder.

    Args:
        reach: Make sure that its Kafka answers, so that every tool says plainly why not.
    """
    from app.edges.kafka.topics import present

    configure("error", json=False)
    run = told(RUN_DIR) if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ else {}
    for name, value in (run or {}).items():
        os.environ.setdefault(name, value)
    one = Installation.from_environment()
    if reach:
        try:
            present(one.kafka.client(), NOTHING_SET_S if run is None else ANSWER_S)
        except EdgeDown as down:
            hint = "\nKAFKA_BOOTSTRAP_SERVERS is not set, and no `leadstream run` is up in this folder" if run is None else ""
            raise EdgeDown(f"{down}{hint}") from None
    return one


def _out() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_PIPE_COLUMNS)


def _until_signalled() -> threading.Event:
    """Set by SIGTERM and SIGINT; a second one ends the process at once."""
    return until_signalled()


def main(entry: Callable[[], None] = app) -> None:
    """Run a command; errors on purpose become one clear line (or one for each problem) and their exit code."""
    try:
        entry()
    except LeadstreamError as error:
        print(f"leadstream: {error}", file=sys.stderr)
        match error:
            case ConfigurationError():
                sys.exit(ExitCode.CONFIGURATION)
            case FatalError():
                sys.exit(error.code)
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
