"""Matching beside Splink and recordlinkage: the same candidate pairs of the same records, what each finds, and how long it takes.

The peers are no dependencies: `pip install --group compare` (pyproject.toml) brings them, and each is skipped where it is absent.
They get what their documentation recommends for such data: comparison levels by Jaro-Winkler, u from random pairs, m by
Expectation-Maximisation on these very records. We use the weights that ship. Peers say of each pair how sure they are; their best
limit, which nobody knows without the truth, is taken. Found pairs are put into groups (connected components) for all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from app.learning.match_quality import Quality, quality
from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.judge import judge
from app.pipeline.matching.local import LocalIndex, Matcher

pytestmark = pytest.mark.bench

Known = list[tuple[Evidence, str]]
Pairs = list[tuple[int, int]]
LIMITS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
TESTS = Path(__file__).parents[1] / "matching" / "test_real_data.py"


@cache
def sets() -> dict[str, Known]:
    """The sets that the tests of matching judge by, as they read them."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("real_data", TESTS)
    assert spec is not None
    assert spec.loader is not None
    real = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(real)
    if not (real.DATA / "febrl").exists():
        pytest.skip("the shared data sets are absent")
    return {
        "persons 1": real.persons("dataset1"),
        "persons 3": real.persons("dataset3"),
        "restaurants": real.restaurants(True),
        "restaurants, no phones": real.restaurants(False),
    }


def candidates(known: Known, most: int = 50) -> Pairs:
    """The pairs that share a key."""
    under: dict[str, list[int]] = {}
    for n, (told, _) in enumerate(known):
        for key in blocking_keys(told):
            under.setdefault(key, []).append(n)
    return sorted({pair for same in under.values() if len(same) <= most for pair in combinations(same, 2)})


def grouped(count: int, found: Sequence[tuple[int, int]]) -> list[int]:
    """The group of each record: connected components."""
    root = list(range(count))

    def top(n: int) -> int:
        while root[n] != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for a, b in found:
        root[top(b)] = top(a)
    return [top(n) for n in range(count)]


def best(known: Known, pairs: Pairs, sure: Sequence[float]) -> tuple[float, Quality]:
    """The limit with the best F1, and what is found with it."""
    who = [one for _, one in known]
    at = {
        limit: quality(grouped(len(known), [pair for pair, p in zip(pairs, sure, strict=True) if p >= limit]), who)
        for limit in LIMITS
    }
    limit = max(at, key=lambda one: at[one].f1)
    return limit, at[limit]


def told(name: str, method: str, limit: float | str, found: Quality, seconds: float, count: int) -> None:
    """One line of the table."""
    print(
        f"{name:23} {method:24} limit {limit:<6} precision {found.precision:.4f} recall {found.recall:.4f} F1 {found.f1:.4f} "
        f"{seconds:6.2f} s, {seconds / count * 1e6:6.1f} us a pair"
    )


def columns(known: Known) -> Any:
    """The records as a data frame, empty as missing."""
    import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]

    rows = [
        {
            "unique_id": n,
            "first": one.first or None,
            "last": one.last or None,
            "company": " ".join(one.company) or None,
            "street": " ".join(one.street) or None,
            "number": one.number or None,
            "extra": one.extra or None,
            "city": one.city or None,
            "region": one.region or None,
            "postcode": one.postcode or None,
            "phone": one.phone or None,
            "birth": one.birth or None,
        }
        for n, (one, _) in enumerate(known)
    ]
    frame = pd.DataFrame(rows)
    return frame.loc[:, [name for name in frame if name == "unique_id" or frame[name].notna().any()]]


def by_splink(known: Known, pairs: Pairs) -> list[float]:
    """Splink 5 on DuckDB: EM over its own blocking, then our pairs scored."""
    import splink.comparison_library as cl  # type: ignore[import-not-found, import-untyped, unused-ignore]
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # type: ignore[import-not-found, import-untyped, unused-ignore]

    frame = columns(known)
    names = [name for name in frame if name != "unique_id"]
    exact = {"number", "postcode", "region", "phone", "birth"}
    made = [
        cl.DamerauLevenshteinAtThresholds(name, 1)
        if name in exact
        else cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(
            term_frequency_adjustments=name in ("first", "last", "company")
        )
        for name in names
    ]
    frame["keys"] = [list(blocking_keys(one)) for one, _ in known]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=made,
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
    )
    linker = Linker(DuckDBAPI().register(frame), settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for name in ("last", "street", "birth", "city", "company", "phone"):
        if name in names:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    scored = linker.inference.predict().as_pandas_dataframe()
    sure = {
        (min(a, b), max(a, b)): p
        for a, b, p in zip(scored.unique_id_l, scored.unique_id_r, scored.match_probability, strict=True)
    }
    return [float(sure.get(pair, 0.0)) for pair in pairs]


def by_recordlinkage(known: Known, pairs: Pairs) -> list[float]:
    """recordlinkage's unsupervised classifier (ECM, a Fellegi-Sunter model by EM) on its usual comparisons."""
    import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]
    import recordlinkage  # type: ignore[import-not-found, import-untyped, unused-ignore]

    frame = columns(known).set_index("unique_id").fillna("")
    compare = recordlinkage.Compare()
    for name in frame:
        if name in ("number", "region", "phone"):
            compare.exact(name, name, label=name)
        else:
            compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    features = compare.compute(pd.MultiIndex.from_tuples(pairs), frame)
    classifier = recordlinkage.ECMClassifier(binarize=0.5)
    classifier.fit(features)
    chance = classifier.prob(features)
    return [float(chance.loc[pair]) for pair in pairs]


PEERS: dict[str, Callable[[Known, Pairs], list[float]]] = {"splink": by_splink, "recordlinkage": by_recordlinkage}


@pytest.mark.parametrize("name", ["persons 1", "persons 3", "restaurants", "restaurants, no phones"])
def test_ours(name: str) -> None:
    """Our verdicts on these pairs, and the rule of the stream; both with the limit that ships."""
    known = sets()[name]
    pairs = candidates(known)
    begin = time.process_time()
    found = [pair for pair in pairs if judge(known[pair[0]][0], known[pair[1]][0]).kind == "merge"]
    seconds = time.process_time() - begin
    who = [one for _, one in known]
    told(name, "leadstream, all pairs", "ships", quality(grouped(len(known), found), who), seconds, len(pairs))
    index = LocalIndex()
    matcher = Matcher(index)
    begin = time.process_time()
    for n, (one, _) in enumerate(known):
        matcher.match(str(n), one)
    seconds = time.process_time() - begin
    firsts = [index.first(str(n)) for n in range(len(known))]
    told(name, "leadstream, in the stream", "ships", quality(firsts, who), seconds, len(pairs))
    assert quality(firsts, who).precision > 0.9


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", ["persons 1", "persons 3", "restaurants", "restaurants, no phones"])
def test_peers(name: str, peer: str) -> None:
    """What a peer finds among the same pairs, with the limit that suits it best."""
    pytest.importorskip(peer, reason=f"{peer} is not installed: pip install --group compare")
    known = sets()[name]
    pairs = candidates(known)
    begin = time.process_time()
    sure = PEERS[peer](known, pairs)
    seconds = time.process_time() - begin
    limit, found = best(known, pairs, sure)
    told(name, peer, limit, found, seconds, len(pairs))
    assert len(sure) == len(pairs)
