"""Logs are JSON lines, and nothing in them names a person or opens a door."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog

from registry.errors import Conflict
from registry.logs import REDACTED, configure

PERSONS = ["13800138000", "+86 138 0013 8000", "zhang.san@example.com", "11010519491231002X"]
TOKEN = "cfr1_" + "wQEAAUEhg0F_-x9bQ3" + "A" * 30
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def written() -> Iterator[StringIO]:
    stream = StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure("debug", stream)
    yield stream
    root.handlers, root.level = before


def line(written: StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.getvalue().splitlines()[-1])
    return found


@pytest.mark.parametrize("secret", [*PERSONS, TOKEN, JWT, f"Bearer {JWT}", "Basic dXNlcjpwYXNz"])
@pytest.mark.parametrize("place", ["event", "value", "nested", "key", "list"])
def test_a_secret_is_replaced_wherever_it_stands(written: StringIO, secret: str, place: str) -> None:
    log = structlog.get_logger("registry.test")
    places: dict[str, dict[str, Any]] = {
        "event": {},
        "value": {"note": f"for {secret}, please"},
        "nested": {"detail": {"deep": [{"deeper": secret}]}},
        "key": {"detail": {secret: 1}},
        "list": {"found": ["a", secret]},
    }
    log.info(f"seen {secret}" if place == "event" else "seen", **places[place])
    assert secret not in written.getvalue()
    assert REDACTED in written.getvalue()


@pytest.mark.parametrize("name", ["Authorization", "cookie", "client_assertion", "database_password", "contact"])
def test_a_field_of_a_secret_name_is_replaced_whatever_it_holds(written: StringIO, name: str) -> None:
    structlog.get_logger("registry.test").info("seen", **{name: "harmless"})
    assert line(written)[name] == REDACTED


@pytest.mark.parametrize("logger", ["uvicorn.error", "sqlalchemy.engine", "asyncio", "some.library"])
def test_libraries_pass_the_same_redaction(written: StringIO, logger: str) -> None:
    logging.getLogger(logger).warning("bound %s to %s", "zhang.san@example.com", 5)
    told = line(written)
    assert told["logger"] == logger
    assert told["event"] == REDACTED
    assert told["level"] == "warning"


def test_the_password_of_a_url_is_replaced_and_the_rest_stays(written: StringIO) -> None:
    logging.getLogger("some.library").info("connecting to postgresql://owner:hunter2@db.internal/registry")
    assert line(written)["event"] == f"connecting to postgresql://{REDACTED}db.internal/registry"


def test_numbers_and_words_without_danger_stay(written: StringIO) -> None:
    structlog.get_logger("registry.test").info("sealed", size=1_000_000, ms=12.5, ok=True, nothing=None, band="severe")
    told = line(written)
    assert (told["size"], told["ms"], told["ok"], told["nothing"], told["band"]) == (
        1_000_000,
        12.5,
        True,
        None,
        "severe",
    )
    assert told["timestamp"].endswith("Z")


def test_a_number_that_is_a_phone_number_does_not_stay(written: StringIO) -> None:
    structlog.get_logger("registry.test").info("seen", count=13800138000)
    assert line(written)["count"] == REDACTED


def test_bytes_do_not_stay(written: StringIO) -> None:
    structlog.get_logger("registry.test").info("seen", body=b"whatever")
    assert line(written)["body"] == REDACTED


def test_a_failure_is_written_without_its_message(written: StringIO) -> None:
    try:
        try:
            int("zhang.san@example.com")
        except ValueError as error:
            raise Conflict("report_refused") from error
    except Conflict:
        structlog.get_logger("registry.test").exception("failed")
    told = line(written)["failure"]
    assert (told["kind"], told["code"], told["cause"]) == ("Conflict", "report_refused", "ValueError")
    assert "test_logs.py" in told["at"][-1]
    assert "zhang" not in written.getvalue()


def test_a_librarys_failure_is_written_without_its_message(written: StringIO) -> None:
    try:
        int("zhang.san@example.com")
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
    assert line(written)["failure"]["kind"] == "ValueError"
    assert "zhang" not in written.getvalue()


def test_the_servers_own_access_log_is_off(written: StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /v1/reports?who=zhang")
    assert written.getvalue() == ""
