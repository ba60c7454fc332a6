"""Learning from outcomes while running. Pure: no I/O, no clock, no random numbers; the same records give the same weights.

`ledger.py` turns decisions and outcomes into labels, `model.py` learns them, `serving.py` is what workers score with,
`snapshot.py` carries both through Kafka, `progress.py` knows up to which record all of it is true, `merge.py` puts several
streams into one order.
"""
