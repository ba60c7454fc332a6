"""Feature toggles: which there are, how they are defined, and what they say of a lead. Pure; docs/toggles.md."""
