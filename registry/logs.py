"""Structured logs: one JSON object a line, and nothing in it that names a person or opens a door.

Every line of ours and of the libraries passes one redaction, which works on values and on names alike; failures are
written as the kind of error and where it was raised, never with its message, which may quote what was sent.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from registry.domain.raw_identifiers import looks_raw

REDACTED: Final = "[redacted]"
# Made by ourselves, in fixed forms.
_OURS = frozenset({"timestamp", "level", "logger", "request_id", "member", "ms", "status", "method", "code"})
_SECRET_NAME = re.compile(
    r"authorization|cookie|password|secret|assertion|access_token|private|api_?key|pepper|contact", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"cfr1_[A-Za-z0-9_-]+"
    r"|eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,2}"
    r"|(?i:bearer|basic)\s+[A-Za-z0-9._~+/=-]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+@"
)
_ACCESS = logging.getLogger("registry.access")
_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)
_LOUD_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "fastapi", "asyncio", "sqlalchemy")


def configure(level: str, stream: Any = None) -> None:  # noqa: ANN401 - any text stream
    """Send the logs of this process, ours and the libraries', as JSON lines to standard error or `stream`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _describe_failure,
            redact,
            _STAMP,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _LOUD_LIBRARIES:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
    # They would write whole addresses with their queries; our own line stands in their place. Without a handler in
    # reach, the server does not even put them together.
    logging.getLogger("uvicorn.access").propagate = False
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def accesses() -> bool:
    """Say whether requests are to be logged."""
    return _ACCESS.isEnabledFor(logging.INFO)


def access(requests: Iterable[Mapping[str, Any]]) -> None:
    """Write a line for each request. They hold words of ours alone, so they go the short way, past the redaction."""
    stamp: Mapping[str, Any] = _STAMP(None, "info", {"level": "info", "logger": _ACCESS.name})
    lines = "".join([f"{_dump({'event': 'request', **facts, **stamp})}\n" for facts in requests])
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream.write(lines)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace what names a person or opens a door, wherever it stands in a line."""
    return {name: value if name in _OURS else _clean(name, value) for name, value in event.items()}


def failure(error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    """Describe a failure by its kind, its code if it has one, and the places it passed; without its message."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    described: dict[str, Any] = {"kind": type(error).__qualname__, "at": frames[-20:]}
    if isinstance(code := getattr(error, "code", None), str):
        described["code"] = code
    if (cause := error.__cause__ or error.__context__) is not None:
        described["cause"] = type(cause).__qualname__
    return described


def _describe_failure(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()[1]
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["failure"] = failure(error, error.__traceback__)
    return event


def _clean(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a line may hold
    if _SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {_text(str(key)): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return REDACTED if looks_raw(str(value)) else value
    return REDACTED if isinstance(value, bytes) else _text(str(value))


def _text(text: str) -> str:
    without_secrets = _SECRET_TEXT.sub(REDACTED, text)
    return REDACTED if looks_raw(without_secrets) else without_secrets


def _dump(event: Any, **_: Any) -> str:  # noqa: ANN401 - structlog's own signature
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
