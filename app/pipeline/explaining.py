"""Why a lead was scored as it was, in words: what spoke most for it and most against it.

Made of the contributions, which sum to the log-odds of the score, and of the features; so it can be made again from the decision.
Features that tell of one thing (sessions, hours since the last) are one reason. Two features that count together ("a × b") are
a reason of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from app.pipeline.attribute_features import PREFIX
from app.pipeline.explaining_words import CROSS, PHRASES, TOPICS, Categories, Numbers, Phrase, attribute

MOST: Final = 5  # reasons in all …
MOST_OF_A_SIGN: Final = 3
LEAST: Final = 0.08  # log-odds: what moves the odds by less is no reason
TRIFLE: Final = 0.02  # below it, a feature is not even added to the others that tell of the same thing
MAX_LENGTH: Final = 120  # characters of one
FOR, AGAINST = "+ ", "- "

_TOPIC_OF: Final = {feature: topic for topic, several in TOPICS.items() for feature in several}
_NAME: Final = re.compile(r"x\..*|[a-z_]+")
_SILENT: Final = ""  # the topic of what cannot be said


Usual = Callable[[str], float | None]
"""What a number of leads is on average; None where nobody knows."""


def reasons(
    contributions: Mapping[str, float], numbers: Numbers, categories: Categories, usual: Usual | None = None
) -> tuple[str, ...]:
    """The strongest reasons, `+ phone number given` or `- no company`, the strongest first; at most MOST.

    Args:
        contributions: Feature → share of the log-odds; whatever is no feature (bias, …) is nobody's reason.
        numbers, categories: The features.
        usual: So that a number of an attribute can be told to be above or below it.
    """
    weights: dict[str, float] = {}
    for name, share in contributions.items():
        if share >= TRIFLE or share <= -TRIFLE:
            topic = _TOPIC_OF.get(name) or topic_of(name)
            weights[topic] = weights[topic] + share if topic in weights else share
    weights.pop(_SILENT, None)
    strong = [(abs(weight), topic) for topic, weight in weights.items() if weight >= LEAST or weight <= -LEAST]
    strong.sort(reverse=True)
    said: list[str] = []
    left = {FOR: MOST_OF_A_SIGN, AGAINST: MOST_OF_A_SIGN}
    for _, topic in strong:
        sign = FOR if weights[topic] > 0.0 else AGAINST
        if left[sign] and (phrase := phrase_of(topic)(numbers, categories, sign == FOR)):
            left[sign] -= 1
            if usual is not None and topic.startswith(PREFIX) and topic in numbers and (mean := usual(topic)) is not None:
                phrase += ", above usual" if numbers[topic] > mean else ", below usual"
            said.append(f"{sign}{phrase}"[:MAX_LENGTH])
            if len(said) == MOST:
                break
    return tuple(said)


@lru_cache(maxsize=8_192)
def topic_of(name: str) -> str:
    """What a contribution tells of: a topic of TOPICS, an attribute (`x.…`), two of them joined by CROSS; else nothing.

    A feature that the model makes of one (a rate, a bin) is named after it, and tells of the same.
    """
    if CROSS in name:
        topics = [topic_of(part) for part in name.split(CROSS)]
        return _SILENT if _SILENT in topics else CROSS.join(dict.fromkeys(topics))
    if name.startswith(PREFIX):
        return name
    known = _TOPIC_OF.get(name)
    if known is None:
        found = [one for one in _NAME.findall(name) if one in _TOPIC_OF or one.startswith(PREFIX)]
        known = _TOPIC_OF.get(found[0], found[0]) if found else _SILENT
    return known


@lru_cache(maxsize=8_192)
def phrase_of(topic: str) -> Phrase:
    """What is said of a topic."""
    if CROSS in topic:
        return _together(tuple(map(phrase_of, topic.split(CROSS))))
    return PHRASES.get(topic) or attribute(topic)


def _together(phrases: tuple[Phrase, ...]) -> Phrase:
    def phrase(numbers: Numbers, categories: Categories, good: bool) -> str | None:
        told = [one(numbers, categories, good) for one in phrases]
        return None if None in told else " together with ".join(map(str, told))

    return phrase
