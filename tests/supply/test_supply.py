"""Dependencies are pinned with hashes, listed completely, and audited: findings fail, being offline does not."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.supply.audit import ACCEPTED, CLEAN, FOUND, UNKNOWN, Acceptance, judged, read_accepted, read_audit
from tests.supply.lock import LOCK, Pin, canonical, pins
from tests.supply.sbom import differences

ROOT = Path(__file__).parents[2]
TODAY = datetime.date(2026, 11, 24)
TOOLS = Path(__file__).parent / "tools.lock"


def report(*dependencies: dict[str, Any]) -> Any:
    return read_audit({"dependencies": list(dependencies), "fixes": []})


GOOD = {"name": "orjson", "version": "3.11", "vulns": []}
BAD = {
    "name": "Some_Package",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"], "description": "…"}],
}
NOT_TOLD = {"name": "orjson", "skip_reason": "Dependency not found"}
ACCEPTANCE = Acceptance("CVE-2026-1", "some-package", "Its server is never started here.", TODAY)


class TestLock:
    @pytest.mark.parametrize("lock", [ROOT / LOCK, TOOLS], ids=["requirements", "tools"])
    def test_everything_is_pinned_with_hashes(self, lock: Path) -> None:
        """Versions to the letter, with at least one hash each: what is installed is what was looked at."""
        found = pins(lock)
        assert len(found) > 40
        assert len({(one.name, one.version) for one in found}) == len(found)  # some have two, for two versions of Python

    def test_what_pyproject_asks_for_is_locked(self) -> None:
        """A dependency that was added without `make lock` would be installed by nobody."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
        names = [re.match(r"[A-Za-z0-9._-]+", one) for one in asked]
        assert {canonical(name[0]) for name in names if name} <= {one.name for one in pins(ROOT / LOCK)}

    def test_no_line_without_a_hash_is_taken(self, tmp_path: Path) -> None:
        """The control: a lock that pins without a hash is refused."""
        (tmp_path / "lock").write_text("orjson==3.11\n")
        with pytest.raises(ValueError, match="not pinned with a hash"):
            pins(tmp_path / "lock")


class TestAudit:
    def test_nothing_found(self) -> None:
        """Everything was audited, nothing is known: 0."""
        assert judged(report(GOOD), [], TODAY)[0] == CLEAN

    def test_a_finding_fails(self) -> None:
        """What nobody accepted is 1, with the version that mends it."""
        code, lines = judged(report(GOOD, BAD), [], TODAY)
        assert code == FOUND
        assert "mended in 1.1" in lines[0]

    def test_an_accepted_finding_passes_until_its_day(self) -> None:
        """By any of its names; the day after its last day it fails again."""
        assert judged(report(BAD), [ACCEPTANCE], TODAY)[0] == CLEAN
        assert judged(report(BAD), [ACCEPTANCE], TODAY + datetime.timedelta(days=1))[0] == FOUND

    def test_an_acceptance_of_another_package_does_not_count(self) -> None:
        """It is a decision about one package's use."""
        assert judged(report(BAD), [ACCEPTANCE._replace(package="another")], TODAY)[0] == FOUND

    def test_offline_is_told_apart(self) -> None:
        """No answer at all, or none about some packages: 3, and said; but a finding among the others still fails."""
        assert judged(None, [], TODAY)[0] == UNKNOWN
        assert judged(report(NOT_TOLD), [], TODAY)[0] == UNKNOWN
        assert judged(report(NOT_TOLD, BAD), [], TODAY)[0] == FOUND

    def test_what_is_not_found_any_more_is_to_be_taken_out(self) -> None:
        """Acceptances do not pile up."""
        assert any("take it out" in line for line in judged(report(GOOD), [ACCEPTANCE], TODAY)[1])

    def test_reasons_and_days_are_asked_for(self) -> None:
        """No reason, or for ever: refused."""
        for entry in ("reason: ''\n  until: 2026-12-01", "reason: Its server is never started here.\n  until: 2030-01-01"):
            with pytest.raises(ValueError, match="CVE-2026-1"):
                read_accepted(f"- id: CVE-2026-1\n  package: x\n  {entry}\n", TODAY)

    def test_our_own_acceptances_can_be_read(self) -> None:
        """The file in the repository holds to its rules, today."""
        read_accepted(ACCEPTED.read_text("utf-8"), datetime.datetime.now(datetime.UTC).date())


class TestBill:
    LOCKED = (Pin("a", "1", frozenset({"0" * 64})), Pin("b", "2", frozenset({"1" * 64})))

    def bill(self, *told: Pin) -> dict[str, Any]:
        hashed = [[{"alg": "SHA-256", "content": one} for one in pin.hashes] for pin in told]
        return {
            "components": [
                {"name": pin.name.upper(), "version": pin.version, "externalReferences": [{"hashes": hashes}]}
                for pin, hashes in zip(told, hashed, strict=True)
            ]
        }

    def test_exactly_the_lock(self) -> None:
        """Each package, each version, each hash."""
        assert differences(self.bill(*self.LOCKED), list(self.LOCKED)) == []

    @pytest.mark.parametrize("changed", [0, 1, 2])
    def test_anything_else_is_told(self, changed: int) -> None:
        """Left out, added, or of another version."""
        first, second = self.LOCKED
        told = [(first,), (first, second, Pin("c", "3", second.hashes)), (first, second._replace(version="9"))][changed]
        assert differences(self.bill(*told), list(self.LOCKED))

    def test_the_bill_that_was_made(self) -> None:
        """Where `make sbom` has run, its bill is that of the lock as it is now."""
        made = ROOT / "dist/sbom.cdx.json"
        if not made.exists():
            pytest.skip("no bill was made here yet: make sbom")
        if made.stat().st_mtime < (ROOT / LOCK).stat().st_mtime:
            pytest.skip("the lock is newer than the bill: make sbom")
        assert differences(json.loads(made.read_text("utf-8")), pins(ROOT / LOCK)) == []
