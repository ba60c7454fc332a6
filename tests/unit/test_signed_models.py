"""What is loaded from the models topic is signed by this installation: wherever it is loaded, whatever it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.edges.kafka import models as following
from app.edges.kafka.match_weights import MatchWeights
from app.edges.kafka.model_records import ModelRecords, _take
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.names import Topics
from app.learning import match_verdicts
from app.learning.match_verdicts import taught
from app.learning.orders import Order
from app.learning.snapshot import KEY, LEARNING, SnapshotError, signed, signing_key, unseal, unseal_learning
from app.learning.versions import CANDIDATE, PREFIX, Version
from app.ops.metrics_security import models_refused
from app.pipeline.matching.weights import shipped
from app.pipeline.scoring import RULES
from app.settings import KafkaSettings

SECRET = b"a pepper for tests, long enough"
OURS = signing_key(SECRET)
BODY = b'{"version":"online-1-00","parent":null}'
OTHER_BODY = signed(BODY, OURS).replace(b"online-1", b"online-2")  # changed after it was signed
BAD = {
    "unsigned": signed(BODY, None),
    "of another installation": signed(BODY, signing_key(b"another pepper, long enough")),
    "changed": OTHER_BODY,
    "a pickle": b"\x80\x04\x95",
}
READERS: dict[str, Callable[[bytes, bytes | None], object]] = {
    "worker": unseal,
    "learner": unseal_learning,
    "version": Version.unsealed,
    "order": Order.unsealed,
    "weights of matching": match_verdicts.unsealed,
}

bad = pytest.mark.parametrize("value", BAD.values(), ids=BAD.keys())


def message(key: bytes, value: bytes) -> Any:
    return SimpleNamespace(key=lambda: key, value=lambda: value, offset=lambda: 7)


def counted(kind: str) -> float:
    return float(models_refused.labels(kind)._value.get())


@bad
@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_each_reader_refuses(read: Callable[[bytes, bytes | None], object], value: bytes) -> None:
    """Before anything of the body is looked at: the reason is the signature, not what the body lacks."""
    with pytest.raises(SnapshotError, match=r"signature|not a model snapshot"):
        read(value, OURS)


@bad
@pytest.mark.parametrize("key", [KEY, CANDIDATE + b"online-1-00", match_verdicts.KEY])
def test_a_worker_keeps_what_it_has(key: bytes, value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on with the rules and the shipped weights, logs the offset, and counts."""
    monkeypatch.setattr(following, "Following", lambda *_, **__: None)
    models = KafkaModels(KafkaSettings(), Topics(), SECRET)
    judge, kind = models.judges.current(), "match_weights" if key == match_verdicts.KEY else "model"
    before = counted(kind)
    models._read(iter([message(key, value)]))
    assert models.current() is RULES
    assert models.candidate("online-1-00") is None
    assert models.judges.current() is judge
    assert counted(kind) == before + 1


@bad
@pytest.mark.parametrize("key", [KEY, LEARNING, PREFIX + b"online-1-00"])
def test_the_learner_and_the_tools_pass_it_over(key: bytes, value: bytes) -> None:
    """What whatif, rollouts, `leadstream models` and a restarted learner go on from holds nothing of it."""
    found, served = ModelRecords(), SimpleNamespace(append=lambda _: pytest.fail("taken"))
    before = counted("model")
    _take(found, served, message(key, value), OURS)  # type: ignore[arg-type]
    assert not found.states
    assert not found.versions
    assert counted("model") == before + 1


def test_what_is_signed_is_taken() -> None:
    """The control: with our signature the same way leads in."""
    weights = MatchWeights(OURS)
    weights.take(message(match_verdicts.KEY, match_verdicts.sealed(taught(shipped(), Counter()), OURS)))
    assert weights.taught is not None


def test_no_role_and_no_tool_goes_without_a_key() -> None:
    """`signing_key(None)` takes whatever comes; it is for tests. Commands and roles ask for the pepper, or refuse."""
    app = Path(__file__).parents[2] / "app"
    files = [app / "cli.py", app / "worker.py", app / "wiring.py", *(app / "commands").glob("*.py")]
    asked = [call for path in files for call in re.findall(r"signing_key\((.*)\)", path.read_text())]
    assert asked
    assert set(asked) == {"one.secret"}
    assert "_ = one.secret" in (app / "cli.py").read_text()
