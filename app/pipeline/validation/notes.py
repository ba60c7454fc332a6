"""What validation remembers about one lead while it reads the fields: violations, repairs, raw values."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.pipeline.lead import Repair, Violation, ViolationCode
from app.pipeline.validation.raw import raw_text


@dataclass(slots=True)
class Notes:
    """Filled by the readers, handed on to the lead. `attributes` is the mapping stage's dict, added to."""

    attributes: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def violate(self, name: str, code: ViolationCode) -> None:
        """Something is wrong with the field; its value stays."""
        self.violations.append(Violation(name, code))

    def repair(self, name: str, *rules: str) -> None:
        """The field was mended by these rules."""
        self.repairs.extend(Repair(name, rule) for rule in rules)

    def keep(self, key: str, value: object) -> None:
        """Keep a value as text under `key`; where the payload had such a path itself, both stay."""
        while key in self.attributes:
            key += "_"
        self.attributes[key] = raw_text(value)

    def reject(self, name: str, value: object, code: ViolationCode = "invalid") -> None:
        """The field cannot be made valid: it stays empty, and what was there is kept under `raw.<field>`."""
        self.violations.append(Violation(name, code))
        self.keep(f"raw.{name}", value)
