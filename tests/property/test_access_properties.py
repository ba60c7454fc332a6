"""Whatever strangers send: no cookie but ours opens, depth is counted as JSON has it, buckets give no more than they hold."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.access.credentials import token_id
from app.access.principals import Principals, parse
from app.access.same_site import cross_site
from app.access.sessions import Session, opened, sealed
from app.access.throttle import Buckets, network
from app.edges.web.limits import depth
from tests.harness.doors import KEYS, NOON, PEOPLE
from tests.harness.examples import examples

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner)
)
SESSION = Session("sid", "operator-1", NOON, "stamp")


def deep(value: Any) -> int:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else None
    return 0 if inner is None else 1 + max(map(deep, inner), default=0)


@examples()
@given(VALUES)
def test_depth_is_that_of_the_value(value: Any) -> None:
    """Whatever its texts hold."""
    assert depth(json.dumps(value).encode()) == deep(value)
    assert depth(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) == deep(value)


@examples()
@given(st.binary(max_size=200))
def test_depth_bears_anything(body: bytes) -> None:
    """Bytes that are no JSON, too."""
    assert 0 <= depth(body) <= len(body)


@examples()
@given(st.text(max_size=300), st.integers(0, 200), st.characters())
def test_no_cookie_but_ours_opens(text: str, at: int, sign: str) -> None:
    """Neither any text, nor ours with one sign changed, left out or put in."""
    good = sealed(SESSION, KEYS.sessions)
    at %= len(good)
    assert opened(good, KEYS.sessions, NOON, 1) == SESSION
    for cookie in (text, good[:at] + sign + good[at + 1 :], good[:at] + good[at + 1 :], good[:at] + sign + good[at:]):
        assert cookie == good or opened(cookie, KEYS.sessions, NOON, 1) is None


@examples()
@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("ab")), max_size=80))
def test_a_bucket_gives_no_more_than_it_holds(steps: list[tuple[float, str]]) -> None:
    """At once the burst, and in the long run the rate, for each key by itself."""
    buckets, now_s, given_ = Buckets(2.0, 5.0), 0.0, {"a": 0, "b": 0}
    for after_s, key in steps:
        now_s += after_s
        given_[key] += buckets.take(key, now_s) == 0
        assert given_[key] <= 5 + 2 * now_s + 1e-6


@examples()
@given(st.text(max_size=60))
def test_what_strangers_name_is_borne(text: str) -> None:
    """Tokens, addresses, origins: any text is some answer."""
    assert token_id(text) is None or text.startswith("lst_")
    assert network(text)
    assert cross_site(text, None, "localhost", ()) == (text not in ("same-origin", "none"))
    assert isinstance(cross_site(None, f"http://{text}", "localhost", ("review.example",)), bool)


def test_the_file_says_the_same_again() -> None:
    """Everything that can be set."""
    assert parse(PEOPLE.told(), "x") == PEOPLE
    assert parse(Principals().told(), "x") == Principals()
