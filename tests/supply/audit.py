"""`make audit`: known vulnerabilities of what requirements.lock pins, held against those that were accepted.

Exit codes: 0 none that is not accepted; 1 there are some; 3 it is not known, because the vulnerability service cannot be reached,
or does not know the packages. In CI 3 is no failure: being offline is nobody's fault, and the next run will know.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from tests.supply.lock import LOCK, canonical

ACCEPTED: Final = Path(__file__).parent / "accepted.yaml"
CLEAN, FOUND, UNKNOWN = 0, 1, 3
LONGEST: Final = datetime.timedelta(days=180)  # an acceptance is looked at again after so long, at the latest


class Finding(NamedTuple):
    """A known vulnerability of a pinned package; `names`: its id and what else it is called."""

    package: str
    version: str
    names: frozenset[str]
    mended_in: tuple[str, ...]

    @property
    def name(self) -> str:
        return min(self.names)


class Acceptance(NamedTuple):
    """A finding that somebody decided to live with: which, why, and until when."""

    id: str
    package: str
    reason: str
    until: datetime.date


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known.

    Attributes:
        unknown: Packages that the service could not tell anything of.
    """

    findings: tuple[Finding, ...]
    unknown: tuple[str, ...] = ()


def read_audit(report: Mapping[str, Any]) -> Audit:
    """What pip-audit's JSON says."""
    findings, unknown = list[Finding](), list[str]()
    for one in report["dependencies"]:
        if "skip_reason" in one:
            unknown.append(canonical(one["name"]))
        for each in one.get("vulns", ()):
            names = frozenset([each["id"], *each.get("aliases", ())])
            findings.append(Finding(canonical(one["name"]), one["version"], names, tuple(each.get("fix_versions", ()))))
    return Audit(tuple(findings), tuple(unknown))


def read_accepted(text: str, today: datetime.date) -> list[Acceptance]:
    """The file of acceptances.

    Raises:
        ValueError: One has no reason, or holds for longer than LONGEST.
    """
    found = []
    for one in yaml.safe_load(text) or ():
        acceptance = Acceptance(one["id"], canonical(one["package"]), str(one.get("reason") or "").strip(), one["until"])
        if len(acceptance.reason) < 20:
            raise ValueError(f"{ACCEPTED.name}: {acceptance.id}: say in a sentence why it does no harm here")
        if acceptance.until > today + LONGEST:
            raise ValueError(f"{ACCEPTED.name}: {acceptance.id}: until {today + LONGEST} at the latest")
        found.append(acceptance)
    return found


def open_findings(audit: Audit, accepted: Iterable[Acceptance], today: datetime.date) -> list[Finding]:
    """Those that nobody accepted, or whose acceptance has run out."""
    standing = {(one.package, one.id) for one in accepted if one.until >= today}
    return [one for one in audit.findings if not any((one.package, name) in standing for name in one.names)]


def judged(audit: Audit | None, accepted: Sequence[Acceptance], today: datetime.date) -> tuple[int, list[str]]:
    """Exit code, and what to print; None: the service did not answer."""
    if audit is None:
        return UNKNOWN, ["not audited: the vulnerability service cannot be reached; try again with a network"]
    left = open_findings(audit, accepted, today)
    lines = [f"{one.package} {one.version}: {one.name}; mended in {', '.join(one.mended_in) or 'no version yet'}" for one in left]
    known = {(one.package, name) for one in audit.findings for name in one.names}
    if not audit.unknown:
        stale = [one for one in accepted if (one.package, one.id) not in known]
        lines += [f"{ACCEPTED.name}: {one.id} of {one.package} is not found any more: take it out" for one in stale]
    if left:
        return FOUND, [*lines, f"{len(left)} findings: update the package, or accept it in {ACCEPTED.name}"]
    if audit.unknown:
        return UNKNOWN, [*lines, f"not audited: the service knows nothing of {len(audit.unknown)} packages"]
    return CLEAN, [*lines, f"no findings but {len(audit.findings)} accepted"]


def main(pip_audit: str) -> int:
    """Run pip-audit on the lock, without resolving or installing anything."""
    argv = [pip_audit, "--require-hashes", "--disable-pip", "-r", str(LOCK), "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    try:
        audit = read_audit(json.loads(done.stdout))
    except (json.JSONDecodeError, KeyError):
        print(*done.stderr.strip().splitlines()[-3:], sep="\n", file=sys.stderr)
        audit = None
    today = datetime.datetime.now(datetime.UTC).date()
    code, lines = judged(audit, read_accepted(ACCEPTED.read_text("utf-8"), today), today)
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
