"""What Kafka's refusals mean: some are for a person to mend, the others pass."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from app.edges.kafka.door import refusal


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._AUTHENTICATION, "SASL authentication error: Authentication failed: Invalid username or password"),
        (KafkaError._SSL, "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed"),
        (KafkaError._TRANSPORT, "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "Broker: Topic authorization failed"),
        (KafkaError.SECURITY_DISABLED, "Broker: Security features are disabled"),
    ],
)
def test_waiting_does_not_mend(code: int, text: str) -> None:
    """Credentials, certificates and rights: each comes with what to look at."""
    assert refusal(KafkaError(code, text))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (KafkaError._SSL, "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?"),
        (KafkaError._TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed: Connection refused"),
        (KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"),
        (KafkaError._TIMED_OUT, "Local: Timed out"),
    ],
)
def test_it_may_pass(code: int, text: str) -> None:
    """A broker that goes down breaks off handshakes, too: that is no reason to stay down oneself."""
    assert refusal(KafkaError(code, text)) is None
