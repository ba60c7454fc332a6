"""Answers that only their form can explain: the questions of a form's definition, known by the ids that answers carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.pipeline.attributes import MAX_VISITED, text_of
from app.pipeline.ladder.unfold.elements import MAX_LABEL, PLANS, Asked, Plan, asked, plan
from app.pipeline.ladder.unfold.memory import Memory
from app.pipeline.ladder.unfold.names import NAMES, ORIGINS, Named, Origin, read_name, read_path


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

    def mostly_asks(self) -> bool:
        """Whether most of its elements have no answer: a question with a choice of answers looks like one with its own."""
        plans = [PLANS[tuple(item)] for item in self.items if type(item) is dict]
        return 2 * sum(plan is not None and plan.asks for plan in plans) > len(self.items)


def ids_of(forms: Iterable[Form]) -> set[str]:
    """What the questions of forms call themselves."""
    return {
        text_of(item[name])
        for form in forms
        for item in form.items
        if type(item) is dict
        for name in form.plan.machine
        if type(item.get(name)) is str or type(item.get(name)) is int
    }


def labels_as_questions(value: Mapping[Any, Any]) -> list[dict[str, str]] | None:
    """The questions of an object that gives each answer's key its label: {q1: Name, q2: E-mail}. None: it is something else."""
    if not 2 <= len(value) <= _MOST_LABELS:
        return None
    if not all(type(name) is str and type(text) is str and 0 < len(text) <= MAX_LABEL for name, text in value.items()):
        return None
    return [{"id": name, "label": text} for name, text in value.items()]


LABELS: Final = plan(("id", "label"))
_MOST_LABELS: Final = 200


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
        if (form.path in answers and not form.mostly_asks()) or not form.belongs_to(ids):
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
        if plan is None or not plan.asks or any(map(_is_questions, item.values())):  # its parts are asked for, not the whole
            continue
        if (question := asked(item, plan)) is not None:
            yield question


def _is_questions(value: Any) -> bool:
    inner = PLANS[tuple(value[0])] if type(value) is list and value and type(value[0]) is dict else None
    return inner is not None and inner.asks and len(value) > 1


def _questions(payload: Any) -> Iterator[Asked]:
    queue = [payload]
    for value in queue:  # grows while it is read
        inner = value.values() if type(value) is dict else value
        yield from _asked((value,))
        queue += [item for item in inner if type(item) is dict or type(item) is list][: max(0, MAX_VISITED - len(queue))]
