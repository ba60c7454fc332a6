"""The models topic as workers follow it: one consumer, and each key's records reach who reads them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from app.edges.kafka.models import KafkaModels
from app.edges.kafka.names import Topics
from app.embedded.kafka import EmbeddedKafka
from app.learning.match_verdicts import KEY, Taught, sealed, taught
from app.learning.snapshot import signing_key
from app.pipeline.matching.levels import FIELDS, MISSING
from app.pipeline.matching.weights import shipped
from app.settings import KafkaSettings
from tests.harness.waiting import until

SECRET = b"a pepper long enough"
LEVELS = tuple(5 if field == "email" else MISSING for field in FIELDS)


def people_said(count: int) -> Taught:
    return taught(shipped(), Counter({(LEVELS, False): count}))


def test_matching_weights_come_with_the_models(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """The newest good weights judge from the start and while running; records of other keys, and weights that cannot be read or
    trusted, change nothing."""
    settings, names = KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(topic_prefix)
    admin = AdminClient(settings.client())
    admin.create_topics([NewTopic(names.models, 1, 1)])[names.models].result(30)
    producer, key = Producer(settings.producer()), signing_key(SECRET)

    def tell(*records: tuple[bytes | None, bytes | None]) -> None:
        for which, value in records:
            producer.produce(names.models, value, which)
        assert producer.flush(30) == 0

    tell(
        (KEY, sealed(people_said(20), key)),
        (b"of another role", b"whatever"),
        (None, b"nobody's"),
        (KEY, b"garbage"),
        (KEY, None),
    )
    with closing(KafkaModels(settings, names, SECRET)) as models:
        judges = models.judges
        assert judges.taught is not None
        assert judges.taught.version == people_said(20).version
        assert models.current().version == "rules"
        before, better = judges.current(), people_said(30)
        tell((KEY, sealed(people_said(40), None)), (b"another", None), (KEY, sealed(better, key)))
        until(lambda: judges.taught is not None and judges.taught.version == better.version, "the worker follows")
        assert judges.current() is not before
