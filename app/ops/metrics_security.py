"""The catalogue's part about what is not trusted; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter

models_refused = _counter(
    "leadstream_models_refused_total",
    "Records of the models topic that were not loaded, damaged or not signed by us: a model, or match_weights.",
    "Any is an incident until explained: somebody else writes to the topic, or a process has another LEADSTREAM_PEPPER. The log "
    "names the offset; see who may write (`leadstream topics --acls`).",
    "kind",
)
