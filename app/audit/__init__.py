"""The data-quality audit: what a source sent in a range of time, judged. Pure; reading and showing are done elsewhere.

quality (counts of one source) ← consistency, drift, examples → findings (the results) → table and page show them.
profile (what the records of a source have in common) → the inventory entry that `leadstream onboard` proposes.
"""
