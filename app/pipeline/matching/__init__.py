"""Is this lead somebody known? Evidence, keys, comparison, weights and the rule of the stream; docs/matching.md tells how."""
