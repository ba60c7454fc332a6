"""What can be known about a lead beyond what its sender said, one file for each enrichment.

Of each lead alone, without any I/O: `place` (with `postcode`, `subdivision` and `ip`), `company`, `campaign`, `device`. Of a
whole batch: `visits` (what the person did in the shop, asked of a store) and the source's reliability. An enrichment that fails,
or whose store is slow or down, costs itself and not the lead: `Lead.enrichments` names it.
"""

from app.pipeline.enrichment.enricher import Enricher
from app.pipeline.enrichment.ip import country_of_ip

__all__ = ["Enricher", "country_of_ip"]
