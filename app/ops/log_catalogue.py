"""What may be logged. A field that is not listed here is dropped, whatever its value, and its name is logged instead.

Listed fields hold no personal data by what they are: counts, positions, names of our own making, and texts that the program
itself composed. Add a field here only if that is true of it.
"""

from __future__ import annotations

from typing import Final, Literal

Form = Literal[
    "number",  # int, float or bool
    "name",  # an identifier of our own: topic, slug, id, version, exception class; letters, digits and . _ : / * | -
    "text",  # a sentence the program composed; masked as a second line of defence
]

FIELDS: Final[dict[str, Form]] = {
    # where
    "topic": "name", "partition": "number", "offset": "number", "source": "name", "team": "name", "group": "name",
    "lead_id": "name", "parent": "name", "snapshot": "name", "keeping": "name", "stream": "name",
    "rollout": "name", "subject": "name", "schema": "name", "record": "name", "rule": "name", "field": "name",
    "role": "name", "host": "name", "port": "number", "pid": "number", "flag": "name", "stage": "name", "check": "name",
    "request": "name",  # of an erasure
    "principal": "name",  # id in the access file, or of a reviewer: a role or user id
    # what
    "kind": "name", "status": "name", "severity": "name", "fingerprint": "name", "reason": "name", "fate": "name",
    "model": "name", "version": "name", "error": "name", "state": "name", "action": "name", "setting": "name", "mode": "name",
    # how many, how long
    "records": "number", "partitions": "number", "labels": "number", "count": "number", "attempt": "number", "batch": "number",
    "lanes": "number", "sources": "number", "teams": "number", "windows": "number", "alerts": "number", "topics": "number",
    "bytes": "number", "lag": "number", "code": "number", "seconds": "number", "waiting_s": "number", "took_ms": "number",
    "restart_in_s": "number",
    "age_s": "number", "window_s": "number", "observed": "number", "expected": "number", "share": "number", "auc": "number",
    "log_loss": "number", "rate": "number", "restarts": "number", "waited_s": "number", "size": "number",
    "line": "number", "ok": "number", "degraded": "number", "judged_to": "number", "signal": "name",
    # why, and what to do: composed by the program
    "why": "text", "consequence": "text", "todo": "text", "summary": "text", "detail": "text",
}  # fmt: skip

# Set by logging.py itself, from trusted ground.
OWN: Final = frozenset({"event", "level", "timestamp", "logger", "dropped", "numbers", "traceback", "exception"})

# False alarms of the libraries: processing is unaffected, and an operator could do nothing about them.
FALSE_ALARMS: Final = (
    "Aiokafka has not sent fetch request",  # after a rebalance (faust-streaming #629, #166)
    "Missing sensor state for rebalance",  # its own bookkeeping, at the first rebalance of every start
    "Has not committed",  # the lanes commit in their transactions; Faust never does, on purpose
)
