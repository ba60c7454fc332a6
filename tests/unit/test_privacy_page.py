"""docs/privacy.md against the policy that it describes."""

from __future__ import annotations

from pathlib import Path

from app.inventory.privacy import NEWEST, TOPICS, Privacy


def test_the_page_lists_every_topic_as_it_is() -> None:
    """Kind and days of every topic are those that the configuration ships with; each has readers, and says how it is erased."""
    rows = {}
    for line in Path("docs/privacy.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells[1:]
    policy = Privacy()
    days = {topic: "the newest of each key, for ever" if topic in NEWEST else str(policy.days(topic)) for topic in TOPICS}
    assert {topic: (row[0], row[1]) for topic, row in rows.items()} == {topic: (TOPICS[topic], days[topic]) for topic in TOPICS}
    assert all(row[2] and row[3] for row in rows.values())
