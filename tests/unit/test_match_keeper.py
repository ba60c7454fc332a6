"""What the keeper of the match index says while Redis is away."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.edges.redis.match_keeper import MatchKeeper
from app.settings import RedisSettings


@pytest.mark.parametrize(("wait", "leads"), [(True, "leads wait"), (False, "leads go on; who is a duplicate is found out later")])
def test_what_leads_do_meanwhile_is_said(wait: bool, leads: str) -> None:
    """The warning names the behaviour that is configured, and not both."""
    nowhere = connect(RedisSettings(url="redis://127.0.0.1:1", timeout_s=1), text=False)
    keeper = MatchKeeper(RedisMatchIndex(nowhere, "nowhere", wait=wait), list)
    with capture_logs() as logs:
        keeper.start(10)
        keeper.close()
    assert [one["consequence"] for one in logs if one["event"] == "match_index_away"] == [leads]
