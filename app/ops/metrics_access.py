"""The catalogue's part about access to the API; see metrics.py."""

from __future__ import annotations

from app.ops.metrics import _counter, _gauge

logins = _counter(
    "leadstream_api_logins_total",
    "Tries to log in with a password: worked, failed, held_up (too many failures before).",
    "Alert on failed above 20 in 10 minutes, or any held_up: somebody guesses; login_failed in the log says against "
    "whom, your proxy's log from where. `leadstream access disable` shuts a principal out within a second.",
    "outcome",
)
refused = _counter(
    "leadstream_api_refused_total",
    "Requests that were refused before anybody looked at what they wanted: anonymous, bad (token, cookie or proxy's secret), "
    "expired, disabled, forbidden (the role may not), cross_site, form_token, too_many, too_large, too_deep, too_slow.",
    "bad or disabled rises: a tool has an old token, or somebody tries. forbidden: somebody needs another role, or tries. "
    "expired: `leadstream access token` makes a new one. too_many: a tool polls too often, or LEADSTREAM_API_RATE is too low.",
    "why",
)
access_age = _gauge(
    "leadstream_api_access_file_stale",
    "1 while the access file cannot be read: what it said last goes on to hold.",
    "1: who was disabled since may still come in. `leadstream access check` names the line.",
)
