"""What would the scores have done for a company? Its own history of leads, replayed through the real pipeline.

file ─ table ─ history (labels, when each was known) ─ leaks ─ source ─ replay ─ measures, baselines, business ─ report, page

Pure: the file's bytes and the clock come in as arguments.
"""
