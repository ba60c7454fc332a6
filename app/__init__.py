"""leadstream: raw leads from everywhere become clean, deduplicated, scored, explained and routed leads, in real time, on Kafka.

The invariant everything here serves: **every input record ends in exactly one fate** (routed, review, duplicate,
dead letter), and the sum of fates equals the records in.
"""

__version__ = "0.1.0"
