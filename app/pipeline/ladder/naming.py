"""What a name says by itself: the dictionary's word, else that of the name it is nearly."""

from __future__ import annotations

from app.pipeline.ladder import fuzzy, synonyms
from app.pipeline.ladder.leaf import Candidate


def by_name(label: str, context: tuple[str, ...] = ()) -> Candidate | None:
    """The field that a name stands for (None in it: surely none of ours); None: the name says nothing.

    Args:
        label: The name.
        context: Names around it, the nearest first.
    """
    return synonyms.find(label, context) or fuzzy.near(label, context)
