"""Answers that only their form can explain: the questions of a form's definition, known by the ids that answers carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.pipeline.attributes import MAX_VISITED, text_of
from app.pipeline.ladder.unfold_elements import PLANS, Asked, Plan, asked
from app.pipeline.ladder.unfold_memory import Memory
from app.pipeline.ladder.unfold_names import NAMES, ORIGINS, Named, Origin, read_name, read_path


class Definitions:
    """Questions by what answers call them. Immutable; made once per source, from the definitions that its vendor exports.

    Attributes:
        questions: Id, ref or name → the question. One that two questions share means neither.
        names: How member names are read: one that is a question's id has the question for its label.
        origins: The same for the paths of what a declaration left over.
    """

    def __init__(self, questions: Iterable[Asked] = (), *, found_inside: bool = False) -> None:
        found: dict[str, Asked] = {}
        shared: set[str] = set()
        for one in questions:
            for told in one.ids:
                if found.setdefault(told, one) != one:
                    shared.add(told)
        self._found_inside = found_inside
        self.questions: Mapping[str, Asked] = {told: one for told, one in found.items() if told not in shared}
        self.names: Mapping[Any, Named] = Memory(self._read_name) if found else NAMES
        self.origins: Mapping[str, Origin] = Memory(lambda path: read_path(path, self.names)) if found else ORIGINS

    @classmethod
    def of(cls, payloads: Iterable[Any]) -> Definitions:
        """The questions in form definitions, wherever in them they stand, as parsed JSON."""
        return cls(question for payload in payloads for question in _questions(payload))

    def and_(self, others: Definitions) -> Definitions:
        """These, and others that were found inside a payload."""
        return others if not self else Definitions((*self.questions.values(), *others.questions.values()))

    def __bool__(self) -> bool:
        return bool(self.questions)

    def find(self, ids: Iterable[str]) -> Asked | None:
        """The question that an answer with these ids belongs to."""
        return next((self.questions[told] for told in ids if told in self.questions), None)

    def _read_name(self, name: Any) -> Named:
        named = read_name(name)
        question = self.questions.get(name) if type(name) is str else None
        if question is None or question.label == named.label:
            return named
        if self._found_inside and not any(letter.isdigit() for letter in named.label):
            return named  # a name that speaks for itself: what has the same id somewhere in the payload may be anything
        others = (other for other in (named.label, *question.names) if other != question.label and not other.isdigit())
        around = tuple(dict.fromkeys(others))
        return Named(named.segment, question.label, (*around, *named.around), False, False)


NONE = Definitions()


class Form(NamedTuple):
    """A list of questions inside a payload."""

    path: str
    parent: str | None  # of the object in which the list stands; None: the payload itself
    items: Sequence[Any]
    plan: Plan  # of the first

    def belongs_to(self, ids: set[str]) -> bool:
        """Whether it asks what was answered. Questions that say of which type an answer is are nothing but a definition."""
        if self.plan.kinds:
            return True
        told = (item.get(name) for item in self.items if type(item) is dict for name in self.plan.machine)
        return any(text_of(one) in ids for one in told if type(one) is str or type(one) is int)


def joined(forms: Iterable[Form], ids: set[str], answers: set[str]) -> tuple[Definitions, frozenset[str]]:
    """What the forms inside a payload say of its answers.

    Args:
        forms: The payload's.
        ids: What its answers call themselves.
        answers: Paths of the lists that hold them.

    Returns:
        The questions of the forms that belong to the answers, and the paths of what is definition, and no answer.
    """
    questions: list[Asked] = []
    paths: set[str] = set()
    for form in forms:
        if form.path in answers or not form.belongs_to(ids):
            continue
        questions += _asked(form.items)
        paths.add(form.path)
        parent = form.parent
        if parent and not any(path.startswith((f"{parent}.", f"{parent}[", f"{parent}@")) for path in answers):
            paths.add(parent)
    return Definitions(questions, found_inside=True), frozenset(paths)


def _asked(items: Iterable[Any]) -> Iterator[Asked]:
    for item in items:
        plan = PLANS[tuple(item)] if type(item) is dict else None
        if plan is not None and plan.asks and (question := asked(item, plan)) is not None:
            yield question


def _questions(payload: Any) -> Iterator[Asked]:
    queue = [payload]
    for value in queue:  # grows while it is read
        inner = value.values() if type(value) is dict else value
        yield from _asked((value,))
        queue += [item for item in inner if type(item) is dict or type(item) is list][: max(0, MAX_VISITED - len(queue))]
