"""Learning from outcomes while running. Pure: no I/O, no clock, no random numbers; the same records give the same weights.

`ledger.py` turns decisions and outcomes into labels, `model.py` learns them, `reliability.py` remembers how good the sources'
leads were, `serving.py` is what workers score with, `snapshot.py` carries all of it through Kafka, `progress.py` knows up to
which record it is true, `merge.py` puts several streams into one order.
"""
