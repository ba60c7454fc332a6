"""What validation remembers about one lead while it reads the fields: violations, repairs, raw values."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.pipeline.lead import Repair, Violation, ViolationCode
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import raw_text

_HUGE = 2**63
TOLD_CHARS = 500  # of a repair's before and after: the field itself has the rest


@dataclass(slots=True)
class Notes:
    """Filled by the readers, handed on to the lead. `attributes` is the mapping stage's dict, added to."""

    attributes: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def violate(self, name: str, code: ViolationCode) -> None:
        """Something is wrong with the field; its value stays."""
        self.violations.append(Violation(name, code))

    def repair(self, name: str, *rules: str, before: object, after: object) -> None:
        """The field was mended by these rules.

        Args:
            before: The value as it came. All rules of one reading share it: what lies between them is nobody's value.
            after: What the lead keeps; None where the repair removed it.
        """
        if rules:
            old = _told(before)
            new = None if after is None else old if after is before else _told(after)
            for rule in rules:
                self.repairs.append(Repair(name, rule, old, new))

    def remove(self, name: str, value: object, rule: str = "placeholder") -> None:
        """What stands for nothing (n/a, Select, test@test.com) leaves the field: a violation, and a repair to nothing."""
        self.repairs.append(Repair(name, rule, _told(value), None))
        self.reject(name, value, "placeholder")

    def keep(self, key: str, value: object) -> None:
        """Keep a value as text under `key`; where the payload had such a path itself, both stay."""
        while key in self.attributes:
            key += "_"
        self.attributes[key] = raw_text(value)

    def refuse(self, name: str, value: object, text: str | None) -> None:
        """As remove where the text stands for nothing, else as reject."""
        if text is not None and len(text) < TOLD_CHARS and is_placeholder(text):
            self.remove(name, value)
        else:
            self.reject(name, value)

    def reject(self, name: str, value: object, code: ViolationCode = "invalid") -> None:
        """The field cannot be made valid: it stays empty, and what was there is kept under `raw.<field>`."""
        self.violations.append(Violation(name, code))
        self.keep(f"raw.{name}", value)


def _told(value: object) -> str:
    """The beginning of a value as text that can be encoded."""
    if type(value) is int and -_HUGE < value < _HUGE:
        return str(value)
    text = value if type(value) is str else raw_text(value)
    if len(text) > TOLD_CHARS:
        text = text[:TOLD_CHARS]
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return raw_text(text)
    return text
