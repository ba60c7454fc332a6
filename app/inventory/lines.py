"""YAML that remembers its lines, so that an error can point at one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.inventory.problems import Problem

Loc = tuple[Hashable, ...]


@dataclass(slots=True)
class Document:
    """One file: its data, and on which line each part of it stands.

    Attributes:
        file: Its path as the user knows it.
        data: Plain dicts, lists and scalars; None where the file is empty or cannot be read at all.
        lines: Location (keys and indexes from the top) → line, from 1.
        written: Location → a scalar as the file spells it, before YAML made something else of it (`NO` → False).
        problems: What is wrong with it as YAML.
    """

    file: str
    data: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    written: dict[Loc, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, loc: Loc) -> int:
        """The line of a location, or of the nearest part around it that exists."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def problem(self, loc: Loc, what: str, mend: str) -> Problem:
        """A problem at a location."""
        return Problem(self.file, self.line(loc), spell(loc), what, mend)


def spell(loc: Loc) -> str:
    """A location as people write it: `mapping.fields.email[1]`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"


def read(path: Path) -> Document:
    """Read one file. Never raises: what is wrong stands in `problems`."""
    document = Document(str(path))
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
    except OSError as error:
        document.problems.append(Problem(document.file, 1, "(file)", f"cannot be read: {error.strerror}", "create it"))
    except UnicodeDecodeError:
        document.problems.append(Problem(document.file, 1, "(file)", "is not UTF-8", "save it as UTF-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"is not YAML: {error.problem}"
        document.problems.append(Problem(document.file, line, "(file)", what, "mend this line or the one above"))
    except yaml.YAMLError:
        what = "is not YAML: it holds characters that YAML does not allow"
        document.problems.append(Problem(document.file, 1, "(file)", what, "remove them"))
    else:
        if node is not None:
            document.data = _Reader(loader, document).data(node, ())
    return document


class _Reader:
    """Turns YAML nodes into data, noting lines on the way."""

    def __init__(self, loader: yaml.SafeLoader, document: Document) -> None:
        self._loader, self._document = loader, document
        self._seen: set[int] = set()

    def data(self, node: yaml.Node, loc: Loc) -> Any:
        self._document.lines.setdefault(loc, node.start_mark.line + 1)
        if id(node) in self._seen:  # an alias: may refer to itself, and hides what a file says
            self._add(loc, "YAML aliases (*name) are not read here", "write the value out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._members(node, loc))
        if isinstance(node, yaml.SequenceNode):
            return [self.data(item, (*loc, n)) for n, item in enumerate(node.value)]
        return self._scalar(node, loc)

    def _members(self, node: yaml.MappingNode, loc: Loc) -> Iterator[tuple[Hashable, Any]]:
        names: set[Hashable] = set()
        for key_node, value_node in node.value:
            # Every name here is text: `on`, `yes` and 2024 as YAML reads them would only confuse.
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self._add(loc, "a name must be plain text", "write name: value")
                continue
            inner = (*loc, key)
            line = key_node.start_mark.line + 1
            if key in names:
                first = self._document.lines[inner]
                problem = Problem(self._document.file, line, spell(inner), f"is set twice, first in line {first}", "keep one")
                self._document.problems.append(problem)
                continue
            names.add(key)
            self._document.lines[inner] = line
            yield key, self.data(value_node, inner)

    def _scalar(self, node: yaml.Node, loc: Loc) -> Any:
        self._document.written[loc] = str(node.value)
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._add(loc, "YAML cannot read this value", "put it in quotes")
            return None

    def _add(self, loc: Loc, what: str, mend: str) -> None:
        self._document.problems.append(self._document.problem(loc, what, mend))
