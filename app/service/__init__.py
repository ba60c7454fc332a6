"""PURE: what time does to leads: service levels, expiry of reviews, queues and parked leads that are drained. See engine.py."""
