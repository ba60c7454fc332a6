"""At the door of Kafka: whether it answers, and whether it knows us. Who is refused there does not start, and says why.

librdkafka tries again for ever, whatever the reason, and a call ends as no more than a timeout. The reasons come to its error
callback alone. One that waiting does not mend (a wrong password, a certificate that cannot be trusted) counts when it was heard
twice: a broker that goes down breaks off handshakes, too.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from cryptography import x509

from app.errors import ConfigurationError, EdgeDown
from app.settings import KafkaSettings

log = structlog.get_logger(__name__)

ANSWER_S: Final = 15.0  # for one answer of the cluster
_SLICE_S: Final = 0.5  # how often we look why there is no answer yet
_SOON: Final = datetime.timedelta(days=21)  # a certificate that ends so soon is warned of at each start
_TLS: Final = "SSL routines"  # in a text of librdkafka: TLS itself refused; without it the connection merely broke
_CHECK_SSL: Final = (
    "check KAFKA_SECURITY_PROTOCOL and the KAFKA_SSL_ settings: the broker's certificate must be signed by "
    "KAFKA_SSL_CA_LOCATION, be valid today, and stand for the host names in KAFKA_BOOTSTRAP_SERVERS; where the broker asks for "
    "one, ours must be in KAFKA_SSL_CERTIFICATE_LOCATION"
)

# Waiting does not help with these; everything else may pass.
FOR_A_PERSON: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "the principal may not do this; see `leadstream topics --acls`",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "the principal may not use this consumer group; see `leadstream topics --acls`",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "the principal may not do this on the cluster; see `leadstream topics --acls`",
    KafkaError.SASL_AUTHENTICATION_FAILED: "check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
    KafkaError._AUTHENTICATION: "check KAFKA_SECURITY_PROTOCOL and the KAFKA_SASL_ settings",  # noqa: SLF001  its public name
    KafkaError._SSL: _CHECK_SSL,  # noqa: SLF001  its public name
    KafkaError.INVALID_REPLICATION_FACTOR: "KAFKA_REPLICATION_FACTOR is more than the cluster has brokers, or not allowed",
    KafkaError.INVALID_PARTITIONS: "the cluster does not allow this number of partitions",
    KafkaError.INVALID_CONFIG: "the cluster does not know or allow a setting of this topic; leadstream needs Kafka 3.6 or newer",
    KafkaError.POLICY_VIOLATION: "the cluster's policy does not allow such a topic; ask its owner to create it",
    KafkaError.TOPIC_EXCEPTION: "the cluster does not allow this name; see LEADSTREAM_TOPIC_PREFIX",
    KafkaError.SECURITY_DISABLED: "the cluster has no authorizer, so it keeps no ACLs: set authorizer.class.name on its brokers",
}


def refuse_to_start(kafka: KafkaSettings, timeout_s: float = ANSWER_S) -> None:
    """What a role does before anything else. A Kafka that is only down is waited for elsewhere.

    Raises:
        ConfigurationError: Kafka does not know us or we not it, or our certificate has expired; says how to mend it.
    """
    if kafka.security_protocol.endswith("SSL"):
        kafka.ssl_context()
        if kafka.ssl_certificate_location:
            _refuse_expired(kafka.ssl_certificate_location)
    try:
        present(kafka.client(), timeout_s)
    except EdgeDown as down:
        log.warning("kafka_does_not_answer_yet", why=str(down))


def present(client: Mapping[str, Any], timeout_s: float = ANSWER_S) -> set[str]:
    """The names of all topics that we may see. Also the plain question whether the cluster answers us.

    Raises:
        ConfigurationError: It does not know us; says how to mend it. Comes as soon as it is known.
        EdgeDown: It does not answer.
    """
    with opened(client) as (admin, heard):
        return answer(admin, heard, timeout_s)


def answer(admin: AdminClient, heard: Sequence[KafkaError], timeout_s: float = ANSWER_S) -> set[str]:
    """As `present`, inside of `opened`.

    Raises:
        KafkaException: For `opened` to tell.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return set(admin.list_topics(timeout=max(0.1, min(_SLICE_S, deadline - time.monotonic()))).topics)
        except KafkaException as failure:
            if time.monotonic() >= deadline or failure.args[0].code() in FOR_A_PERSON:
                raise
        admin.poll(0)  # delivers what error_cb is to hear
        if len(refusals := [one for one in heard if refusal(one)]) > 1:
            raise KafkaException(refusals[0])
        time.sleep(0.05)  # where nobody listens the call above does not wait


@contextmanager
def opened(client: Mapping[str, Any]) -> Iterator[tuple[AdminClient, Sequence[KafkaError]]]:
    """An admin client, and the errors it has heard so far. Kafka's errors leave this block as ours.

    Raises:
        ConfigurationError, EdgeDown: See `present`.
    """
    heard: list[KafkaError] = []
    where = client.get("bootstrap.servers")
    quiet = {"log_level": 2}  # what goes wrong is told by our error, once, and not by the client each 50 ms
    try:
        admin = AdminClient({**quiet, **client, "error_cb": heard.append})
    except KafkaException as failure:  # nothing was asked yet: it is what it was given
        raise ConfigurationError(f"KAFKA_…: the client cannot be made: {failure.args[0].str()}: {_CHECK_SSL}") from None
    try:
        yield admin, heard
    except KafkaException as failure:
        error: KafkaError = failure.args[0]
        admin.poll(0)
        for one in [error, *heard]:
            if advice := refusal(one):
                raise ConfigurationError(f"Kafka at {where}: {one.str()}: {advice}") from failure
        told = {one.str(): None for one in [error, *heard[:2]]}  # the first things heard are the cause, the rest repeats
        mend = "check the network, KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL"
        raise EdgeDown(f"Kafka at {where} does not answer: {'; '.join(told)}: {mend}") from failure


def refusal(error: KafkaError) -> str | None:
    """What a person does about an error that waiting does not mend; None: it may pass."""
    if _TLS in error.str():
        return _CHECK_SSL
    return FOR_A_PERSON.get(error.code()) if error.code() != KafkaError._SSL else None  # noqa: SLF001  its public name


def _refuse_expired(path: Path) -> None:
    try:
        ends = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
    except ValueError:
        raise ConfigurationError(f"KAFKA_SSL_CERTIFICATE_LOCATION: {path} holds no certificate in PEM form") from None
    left = ends - datetime.datetime.now(datetime.UTC)
    if left < datetime.timedelta():
        raise ConfigurationError(
            f"KAFKA_SSL_CERTIFICATE_LOCATION: {path} has expired on {ends:%Y-%m-%d %H:%M} UTC; have a new one issued"
        )
    if left < _SOON:
        log.warning(
            "certificate_ends_soon", setting="KAFKA_SSL_CERTIFICATE_LOCATION", seconds=int(left.total_seconds()),
            todo="have a new one issued, put it in its place and restart",
        )  # fmt: skip
