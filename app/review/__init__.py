"""PURE: the review queue. What is held for people, in which order, what of it a reviewer sees, and how right machines were."""
