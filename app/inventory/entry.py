"""What every entry of the configuration has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]  # no dots or underscores: they are the topics' own


class Entry(BaseModel):
    """Unknown keys are errors: a typo in a field name must not pass as "not set"."""

    model_config = ConfigDict(frozen=True, extra="forbid")
