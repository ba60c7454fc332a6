"""What one record may be at most. Beyond, it is a dead letter before anything is spent on it: docs/hostile-input.md says why.

Schemas of a registry have limits of their own, beside what compiles them: app/edges/registry/shapes.py and guard.py.
"""

from __future__ import annotations

from typing import Final

# Kafka's own default limit (message.max.bytes) is 1,048,588 bytes, so that is what a producer can send without asking
# anybody. The widest lead we know of, an order of 250 items at 1.5 kB each, is below 400 kB; 1 MB decodes in 30 ms at the
# worst.
VALUE_BYTES: Final = 1_000_000

# Objects and lists within each other. The deepest payload of a vendor we know of has 9 levels; Avro, Connect and the
# CRMs give up somewhere between 50 and 1,000.
DEPTH: Final = 64

# Objects and lists in all. An order of 250 items has some 2,500; 20,000 parse in 3 ms. A megabyte of "[],[],…" would
# be 300,000, and as many wake the garbage collector so often that they take a second.
CONTAINERS: Final = 20_000

# Fields of a form, columns of a CSV, labels of a text: ten times the widest we know of. Parsing costs half a microsecond each.
FIELDS: Final = 1_000
LINES: Final = 5_000  # of a text; what stands below is kept as its footer

# Headers of a record: a gateway adds some 10, tracing and CloudEvents another 10. Names and values together, in bytes; a proxy
# for HTTP allows 8 to 32 kB. What is dead-lettered keeps them, as far as the DLQ's limit lets it.
HEADERS: Final = 100
HEADERS_BYTES: Final = 65_536

# What is passed on with a lead: W3C wants 55 bytes of a traceparent (later versions may append), and says that at least 512 of a
# tracestate should go on. Longer ones are left out, and so are repeated ones but the last.
TRACE_BYTES: Final = {"traceparent": 128, "tracestate": 512}

# Mails.
MAIL_HEADERS_BYTES: Final = 65_536
MAIL_PARTS: Final = 50  # that are read
MAIL_BOUNDARIES: Final = 500  # lines that could part them
