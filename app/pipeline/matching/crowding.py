"""How many may share a blocking key before it brings nobody together any more.

A key is worth what it costs only while few share it. Each that strangers share by chance (both names, a name in a town, a street
and a number) would bring more of them the more leads there are, and the weight that it could give them would fall alike: a name
that a dozen have tells nobody. So these end early, and cost and memory per lead stay the same among a million leads. What
is somebody's own (mailbox, phone, unique id) ends where it is a crowd's: an info@, a call centre. Whoever tells something of
their own is looked for by it; of what strangers may share, a key then counts only together with another. Whoever tells nothing
of their own is looked for by every key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

CROWD: Final = 50  # persons that share what should be one's own
FEW: Final = 12  # leads that share what strangers may share
BORN: Final = CROWD - 1  # persons of one name or town born on one day: few anyway
TOGETHER: Final = 2  # so many keys of which none is one's own bring two leads together (the index does the same)
_MOST: Final = {"e:": CROWD, "p:": CROWD, "i:": CROWD, "bl": BORN, "bf": BORN}  # by how a key begins (`blocking_keys`)

_LIMITS: Final = {kind: bytes((most,)) for kind, most in _MOST.items()}
_FEW: Final = bytes((FEW,))


def most_of(key: str) -> int:
    """How many may have a key: persons, from `CROWD` on, for it is somebody's own then; else leads."""
    return _MOST.get(key[:2], FEW)


def limits_of(keys: Iterable[str]) -> list[bytes]:
    """The same of each key, as the byte that the match index wants."""
    return [_LIMITS.get(key[:2], _FEW) for key in keys]


def own(keys: Iterable[str]) -> bool:
    """Whether one of the keys is somebody's own."""
    return any(most_of(key) >= CROWD for key in keys)
