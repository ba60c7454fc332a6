"""Champion and challengers: all learn every label, each is judged by what it said just before, one scores.

The contest stands where a single model would: it learns, exports the champion, gives and takes its state. At fixed numbers of
labels it looks: a champion that falls goes back to who was there before, a challenger that passes the gate takes over, and its
predecessor stands by for a probation. It has no clock and no dice: the same labels in the same order make the same moves.

Labels that correct an earlier one are learned and not judged: every model has seen that lead already.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any, Final

from app.learning.falling import alone, below
from app.learning.gate import Judgement, Passed, Refused, gate
from app.learning.lessons import Label
from app.learning.model import OnlineModel
from app.learning.moves import APPOINTING, Cause, Move, Rules
from app.learning.orders import Order
from app.learning.paired import spent
from app.learning.quality import log_loss, losses
from app.learning.recent import Recent
from app.learning.recipes import STANDARD, Recipe
from app.learning.reliability import Records
from app.learning.serving import ScoringModel

AUDITED: Final = ("source", "country", "language", "device")  # categories by which harm is looked for, beside declared attributes
SERVED: Final = "(served)"  # what workers really said, among the contenders' predictions
KEPT_MOVES, KEPT_ORDERS, SAMPLES = 50, 100, 32

Features = tuple[Mapping[str, float], Mapping[str, str]]
Latency = Callable[[OnlineModel, Sequence[Features]], float]
"""Microseconds that a prediction takes with what workers would load of a model, measured on some leads."""


@dataclass(slots=True)
class Contender:
    """One model; `barred_until`: labels before which it is not promoted by itself."""

    name: str
    model: OnlineModel
    barred_until: int = 0

    @property
    def passing(self) -> bool:
        """Restored from a version on somebody's order: there only as long as it scores or stands by."""
        return "@" in self.name


class Contest:
    """The models and who scores.

    Args:
        contenders: The first is the champion.
        rules: When to look, what to demand.
        latency: Measures predictions; not given: latency is not judged.

    Attributes:
        labels_learned: By the contest, corrections included.
        champion, predecessor: Names; the predecessor only while it stands by.
        moves: The last ones, oldest first; `moved` counts all there were.
        recent: What all said of the last labels.
    """

    def __init__(self, contenders: Iterable[Contender], rules: Rules | None = None, latency: Latency | None = None) -> None:
        self._contenders = {one.name: one for one in contenders}
        self._rules, self.latency = rules or Rules(), latency
        self.labels_learned = 0
        self.champion = next(iter(self._contenders))
        self.predecessor: str | None = None
        self._since = self._looks = 0  # of this champion: labels judged before it began, looks taken
        self.recent = Recent(self._rules.recent)
        self.moves: deque[Move] = deque(maxlen=KEPT_MOVES)
        self.moved = 0
        self._obeyed: deque[str] = deque(maxlen=KEPT_ORDERS)
        self._samples: deque[Features] = deque(maxlen=SAMPLES)

    @classmethod
    def of(cls, challengers: Iterable[Recipe] = (), rules: Rules | None = None, latency: Latency | None = None) -> Contest:
        """A new one: the standard recipe is champion."""
        recipes = dict.fromkeys((STANDARD, *challengers))
        return cls((Contender(recipe.name, OnlineModel(recipe)) for recipe in recipes), rules, latency)

    @classmethod
    def alone(cls, model: OnlineModel) -> Contest:
        """A single model, and nobody to contend with."""
        one = cls([Contender(model.recipe.name, model)])
        one.labels_learned = model.labels_learned
        return one

    @property
    def names(self) -> list[str]:
        """Of all, the champion first."""
        return [self.champion, *(name for name in self._contenders if name != self.champion)]

    def model(self, name: str | None = None) -> OnlineModel:
        """A contender's model; not named: the champion's."""
        return self._contenders[name or self.champion].model

    def learn(
        self,
        numbers: Mapping[str, float],
        categories: Mapping[str, str],
        won: bool,
        *,
        corrects: bool = False,
        groups: Mapping[str, str] | None = None,
        served: float | None = None,
    ) -> float:
        """All learn one label; what follows is in `moves`.

        Args:
            numbers, categories: The features as they were when the lead was scored.
            won: The label.
            corrects: The opposite was learned of this lead before.
            groups: Declared attributes for the audit.
            served: The probability that a worker gave the lead.

        Returns:
            The log loss (nats) of what the champion would have said just before.
        """
        said: dict[str, float] = {} if served is None else {SERVED: served}
        loss = 0.0
        for one in self._contenders.values():
            its = one.model.learn(numbers, categories, won)
            said[one.name] = exp(-its) if won else 1.0 - exp(-its)
            loss = its if one.name == self.champion else loss
        self.labels_learned += 1
        self._samples.append((numbers, categories))
        if not corrects:
            audited = {name: categories[name] for name in AUDITED if name in categories}
            self.recent.add(won, said, {**(groups or {}), **audited})
            if self.recent.count % self._rules.every == 0 and len(self._contenders) > 1:
                self._look()
        return loss

    def take(self, label: Label) -> float:
        """All learn what the ledger teaches."""
        told = label.numbers, label.categories, label.won
        return self.learn(*told, corrects=label.corrects, groups=label.groups, served=label.served)

    def probability(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> float:
        """The champion's."""
        return self.model().probability(numbers, categories)

    def export(self, version: str, records: Records | None = None) -> ScoringModel:
        """The champion, as workers load it."""
        return self.model().export(version, records)

    def judge(self, name: str, *, alpha: float | None = None, better: bool = False) -> Judgement:
        """What the gate says of a contender, by default whether a person may have it promoted."""
        (ours, theirs), labels = self.recent.of([self.champion, name])
        latency = self.latency(self.model(name), list(self._samples)) if self.latency and self._samples else None
        return gate(ours, theirs, labels, self._rules.limits, alpha=alpha, better=better, predict_us=latency)

    def obey(self, order: Order, restored: OnlineModel | None = None) -> Move | None:
        """Carry out an order, or say why not; None where that was done before.

        Args:
            order: A person's.
            restored: The model of the version that the order names, where it names one that was kept.
        """
        if order.id in self._obeyed:
            return None
        self._obeyed.append(order.id)
        target = order.target or self._former()
        if target is None:
            return self._refuse(order, "there was no other champion to go back to")
        if target == self.champion:
            return self._refuse(order, f"{target} is the champion already")
        if target in self._contenders:
            judged = self.judge(target)
            if isinstance(judged, Refused) and not order.force:
                return self._refuse(order, f"the gate refuses {target}: {judged.words}")
            forced = ", though the gate refuses it" if isinstance(judged, Refused) else ""
            return self._appoint("ordered", target, order.by, f"{order.why}{forced} ({judged.words})", order.id)
        if restored is None:
            return self._refuse(order, f"{target} is neither a contender ({', '.join(self.names)}) nor a version that is kept")
        if not order.force:
            return self._refuse(order, f"the gate has no labels to judge {target} by; --force takes it all the same")
        name = f"{restored.recipe.name}@{target}"
        self._contenders[name] = Contender(name, restored)
        return self._appoint("ordered", name, order.by, f"{order.why}, not judged by the gate", order.id)

    def moves_since(self, moved: int) -> list[Move]:
        """The moves after the first `moved` of all, as far as they are remembered."""
        return list(self.moves)[-(self.moved - moved) :] if self.moved > moved else []

    @property
    def last_appointed(self) -> Move | None:
        """The last move that put another champion into its place, as far as moves are remembered."""
        return next((move for move in reversed(self.moves) if move.cause in APPOINTING), None)

    @property
    def on_guard(self) -> bool:
        """Whether a champion was rolled back lately, and nothing has moved since."""
        last = self.last_appointed
        return last is not None and last.cause == "rolled_back" and self.recent.count - self._since < self._rules.rest

    def field(self, challengers: Iterable[Recipe]) -> None:
        """Let these contend from now on, and those no more that are not among them; nobody at all: the champion stays alone."""
        wanted = {recipe.name: recipe for recipe in challengers}
        if wanted:
            wanted.setdefault(STANDARD.name, STANDARD)
        else:
            self.predecessor = None
        self._drop(lambda one: one.name not in wanted and one.name not in (self.champion, self.predecessor))
        there = {*self._contenders, self.model().recipe.name}
        self._contenders |= {name: Contender(name, OnlineModel(recipe)) for name, recipe in wanted.items() if name not in there}

    def state(self) -> dict[str, Any]:
        """Everything that goes on depends on, as JSON can hold it."""
        return {
            "labels_learned": self.labels_learned,
            "champion": self.champion,
            "predecessor": self.predecessor,
            "since": self._since,
            "looks": self._looks,
            "contenders": [
                {"name": one.name, "barred_until": one.barred_until, "model": one.model.state()}
                for one in self._contenders.values()
            ],
            "recent": self.recent.state(),
            "moves": [move.to_json() for move in self.moves],
            "moved": self.moved,
            "obeyed": list(self._obeyed),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any], rules: Rules | None = None, latency: Latency | None = None) -> Contest:
        """The contest that gave this `state()`; it goes on as that one would have.

        Raises:
            KeyError, TypeError, ValueError: This is no such state.
        """
        found = [
            Contender(str(one["name"]), OnlineModel.restore(one["model"]), int(one["barred_until"]))
            for one in state["contenders"]
        ]
        one = cls(found, rules, latency)
        one.labels_learned, one.champion, one.predecessor = int(state["labels_learned"]), state["champion"], state["predecessor"]
        if not {one.champion, one.predecessor or one.champion} <= one._contenders.keys():
            raise ValueError("a contest without its champion")
        one._since, one._looks = int(state["since"]), int(state["looks"])
        one.recent = Recent.restore(state["recent"])
        one.moves.extend(Move.from_json(move) for move in state["moves"])
        one.moved = int(state["moved"])
        one._obeyed.extend(str(order) for order in state["obeyed"])
        return one

    def _look(self) -> None:
        self._looks += 1
        alpha = spent(self._rules.limits.alpha, self._looks)
        if self._fallen(alpha):
            return
        if self.predecessor is not None:
            if self.recent.count - self._since < self._rules.probation:
                return
            self._settle()
        if self.recent.count >= self._rules.recent:  # before, all are cold, and the quickest beginner would win
            self._promote_best(alpha / (len(self._contenders) - 1))

    def _fallen(self, alpha: float) -> bool:
        """Whether the champion had to go."""
        if self.predecessor is not None:
            (ours, theirs), labels = self.recent.of([self.champion, self.predecessor], self.recent.count - self._since)
            if len(labels.won) and (why := below(losses(ours, labels.won), losses(theirs, labels.won), alpha)):
                self._appoint("rolled_back", self.predecessor, "contest", why)
                return True
        others = [self.predecessor] if self.predecessor else self.names[1:]
        for name in others:
            (ours, theirs), labels = self.recent.of([self.champion, name])
            if not len(labels.won):
                continue
            now = self._rules.fall
            why = alone(losses(ours, labels.won), losses(theirs, labels.won), now, alpha / len(others))
            if why and isinstance(self._judge_now(name, log_loss(ours[:-now], labels.won[:-now])), Passed):
                self._appoint("rolled_back", name, "contest", why)
                return True
        return False

    def _judge_now(self, name: str, usual: float) -> Judgement:
        """The gate on the last labels alone, for who is to stand in for a champion that fell below its usual loss."""
        (ours, theirs), labels = self.recent.of([self.champion, name], self._rules.fall)
        limits = replace(
            self._rules.limits, least=min(self._rules.limits.least, self._rules.fall), least_of_each=10, most_auc=1.0
        )
        return gate(ours, theirs, labels, limits, usual_loss=usual)

    def _promote_best(self, alpha: float) -> None:
        passed: list[tuple[float, str, str]] = []
        for name in self.names[1:]:
            if self.recent.count < self._contenders[name].barred_until:
                continue
            judged = self.judge(name, alpha=alpha, better=True)
            if isinstance(judged, Passed):
                (said,), labels = self.recent.of([name])
                passed.append((log_loss(said, labels.won), name, judged.words))
        if passed:
            _, name, words = min(passed)
            self._appoint("promoted", name, "contest", words)

    def _appoint(self, cause: Cause, name: str, by: str, why: str, order: str | None = None) -> Move:
        before, self.champion = self.champion, name
        self._since, self._looks = self.recent.count, 0
        self.predecessor = None if cause == "rolled_back" else before
        if cause == "rolled_back":
            self._contenders[before].barred_until = self.recent.count + self._rules.rest
        self._drop(lambda one: one.passing and one.name not in (self.champion, self.predecessor))
        return self._note(Move(cause, self.labels_learned, name, before, by, why, order))

    def _settle(self) -> None:
        before, self.predecessor = self.predecessor or "", None
        self._drop(lambda one: one.passing and one.name != self.champion)
        why = f"not below its predecessor in {self._rules.probation} labels"
        self._note(Move("settled", self.labels_learned, self.champion, before, "contest", why))

    def _refuse(self, order: Order, why: str) -> Move:
        return self._note(Move("refused", self.labels_learned, self.champion, self.champion, order.by, why, order.id))

    def _note(self, move: Move) -> Move:
        self.moves.append(move)
        self.moved += 1
        return move

    def _former(self) -> str | None:
        """The champion before this one, as long as it contends."""
        before = (move.before for move in reversed(self.moves) if move.cause in APPOINTING and move.before != self.champion)
        return self.predecessor or next((name for name in before if name in self._contenders), None)

    def _drop(self, leaves: Callable[[Contender], bool]) -> None:
        gone = [one.name for one in self._contenders.values() if leaves(one)]
        for name in gone:
            del self._contenders[name]
        self.recent.forget(gone)
