"""The stage identity with an index in memory: nobody was here before."""

from __future__ import annotations

from app.edges.memory import FixedJudge
from app.edges.memory_index import MemoryMatchIndex
from app.match_index import MatchIndex
from app.pipeline.identity import Identity
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.seal import Seal
from app.pipeline.matching.weights import shipped
from app.pipeline.pseudonyms import Pseudonyms

PEPPER = b"a pepper for tests, long enough"


def fresh_identity(index: MatchIndex | None = None) -> Identity:
    """A stage of its own, or one of several that share an index."""
    return Identity(index or MemoryMatchIndex(), FixedJudge(Judge(shipped())), Pseudonyms(PEPPER), Seal(PEPPER))
