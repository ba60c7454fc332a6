"""What comes after the first fate: knowledge of merged leads, un-merging, verdicts of people. See docs/revision.md."""
