"""What agreement and disagreement are worth: Fellegi and Sunter's model (1969), with more than one way to match and not to match.

A pair of leads belongs to one of several classes. Matches: the same, the same carelessly told, moved, changed (another job:
another company, address of mail and phone). Others: strangers, neighbours, a household, colleagues, businesses under one roof,
sister companies (a hotel and its restaurant, a firm and its holding), branches of one chain in two towns or in one. Within a
class the fields are independent; between classes they are not, and so a street, a postcode and a city that agree together are not
counted thrice: neighbours and firms under one roof agree in them as well as matches do. The classes are known by what they are
(labels of the training data); Winkler (1993), Larsen and Rubin (2001) estimate such mixtures without labels.

The weight of a pair is log2 of the odds that it is a match. Common names weigh less than rare ones (Winkler 1989, Splink's term
frequency adjustment): in the classes where two leads have a name in common by chance, the chance is the name's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any, Final, Literal, get_args

import yaml

from app.errors import ConfigurationError
from app.pipeline.matching.levels import LEVELS

Class = Literal[
    "same",
    "careless",
    "moved",
    "changed",
    "stranger",
    "neighbour",
    "household",
    "colleague",
    "co-located",
    "sister",
    "branch",
    "local branch",
]
CLASSES: Final[tuple[Class, ...]] = get_args(Class)
MATCHES: Final = 4  # the first of the classes are matches
# Where two leads have a value in common by chance alone: there its own frequency counts.
BY_CHANCE: Final[Mapping[str, tuple[int, ...]]] = {  # first name, last name, company
    "first": tuple(
        CLASSES.index(one) for one in ("stranger", "neighbour", "colleague", "co-located", "sister", "branch", "local branch")
    ),  # not in a household: fathers and sons
    "last": tuple(
        CLASSES.index(one) for one in ("stranger", "neighbour", "colleague", "co-located", "sister", "branch", "local branch")
    ),
    "company": tuple(CLASSES.index(one) for one in ("stranger", "neighbour", "household", "co-located")),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model of pairs.

    Attributes:
        merge, ask: Probabilities from which on two leads are one, and from which on people are asked.
        share: Class → how many such pairs a lead is in, in the mean. Of strangers: how many leads there are.
        probabilities: Class → field → the probability of each of its levels, where both leads tell.
        recipe: How it was made.
    """

    merge: float
    ask: float
    share: Mapping[str, float]
    probabilities: Mapping[str, Mapping[str, tuple[float, ...]]]
    recipe: Mapping[str, Any]

    def logs(self) -> tuple[tuple[float, ...], tuple[tuple[tuple[float, ...], ...], ...]]:
        """log2 of the shares per class, and of the probabilities per field, level and class."""
        shares = tuple(log2(self.share[one]) for one in CLASSES)
        fields = []
        for field in LEVELS:
            rows = [list(self.probabilities[one][field]) for one in CLASSES]
            if field == "last":  # exchanged: said of the first name already
                for row in rows:
                    row[-1] = 1.0
            fields.append(tuple(tuple(log2(row[level]) for row in rows) for level in range(len(rows[0]))))
        return shares, tuple(fields)

    def dump(self) -> str:
        """As `load` reads it."""
        lines = [
            "# What agreement in each field is worth. Made by `leadstream train-matching`, read by weights.py.",
            "# Probabilities of the levels (see levels.py) where both leads tell, per class of pairs; their ratio is the weight.",
            "recipe: {" + ", ".join(f"{name}: {value}" for name, value in self.recipe.items()) + "}",
            "limits: {" + f"merge: {self.merge}, ask: {self.ask}" + "}",
            "share:  # pairs of each class that a lead is in, in the mean; of strangers: how many leads there are",
            *(f"  {name}: {self.share[name]}" for name in CLASSES),
            "probabilities:",
        ]
        for name in CLASSES:
            lines.append(f"  {name}:")
            lines += [f"    {field}: [{', '.join(map(_number, self.probabilities[name][field]))}]" for field in LEVELS]
        return "\n".join(lines) + "\n"

    def with_limits(self, merge: float, ask: float) -> Weights:
        """The same model, asked for other certainty."""
        return replace(self, merge=merge, ask=ask)


def load(text: str | bytes) -> Weights:
    """Read what `dump` wrote.

    Raises:
        ConfigurationError: A class, field or level is missing or no probability.
    """
    try:
        told = yaml.safe_load(text)
        weights = Weights(
            float(told["limits"]["merge"]),
            float(told["limits"]["ask"]),
            {name: float(told["share"][name]) for name in CLASSES},
            {name: {field: tuple(map(float, told["probabilities"][name][field])) for field in LEVELS} for name in CLASSES},
            dict(told["recipe"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"weights of matching: {error!r}; make them with `leadstream train-matching --out`") from None
    for name in CLASSES:
        for field, levels in LEVELS.items():
            row = weights.probabilities[name][field]
            if len(row) != len(levels) or not all(0 < one < 1 for one in row):
                raise ConfigurationError(
                    f"weights of matching: {name}.{field}: {len(levels)} probabilities between 0 and 1 expected"
                )
    return weights


@cache
def shipped() -> Weights:
    """The weights that come with the package."""
    return load(files("app.pipeline.matching").joinpath("weights.yaml").read_bytes())


def _number(value: float) -> str:
    return f"{value:.6f}" if 1e-3 <= value < 1 else f"{value:.3g}" if value >= 1 else f"{value:.3e}"
