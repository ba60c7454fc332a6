"""The numbering plans of phonenumbers, compiled so that an ordinary valid number is recognised in a few microseconds.

phonenumbers tries up to ten patterns per region one after the other. Here the patterns that allow a number of a given
length become one. Only "this number is valid, and of that region" is answered; everything else is the library's.
A property test holds every answer to the library's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_Match = Callable[[str], Any]
_TYPES = "premium_rate toll_free shared_cost voip personal_number pager uan voicemail fixed_line mobile"
_NON_GEOGRAPHICAL = "001"


class RegionPlan:
    """One region's plan.

    Attributes:
        region: ISO 3166-1 alpha-2.
        calling_code: 49, as text.
        idd: Matches what is dialled before an international number from here.
        national_prefix: Matches what is dialled before a national number, and must be stripped. None where there is none.
        leading_digits: Where several regions share a calling code: matches the numbers of this one.
    """

    __slots__ = ("_by_length", "calling_code", "idd", "leading_digits", "national_prefix", "region", "transforms")

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.region: str = metadata.id
        self.calling_code = str(metadata.country_code)
        self.idd = _prefix(metadata.international_prefix)
        self.national_prefix = _prefix(metadata.national_prefix_for_parsing)
        self.leading_digits = _prefix(metadata.leading_digits)
        self.transforms = bool(metadata.national_prefix_transform_rule)
        self._by_length = _patterns(metadata)

    def has(self, national: str) -> bool:
        """Whether the national significant number is of a known type here."""
        match = self._by_length.get(len(national))
        return match is not None and match(national) is not None


@lru_cache(maxsize=512)
def plan_of(region: str) -> RegionPlan | None:
    """The plan of a region; None where there is none (an unknown region, Antarctica)."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return None if metadata is None else RegionPlan(metadata)


@lru_cache(maxsize=512)
def plans_of(calling_code: str) -> tuple[RegionPlan, ...]:
    """The plans that share a calling code, the main one first; none for the non-geographical ones, which are the library's."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(calling_code), ())
    return tuple(plan for region in regions if region != _NON_GEOGRAPHICAL and (plan := plan_of(region)))


def region_of(plans: tuple[RegionPlan, ...], national: str) -> str | None:
    """The region a valid national significant number belongs to, or None (phonenumbers' region_code_for_number)."""
    if len(plans) == 1:
        return plans[0].region if plans[0].has(national) else None
    for plan in plans:
        if plan.leading_digits is not None:
            if plan.leading_digits(national):
                return plan.region if plan.has(national) else None
        elif plan.has(national):
            return plan.region
    return None


def _prefix(pattern: str | None) -> _Match | None:
    return re.compile(pattern).match if pattern else None


def _patterns(metadata: PhoneMetadata) -> dict[int, _Match]:
    general = metadata.general_desc
    if general is None:
        return {}
    descriptions = [d for name in _TYPES.split() if (d := getattr(metadata, name)) is not None and d.national_number_pattern]
    compiled: dict[int, _Match] = {}
    for length in general.possible_length:
        fitting = [d.national_number_pattern for d in descriptions if length in (d.possible_length or (length,))]
        if fitting:
            either = "|".join(f"(?:{pattern})" for pattern in fitting)
            compiled[length] = re.compile(f"(?=(?:{general.national_number_pattern})\\Z)(?:{either})").fullmatch
    return compiled
