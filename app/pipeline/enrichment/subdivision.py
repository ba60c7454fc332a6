"""The state or province that a postcode lies in, for countries whose postcodes say so: Australia, Brazil, Canada, the USA.

Codes as addresses there are written (ISO 3166-2 without the country). Ranges as the postal services assign them; the few that
cross a border of states go to the one that holds nearly all of them.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

_CANADA = {
    **{"A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON", "M": "ON", "N": "ON"},
    **{"P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "Y": "YT"},  # X is two territories
}

# `start state`: from this number on, up to the next. A dash: none.
_USA = """
0 - 5 NY 6 PR 8 VI 9 PR 10 MA 28 RI 30 NH 39 ME 50 VT 55 MA 56 VT 60 CT 70 NJ 90 - 100 NY 150 PA 197 DE 200 DC 201 VA 202 DC
206 MD 220 VA 247 WV 269 - 270 NC 290 SC 300 GA 320 FL 340 - 341 FL 343 - 344 FL 345 - 346 FL 348 - 349 FL 350 AL 370 TN
386 MS 398 GA 400 KY 428 - 430 OH 460 IN 480 MI 500 IA 529 - 530 WI 550 MN 568 - 569 DC 570 SD 578 - 580 ND 589 - 590 MT
600 IL 630 MO 659 - 660 KS 680 NE 694 - 700 LA 715 - 716 AR 730 OK 733 TX 734 OK 750 TX 800 CO 817 - 820 WY 832 ID 839 -
840 UT 848 - 850 AZ 866 - 870 NM 885 TX 886 - 889 NV 899 - 900 CA 962 - 967 HI 969 GU 970 OR 980 WA 995 AK
"""
_AUSTRALIA = """
0 - 200 ACT 300 - 800 NT 1000 NSW 2600 ACT 2619 NSW 2900 ACT 2921 NSW 3000 VIC 4000 QLD 5000 SA 6000 WA 7000 TAS 8000 VIC 9000 QLD
"""
_BRAZIL = """
0 - 1000 SP 20000 RJ 29000 ES 30000 MG 40000 BA 49000 SE 50000 PE 57000 AL 58000 PB 59000 RN 60000 CE 64000 PI 65000 MA 66000 PA
68900 AP 69000 AM 69300 RR 69400 AM 69900 AC 70000 DF 72800 GO 73000 DF 73700 GO 76800 RO 77000 TO 78000 MT 79000 MS 80000 PR
88000 SC 90000 RS
"""


def _ranges(text: str) -> tuple[list[int], list[str]]:
    words = text.split()
    starts = [int(word) for word in words[::2]]
    assert all(a < b for a, b in pairwise(starts))
    return starts, words[1::2]


_TABLES = {"US": (_ranges(_USA), 3, (5, 9)), "AU": (_ranges(_AUSTRALIA), 4, (4,)), "BR": (_ranges(_BRAZIL), 5, (8,))}
COUNTRIES = frozenset({"CA", *_TABLES})  # those of which anything is known


@lru_cache(maxsize=4096)
def subdivision_of(country: str, postcode: str) -> str | None:
    """`CA`, `NSW`, `SP`, …; None where the postcode does not say."""
    text = postcode.replace("-", "").replace(" ", "").upper()
    if country == "CA":
        return _CANADA.get(text[:1]) if len(text) == 6 else None
    if country not in _TABLES:
        return None
    (starts, states), counted, lengths = _TABLES[country]
    if len(text) not in lengths or not (text.isascii() and text.isdigit()):
        return None
    state = states[bisect_right(starts, int(text[:counted])) - 1]
    return None if state == "-" else state
