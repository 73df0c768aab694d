"""Refusals as exceptions: the right one, with all that support asks for, and nothing of what was sent."""

import json
from typing import Any

import pytest

from registry_client import errors
from registry_client.errors import Fault, RegistryClientError, refusal

SENT = "00000000-0000-4000-8000-000000000001"
THEIRS = "01937d5e-8c00-7a10-8000-0000000000a1"


def read(status: int, body: object = None, **headers: str) -> RegistryClientError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(status, named, content, sent_id=SENT, idempotency_key="key-1", now=0)


def problem(code: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - members of any kind, also wrong ones
    return {"code": code, "request_id": THEIRS, "title": "A sentence.", "retryable": False, "errors": []} | members


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (401, errors.SignInRefused),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (408, errors.RegistryUnavailable),
        (409, errors.Conflict),
        (413, errors.RequestRefused),
        (422, errors.RequestRefused),
        (429, errors.RateLimited),
        (500, errors.RegistryUnavailable),
        (503, errors.RegistryUnavailable),
        (599, errors.RegistryUnavailable),
    ],
)
def test_each_status_has_its_exception(status: int, kind: type[RegistryClientError]) -> None:
    assert type(read(status, problem("some_code"))) is kind


def test_it_carries_what_support_asks_for() -> None:
    faults = [{"pointer": "/evidence/0/class", "code": "evidence_class_unknown"}]
    error = read(409, problem("report_refused", errors=faults, facts={"report_id": "r-1", "n": 2}))
    assert isinstance(error, errors.ReportRefused)
    assert (error.code, error.request_id, error.idempotency_key) == ("report_refused", THEIRS, "key-1")
    assert error.faults == (Fault("/evidence/0/class", "evidence_class_unknown"),)
    assert error.facts == {"report_id": "r-1", "n": 2}
    assert (error.status, error.retryable) == (409, False)


def test_its_text_names_the_code_the_request_and_every_fault() -> None:
    faults = [{"pointer": "", "code": "missing"}, {"pointer": "/amount", "code": "wrong_type"}]
    text = str(read(422, problem("request_invalid", errors=faults)))
    assert text == f"request_invalid (request {THEIRS}): A sentence.; /: missing; /amount: wrong_type"


@pytest.mark.parametrize(("status", "expected"), [(408, True), (429, True), (503, True), (404, False), (422, False)])
def test_only_what_may_change_is_retryable(status: int, expected: bool) -> None:
    assert read(status).retryable is expected


def test_the_registry_may_call_a_conflict_retryable() -> None:
    assert read(409, problem("busy", retryable=True)).retryable


def test_the_wait_is_in_seconds() -> None:
    assert read(429, problem("quota_exceeded"), retry_after="120").retry_after == 120


def test_an_oauth_refusal_gives_the_registrys_own_code() -> None:
    error = read(401, {"error": "invalid_client", "error_description": "assertion_replayed"})
    assert (type(error), error.code) == (errors.SignInRefused, "assertion_replayed")


@pytest.mark.parametrize("page", [b"<html>Bad gateway</html>", b"", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_a_proxys_page_is_read_by_its_status(page: bytes) -> None:
    error = read(502, page)
    assert (type(error), error.code, error.faults) == (errors.RegistryUnavailable, "http_502", ())


def test_without_theirs_our_own_request_id_is_given() -> None:
    assert read(502, b"").request_id == SENT
    assert read(502, b"", x_request_id=THEIRS).request_id == THEIRS


@pytest.mark.parametrize(
    "members",
    [
        {"errors": "no list"},
        {"errors": [1, None, {"pointer": 1, "code": "x"}, {"code": "x"}]},
        {"facts": [1]},
        {"facts": {"nested": {}}},
        {"code": 7},
        {"title": None},
    ],
)
def test_a_problem_of_another_shape_is_still_a_refusal(members: dict[str, Any]) -> None:
    error = read(422, problem("request_invalid") | members)
    assert type(error) is errors.RequestRefused
    assert (error.faults, error.facts) == ((), {})


def test_every_exception_is_in_the_tree_and_in_its_drawing() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, RegistryClientError) for kind in kinds)
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in kinds if kind.__name__ not in drawn] == []
