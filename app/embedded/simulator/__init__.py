"""Simulated traffic of all sources: seeded, in the vendors' shapes, with the truth about every record written down.

The way of a record: `arrivals` says when and from where, `people` (of `places` and `companies`, read from world.yaml) and
`filling` who and what, `returning` how somebody known comes again, `visits` what they did in the shop before; `incidents` and
`dirt` spoil it, `shapes` render it to bytes, `poison` adds garbage; `intent` and `outcomes` decide what becomes of it. `traffic`
joins all that to a plan, which is pure; `producer` sends the plan to Kafka.
"""
