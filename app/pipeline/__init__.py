"""The pure core: synchronous functions on typed values, without Kafka, Redis, clock or network.

Every input record becomes exactly one of routed, review, duplicate, dead letter (`fate.py`); `process.py` lists the stages.
"""
