"""PURE: what it comes to. Cost per acquisition, conversion, speed, manual work; by group, by arm of a rollout (docs/kpi.md)."""
