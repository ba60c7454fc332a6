"""Recipes: the hyperparameters by which models differ. The champion and its challengers learn the same labels by other recipes.

One recipe serves all data. Its numbers were chosen over many histories together (docs/model.md), for none of them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model learns.

    Attributes:
        name: Names it in snapshots and reports.
        rates: Learning rates of the SGD members.
        spread: Prior variance of the Gaussian member over all terms, which decides how boldly it learns.
        rate_spread: The same of the one over learned won shares alone.
        unrest: Variance that a Gaussian weight gains at each label that shows it.
        half_lives: Of the won shares, in labels.
        hedge: How strongly members' losses move the blend; `fade` is their memory, per label.
        looking_back: Say of the member that looks back over the last labels, once it has seen enough of them.
        cold: Labels at which rules and model weigh about the same.
    """

    name: str
    rates: tuple[float, ...] = (0.001, 0.005, 0.03)
    spread: float = 0.003
    rate_spread: float = 0.03
    unrest: float = 1e-6
    half_lives: tuple[float, float] = (500.0, 20_000.0)
    hedge: float = 0.05
    fade: float = 0.998
    looking_back: float = 0.3
    cold: float = 150.0


STANDARD: Final = Recipe("standard")
STEADY: Final = Recipe("steady", rates=(0.0005, 0.002, 0.01), unrest=1e-7, half_lives=(2_000.0, 50_000.0), fade=0.999)
NIMBLE: Final = Recipe("nimble", rates=(0.005, 0.02, 0.05), unrest=1e-4, half_lives=(150.0, 3_000.0), hedge=0.2, fade=0.99)
RECIPES: Final = {recipe.name: recipe for recipe in (STANDARD, STEADY, NIMBLE)}


def recipe_named(name: str) -> Recipe:
    """
    Raises:
        ValueError: There is no recipe of this name.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe is named {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
