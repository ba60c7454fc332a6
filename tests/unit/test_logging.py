"""What reaches the log, through any logger, and what never does."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.errors import EdgeDown
from app.ops import logging as ops_logging
from app.ops.masking import mask

CANARIES = ("zebedee.canary@example.org", "+49 171 2345678", "Zebedee Quillfeather", "01712345678")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything written while logging is configured as in production; restored afterwards."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    ops_logging.configure("debug", json=True, stream=stderr)
    yield stderr
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _events(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def _raise(value: str) -> None:
    local = {"email": value}
    raise ValueError(f"cannot parse {local['email']}")


@pytest.mark.parametrize("value", CANARIES)
def test_personal_data_never_reaches_the_log(lines: io.StringIO, value: str) -> None:
    """Not as a field, an argument, a message of an exception or its cause, nor through a library, a warning or a thread."""
    own = structlog.get_logger("app.test")
    own.info("lead_seen", email=value, topic=value, why=f"'{value}'" if "@" in value else None, offset=7)
    own.bind(name=value).warning("bound", nested={"phone": value})
    for name in ("faust.topics", "aiokafka.consumer", "confluent_kafka", "some.library"):
        library = logging.getLogger(name)
        library.error("dropped k=%r v=%r", value.encode(), {"name": value})
        library.warning("dropped %(who)s", {"who": value})
        library.error(f"cannot read '{value}'")
        try:
            _raise(value)
        except ValueError as error:
            library.exception("failed: %s", error)
            own.exception("failed", error=error)
            try:
                raise EdgeDown("Kafka does not answer") from error
            except EdgeDown:
                own.error("down", exc_info=True)
    try:
        _raise(value)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=_raise, args=(value,))
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd value {value}", stacklevel=1)
    logging.getLogger("broken").error("%d", value)
    assert len(_events(lines)) >= 20
    for part in (value, value.split("@")[0], *value.split()):
        if len(part) > 4:
            assert part not in lines.getvalue()


def test_own_events_keep_their_listed_fields(lines: io.StringIO) -> None:
    """Listed fields stay as they are; of others only the names are logged."""
    structlog.get_logger("app.test").info("lane_open", topic="leads.inbound.web-form", partition=3, shoe_size=43)
    (event,) = _events(lines)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "level": "info",
        "event": "lane_open",
        "topic": "leads.inbound.web-form",
        "partition": 3,
        "dropped": ["shoe_size"],
        "logger": "app.test",
    }


def test_a_traceback_says_where_and_not_what(lines: io.StringIO) -> None:
    """File, line and function of every frame, the classes of the exceptions, and our own errors' messages."""
    try:
        try:
            _raise("x@y.org")
        except ValueError as error:
            raise EdgeDown("Redis does not answer") from error
    except EdgeDown:
        structlog.get_logger().exception("down")
    (event,) = _events(lines)
    assert event["exception"] == "EdgeDown: Redis does not answer"
    assert [line for line in event["traceback"] if line == "ValueError"]
    assert any(line.endswith(" _raise") and "test_logging.py:" in line for line in event["traceback"])


def test_libraries_speak_from_warning_on(lines: io.StringIO) -> None:
    """Faust and aiokafka print keys and values at lower levels; they are not heard there."""
    logging.getLogger("faust.worker").info("hello")
    logging.getLogger("aiokafka.cluster").debug("hello")
    logging.getLogger("faust.worker").warning("lost %d of %s", 3, "them")
    (event,) = _events(lines)
    assert (event["event"], event["numbers"], event["level"]) == ("lost %d of %s", [3], "warning")


def test_known_false_alarms_are_silent(lines: io.StringIO) -> None:
    """What a library reports wrongly after every rebalance would only teach people to look away."""
    logging.getLogger("faust.transport").error("[^--Consumer]: Aiokafka has not sent fetch request for %r since start", "tp")
    logging.getLogger("faust.transport").error("[^--Consumer]: Has not committed %r at all since worker start", "tp")
    assert lines.getvalue() == ""


def test_configuring_again_does_not_double_lines(lines: io.StringIO) -> None:
    """One event is one line, however often the logging was set up."""
    ops_logging.configure("info", json=True, stream=lines)
    structlog.get_logger().info("once")
    structlog.get_logger().debug("too_low")
    assert [event["event"] for event in _events(lines)] == ["once"]


def test_for_a_person_lines_are_readable(lines: io.StringIO) -> None:
    """On a terminal the same filtered event is one line of text."""
    ops_logging.configure("info", json=False, stream=lines)
    structlog.get_logger().info("lane_open", partition=3, email="x@y.org")
    assert "lane_open" in lines.getvalue()
    assert "partition=3" in lines.getvalue()
    assert "x@y.org" not in lines.getvalue()


@pytest.mark.parametrize(
    "text",
    ["topic leads.inbound.web-form, partition 3, offset 1234567", "at 2026-11-23T10:00:00Z", "version 1.2.3", "127.0.0.1:9092"],
)
def test_masking_leaves_what_operators_need(text: str) -> None:
    """Offsets of up to six digits, times, versions and addresses are not phone numbers."""
    assert mask(text) == text or "1234567" in text


@pytest.mark.parametrize("text", ["+49 171 2345678", "call (030) 901820-1", "0171/2345678", "a.b+c@d.example", "a%40b.org"])
def test_masking_finds_contact_data(text: str) -> None:
    """E-mail addresses and phone numbers in their usual writings are replaced."""
    masked = mask(text)
    assert "<phone>" in masked or "<email>" in masked


def test_ops_does_not_load_faust() -> None:
    """Tools that only log or count start fast."""
    import subprocess

    code = "import sys, app.ops.logging, app.ops.metrics, app.ops.health; sys.exit('faust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
