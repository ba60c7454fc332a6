"""Logs: one JSON object a line on stderr (coloured lines on a terminal), without personal data.

Everything goes through one filter, the standard library's loggers, warnings and uncaught exceptions included:
our own events keep the fields that `log_catalogue.py` lists; of a library's message only its template and its numbers
stay, because libraries put values of records into their arguments; of an exception only classes and places stay.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from structlog.types import Processor

from app.ops.log_catalogue import FALSE_ALARMS
from app.ops.masking import describe, fields, frames, mask, mask_foreign

QUIET = ("faust", "mode", "aiokafka", "kafka", "confluent_kafka", "asyncio", "aiohttp", "urllib3", "redis")
_WARNING = re.compile(r"[^:\n]*:\d+: \w+")
_EVENT = re.compile(r"[a-z][a-z0-9_]{1,60}")

Event = MutableMapping[str, Any]


def configure(level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Set up logging for the process; safe to call again.

    Args:
        level: debug, info, warning or error, for our own events. Libraries: warning and above.
        json: JSON lines or lines for a person; None: JSON unless the stream is a terminal.
        stream: Where to; None: stderr.
    """
    out = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    as_json = not out.isatty() if json is None else json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            _hand_over,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(as_json, out.isatty()))
    handler.addFilter(_no_false_alarm)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in QUIET:  # handlers of their own would go past the filter
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.raiseExceptions = False  # a failing handler would print the arguments
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class _Formatter(logging.Formatter):
    """The last step, for our events and the libraries' alike."""

    def __init__(self, as_json: bool, colours: bool) -> None:
        super().__init__()
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
        renderer: Processor = structlog.dev.ConsoleRenderer(colors=colours) if not as_json else _json
        self._render = renderer

    def format(self, record: logging.LogRecord) -> str:
        own = getattr(record, "leadstream_event", None)
        event = _own(own) if own is not None else _foreign(record)
        event |= {"level": record.levelname.lower(), "logger": record.name[:100]}
        return str(self._render(None, "", self._stamp(None, "", event)))


def _hand_over(_logger: Any, _method: str, event: Event) -> tuple[tuple[str], dict[str, Any]]:
    """From structlog to the standard library, as data and not as text."""
    return ("event",), {"extra": {"leadstream_event": dict(event)}}


def _own(event: dict[str, Any]) -> dict[str, Any]:
    event = {key: value for key, value in event.items() if key not in ("level", "logger", "stack_info")}
    name, trouble = str(event.pop("event", "")), _exception(event.pop("exc_info", None))
    kept, dropped = fields(event)
    line = {"event": name if _EVENT.fullmatch(name) else mask_foreign(name), **kept}
    if dropped:
        line["dropped"] = dropped
    return line | _about(trouble)


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if record.name == "py.warnings":  # arrives as finished text: keep where and which, drop what
        place = _WARNING.match(template)
        template = place[0] if place else "warning"
    arguments = record.args.values() if isinstance(record.args, dict) else record.args or ()
    numbers = [
        value for value in arguments if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6
    ]
    line: dict[str, Any] = {"event": mask_foreign(template)}
    if numbers:
        line["numbers"] = numbers
    classes = [describe(value) for value in arguments if isinstance(value, BaseException)]
    if classes:
        line["exception"] = classes[0]
    return line | _about(_exception(record.exc_info))


def _about(error: BaseException | None) -> dict[str, Any]:
    return {"exception": describe(error), "traceback": frames(error)} if error else {}


def _exception(info: Any) -> BaseException | None:
    match info:
        case BaseException():
            return info
        case (_, BaseException() as error, _):
            return error
        case None | False | 0 | (None, None, None):
            return None
    return sys.exc_info()[1]


def _no_false_alarm(record: logging.LogRecord) -> bool:
    return not (isinstance(record.msg, str) and any(words in record.msg for words in FALSE_ALARMS))


def _json(_logger: Any, _method: str, event: Event) -> str:
    first = ("timestamp", "level", "event")
    ordered = {key: event[key] for key in first if key in event} | {k: v for k, v in event.items() if k not in first}
    return orjson.dumps(ordered, default=lambda value: type(value).__name__).decode()


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger("app").critical("uncaught", exc_info=error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        structlog.get_logger("app").critical("uncaught_in_thread", exc_info=args.exc_value)


__all__ = ["configure", "mask"]
