"""Recipes: the hyperparameters by which models differ. The champion and its challengers learn the same labels by other recipes.

One recipe serves all data. Numbers here are never tuned to one history of leads (docs/model.md has what they were chosen by).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model learns.

    Attributes:
        name: Names it in snapshots and reports.
        pace: Factor on the learning rates of all members: above 1 follows change faster, below 1 is calmer.
        memory: Factor on the half-lives of all decaying counts.
    """

    name: str
    pace: float = 1.0
    memory: float = 1.0


STANDARD: Final = Recipe("standard")
STEADY: Final = Recipe("steady", pace=0.5, memory=3.0)
NIMBLE: Final = Recipe("nimble", pace=2.0, memory=0.3)
RECIPES: Final = {recipe.name: recipe for recipe in (STANDARD, STEADY, NIMBLE)}


def recipe_named(name: str) -> Recipe:
    """
    Raises:
        ValueError: There is no recipe of this name.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe is named {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
