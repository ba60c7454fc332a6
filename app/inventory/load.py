"""Read the inventory: sources/, forms/, teams, routing, mapping, fairness, review, kpi, flags, rollouts, fallback,
privacy and governance.yaml; judged.

1. Each file is read with its lines (`lines.py`); 2. held against its model (`shape.py`); 3. what has the right shape is
checked for sense (`checks.py`, `rules.py`). All problems are told at once: nobody likes to mend one to meet the next.
"""

from __future__ import annotations

from pathlib import Path

from app.inventory.checks import check_source
from app.inventory.entry import Entry
from app.inventory.falling_back import Fallbacks
from app.inventory.forms import read_forms
from app.inventory.governing import Governance, check_governance
from app.inventory.lines import Document, read
from app.inventory.measuring import Measuring
from app.inventory.models import Fairness, Inventory, Ladder, Routing, Source, Team
from app.inventory.privacy import Privacy
from app.inventory.privacy_checks import check_consent, check_privacy, check_team_purposes
from app.inventory.problems import InventoryError, Problem, did_you_mean
from app.inventory.purposes import check_purposes
from app.inventory.review_checks import check_review
from app.inventory.reviewing import Reviewing
from app.inventory.rolling import Rolling
from app.inventory.rules import check_routing
from app.inventory.shape import Model, shaped
from app.inventory.staff import check_teams
from app.inventory.toggling import Toggling, check_toggling


class Teams(Entry):
    """The file teams.yaml."""

    teams: tuple[Team, ...]


def load(config_dir: Path, candidate: Path | None = None, flags: Path | None = None) -> Inventory:
    """Everything that a configuration folder says.

    Args:
        candidate: A file that takes the place of its routing.yaml.
        flags: One that takes the place of its flags.yaml.

    Raises:
        InventoryError: A ConfigurationError with all `problems`, each naming file, line and field.
    """
    problems: list[Problem] = []
    privacy = _privacy(config_dir / "privacy.yaml", problems)
    sources = _sources(config_dir / "sources", problems, privacy)
    teams = _teams(config_dir / "teams.yaml", problems, privacy)
    routing = _routing(candidate or config_dir / "routing.yaml", problems, teams, sources)
    ladder = _ladder(config_dir / "mapping.yaml", problems)
    fairness = _fairness(config_dir / "fairness.yaml", problems, teams)
    reviewing = _reviewing(config_dir / "review.yaml", problems, teams, sources, routing)
    measuring = _measuring(config_dir / "kpi.yaml", problems)
    toggling = _toggling(flags or config_dir / "flags.yaml", problems, teams, sources)
    rolling = _rolling(config_dir / "rollouts.yaml", problems)
    fallbacks = _fallbacks(config_dir / "fallback.yaml", problems)
    governance = _governance(config_dir / "governance.yaml", problems)
    forms = read_forms(config_dir / "forms", problems)
    read_all = sources is not None and teams is not None and routing is not None and ladder is not None
    if problems or not read_all or fairness is None or reviewing is None:
        raise InventoryError(problems)
    if measuring is None or toggling is None or rolling is None or fallbacks is None or privacy is None or governance is None:
        raise InventoryError(problems)
    return Inventory(
        sources=sources,
        teams=teams,
        routing=routing,
        ladder=ladder,
        fairness=fairness,
        reviewing=reviewing,
        measuring=measuring,
        flags=toggling.flags,
        rolling=rolling,
        fallbacks=fallbacks,
        privacy=privacy,
        governance=governance,
        forms=forms,
    )


def _sources(folder: Path, problems: list[Problem], privacy: Privacy | None) -> dict[str, Source] | None:
    """All sources, or None where one cannot be read (then nobody can say which names are unknown)."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        problems.append(Problem(str(folder), 1, "(folder)", "holds no source", "add a file per source, as <name>.yaml"))
        return None
    sources: dict[str, Source] = {}
    where: dict[str, str] = {}
    complete = True
    for path in files:
        source, document = _entry(path, Source, problems)
        if source is None:
            complete = False
            continue
        problems += check_source(source, document)
        problems += check_purposes(source, document)
        problems += check_consent(source, document, None if privacy is None else privacy.purposes)
        if source.name in sources:
            what = f'"{source.name}" is the name of another source, in {where[source.name]}'
            problems.append(document.problem(("name",), what, "give each its own name: it names the topic"))
        sources[source.name] = source
        where[source.name] = str(path)
    return sources if complete else None


def _teams(path: Path, problems: list[Problem], privacy: Privacy | None) -> dict[str, Team] | None:
    file, document = _entry(path, Teams, problems)
    if file is None:
        return None
    problems += check_teams(file.teams, document)
    problems += check_team_purposes(file.teams, document, None if privacy is None else privacy.purposes)
    return {team.name: team for team in file.teams}


def _routing(
    path: Path, problems: list[Problem], teams: dict[str, Team] | None, sources: dict[str, Source] | None
) -> Routing | None:
    routing, document = _entry(path, Routing, problems)
    if routing is not None:
        problems += check_routing(routing, document, teams, sources)
    return routing


def _ladder(path: Path, problems: list[Problem]) -> Ladder | None:
    """The file may be absent: then the limits are the ladder's own."""
    if not path.exists():
        return Ladder()
    ladder, document = _entry(path, Ladder, problems)
    if ladder is not None and ladder.plausible_from > ladder.certain_from:
        what = f"is above certain_from ({ladder.certain_from:g}): nothing would ever be offered for confirmation"
        problems.append(document.problem(("plausible_from",), what, "write a lower limit, as in 0.6"))
    return ladder


def _fairness(path: Path, problems: list[Problem], teams: dict[str, Team] | None) -> Fairness | None:
    """The file may be absent: then the limits are the audit's own."""
    if not path.exists():
        return Fairness()
    fairness, document = _entry(path, Fairness, problems)
    for n, name in enumerate(fairness.first_class if fairness is not None and teams is not None else ()):
        if name not in (teams or {}):
            problems.append(document.problem(("first_class", n), f'"{name}" is no team', did_you_mean(name, teams or ())))
    return fairness


def _fallbacks(path: Path, problems: list[Problem]) -> Fallbacks | None:
    """The file may be absent: then leads go on without whatever is away."""
    return _entry(path, Fallbacks, problems)[0] if path.exists() else Fallbacks()


def _privacy(path: Path, problems: list[Problem]) -> Privacy | None:
    """The file may be absent: then the defaults hold."""
    if not path.exists():
        return Privacy()
    privacy, document = _entry(path, Privacy, problems)
    if privacy is not None:
        problems += check_privacy(privacy, document)
    return privacy


def _governance(path: Path, problems: list[Problem]) -> Governance | None:
    """The file may be absent: then there are no routines."""
    if not path.exists():
        return Governance()
    governance, document = _entry(path, Governance, problems)
    if governance is not None:
        problems += check_governance(governance, document)
    return governance


def _rolling(path: Path, problems: list[Problem]) -> Rolling | None:
    """The file may be absent: then stages and guardrails are the defaults."""
    return _entry(path, Rolling, problems)[0] if path.exists() else Rolling()


def _reviewing(
    path: Path,
    problems: list[Problem],
    teams: dict[str, Team] | None,
    sources: dict[str, Source] | None,
    routing: Routing | None,
) -> Reviewing | None:
    """The file may be absent: then there are no checkpoints."""
    if not path.exists():
        return Reviewing()
    reviewing, document = _entry(path, Reviewing, problems)
    if reviewing is not None:
        rules = None if routing is None else [rule.name for rule in routing.rules]
        problems += check_review(reviewing, document, teams, sources, rules)
    return reviewing


def _measuring(path: Path, problems: list[Problem]) -> Measuring | None:
    """The file may be absent: then there are no targets."""
    return _entry(path, Measuring, problems)[0] if path.exists() else Measuring()


def _toggling(
    path: Path, problems: list[Problem], teams: dict[str, Team] | None, sources: dict[str, Source] | None
) -> Toggling | None:
    """The file may be absent: then everything is on."""
    if not path.exists():
        return Toggling()
    toggling, document = _entry(path, Toggling, problems)
    if toggling is not None:
        problems += check_toggling(toggling, document, teams, sources)
    return toggling


def _entry(path: Path, model: type[Model], problems: list[Problem]) -> tuple[Model | None, Document]:
    """One file as its model, and the document for what is to be said about it. Its problems are noted."""
    document = read(path)
    entry = shaped(document, document.data, model) if document.data is not None or not document.problems else None
    problems += document.problems
    return entry, document
