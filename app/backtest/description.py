"""What is said of a history: by options of the command, by a small YAML, the options before it."""

from __future__ import annotations

from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.backtest.errors import HistoryError

Share = Annotated[float, Field(gt=0, lt=1)]


class NotDescribed(HistoryError):
    """The description cannot be used."""


class Description(BaseModel):
    """The columns of a history, and how to replay it. The keys are the command's options, with `_` for `-`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    outcome: str  # the column that says what became of a lead
    positive: tuple[str, ...] = ()  # its values of won leads; none: told by the values
    ignore: tuple[str, ...] = ()  # columns that nobody knew when the lead came, or that scoring must not look at
    order: str | None = None  # column to order the rows by; without: as they stand
    label_delay: Annotated[int, Field(ge=0)] | None = None  # events between a lead and its label
    skip: Annotated[float, Field(ge=0, lt=0.95)] = 0.1  # share of the rows at the beginning that is learned and not judged
    lead_date: str | None = None  # column: when the lead came
    outcome_date: str | None = None  # column: when its outcome was known
    horizon_days: Annotated[float, Field(gt=0)] | None = None  # an outcome without a date is known so long after its lead
    cost: str | None = None  # column: what the lead cost
    cost_per_lead: Annotated[float, Field(ge=0)] | None = None
    capacity: Share = 0.2  # share of the leads that sales can call
    window: Annotated[int, Field(ge=10)] = 500  # leads that share one day's capacity
    map: dict[str, str] = {}  # lead field → column
    identity: bool | None = None  # find persons that come again; None: where contacts and dates are told
    drop_leaks: bool = False
    separator: str | None = None
    encoding: str | None = None
    publish_every: Annotated[int, Field(ge=1)] = 25  # labels between two versions of the model

    @field_validator("positive", "ignore", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """A single value, or several with commas, or a list; numbers and booleans as YAML reads them."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)


def described(text: str | None, options: dict[str, Any]) -> Description:
    """The description.

    Args:
        text: Of the YAML file; None: there is none.
        options: What the command line says; None and empty values say nothing.

    Raises:
        NotDescribed: With the key and the remedy.
    """
    try:
        said = {} if text is None else yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise NotDescribed(f"--config: not YAML{where}; write keys and values, like `outcome: COLUMN`") from None
    if said is None:
        said = {}
    if not isinstance(said, dict):
        raise NotDescribed("--config: must hold keys and values, like `outcome: COLUMN`")
    said = {str(key).replace("-", "_"): value for key, value in said.items()}
    said |= {key: value for key, value in options.items() if value is not None and value != () and value != {}}
    if "outcome" not in said:
        raise NotDescribed("which column says what became of a lead? name it: --outcome COLUMN")
    try:
        one = Description.model_validate(said)
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(str(part) for part in told["loc"])
        raise NotDescribed(f"{where}: {told['msg']}; the keys are {', '.join(Description.model_fields)}") from None
    if one.outcome_date and not one.lead_date:
        raise NotDescribed("--outcome-date says when outcomes were known; say when leads came, too: --lead-date COLUMN")
    return one
