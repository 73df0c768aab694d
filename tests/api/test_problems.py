"""Every refusal is a problem (RFC 9457), names a code, and never repeats what was sent."""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import APIRouter, Header, Path, Query
from starlette.exceptions import HTTPException

from registry.api.deps import MemberReader, Writes
from registry.api.problems import MEDIA_TYPE
from registry.api.strings import Currency, FreeText, IdempotencyKey, Name, Reference, RequestModel, Sentence, TokenText
from registry.errors import Conflict, Fault, QuotaExceeded, Unavailable
from registry_formats.errors import FormatError
from tests.databases import ScratchDatabase
from tests.running import Running, running

pytestmark = pytest.mark.anyio

router = APIRouter(prefix="/test")
PLANTED = ("13800138000", "+86 138 0013 8000", "zhang.san@example.com", "11010519491231002X", "一三八零零一三八零零零")
SECRET = "tell-nobody-4711"


class Inner(RequestModel):
    name: Name
    amount: int


class Body(RequestModel):
    reference: Reference
    sentence: Sentence
    text: FreeText
    token: TokenText
    currency: Currency
    inner: list[Inner]


GOOD = {
    "reference": "case-1",
    "sentence": "The parcel was weighed empty.",
    "text": "Long text, 长文本。",
    "token": "cfr1_" + "A" * 48,
    "currency": "CNY",
    "inner": [{"name": "a", "amount": 1}],
}


@router.post("/echo/{name}")
async def echo(
    body: Body,
    name: Annotated[Name, Path()],
    limit: Annotated[int, Query(le=200)] = 1,
    key: Annotated[IdempotencyKey | None, Header()] = None,
) -> dict[str, str]:
    return {"reference": body.reference, "name": name, "limit": str(limit), "key": key or ""}


@router.get("/fail/{how}")
async def fail(how: str) -> None:
    failures: dict[str, Exception] = {
        "unknown": RuntimeError(SECRET),
        "framework": HTTPException(418, SECRET),
        "conflict": Conflict("report_refused", faults=[Fault("/a", "missing")], facts={"report_id": "r"}),
        "quota": QuotaExceeded("quota_exceeded", facts={"quota": "queries", "limit": 10, "retry_after": 7}),
        "outage": Unavailable("database_unavailable"),
        "format": FormatError("token_malformed"),
    }
    raise failures[how]


@router.get("/slow")
async def slow(caller: MemberReader, session: Writes) -> str:
    connection = await session.connection()
    await connection.exec_driver_sql("SET LOCAL statement_timeout = 20")
    await connection.exec_driver_sql("SELECT pg_sleep(5)")
    return str(caller.member_id)


@pytest.fixture(scope="module")
async def api(worker_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """An API that all tests here share: what is refused leaves nothing behind."""
    worker_database.clear()
    async with running(worker_database, tmp_path_factory.mktemp("api"), also=router) as api:
        yield api


async def test_a_good_request_passes(api: Running) -> None:
    answer = await api.client.post("/test/echo/n?limit=3", json=GOOD)
    assert answer.status_code == 200
    assert answer.json() == {"reference": "case-1", "name": "n", "limit": "3", "key": ""}


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("field", ["reference", "sentence", "text", "token", "currency", "inner", "extra", "key"])
async def test_a_raw_identifier_in_any_place_is_refused_and_not_repeated(
    api: Running, field: str, planted: str
) -> None:
    body = json.loads(json.dumps(GOOD))
    if field == "inner":
        body["inner"][0]["name"] = planted
    elif field == "key":
        body["inner"][0][planted] = 1
    else:
        body[field] = planted
    answer = await api.client.post("/test/echo/n", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE
    everything = answer.text + str(answer.headers) + api.log.getvalue()
    assert planted not in everything
    assert json.dumps(planted)[1:-1] not in everything
    if field in {"sentence", "text"}:
        assert answer.json()["code"] == "raw_identifier_refused"
        assert answer.json()["errors"] == [{"pointer": f"/{field}", "code": "raw_identifier_refused"}]


async def test_a_raw_identifier_in_a_path_query_or_header_is_not_repeated(api: Running) -> None:
    planted = PLANTED[0]
    answers = [
        await api.client.post(f"/test/echo/{planted}", json=GOOD),
        await api.client.post(f"/test/echo/n?limit={planted}", json=GOOD),
        await api.client.post(f"/test/echo/n?{planted}=1", json=GOOD),
        await api.client.post("/test/echo/n", json=GOOD, headers={"key": f"for-{planted}-buyer"}),
        await api.client.get(f"/nowhere/{planted}"),
        await api.client.get("/healthz", headers={"X-Request-Id": planted}),
    ]
    for answer in answers:
        assert planted not in answer.text + str(answer.headers)
    assert planted not in api.log.getvalue()
    assert [answer.status_code for answer in answers] == [422, 422, 200, 422, 404, 200]


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"reference": None}, [("/reference", "missing")]),
        ({"reference": 5}, [("/reference", "wrong_type")]),
        ({"reference": ""}, [("/reference", "not_allowed")]),
        ({"sentence": "x" * 501}, [("/sentence", "wrong_length")]),
        ({"sentence": "nul \x00"}, [("/sentence", "text_invalid")]),
        ({"sentence": "turned \u202eround"}, [("/sentence", "text_invalid")]),
        ({"currency": "yuan"}, [("/currency", "not_allowed")]),
        ({"inner": [{"name": "a", "amount": "many"}]}, [("/inner/0/amount", "wrong_type")]),
        (
            {"inner": [{"name": "a"}, {"amount": 1}]},
            [("/inner/0/amount", "missing"), ("/inner/1/name", "missing")],
        ),
        ({"unexpected": 1}, [("", "unknown_field")]),
        ({"inner": [{"name": "a", "amount": 1, "more": 1}]}, [("/inner/0", "unknown_field")]),
    ],
)
async def test_faults_point_at_their_places(
    api: Running, change: dict[str, object], faults: list[tuple[str, str]]
) -> None:
    body = {name: value for name, value in (GOOD | change).items() if value is not None}
    problem = (await api.client.post("/test/echo/n", json=body)).json()
    assert problem["code"] == "request_invalid"
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == faults


async def test_parameters_are_named_by_where_they_stand(api: Running) -> None:
    problem = (await api.client.post("/test/echo/n?limit=500", json=GOOD)).json()
    assert problem["errors"] == [{"pointer": "query:limit", "code": "out_of_range"}]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b'{"a":' * 100_000, 400), (b'"\xff"', 400), (b"", 422), (b"[]", 422), (b"null", 422)],
)
async def test_what_is_no_json_is_refused_without_its_text(api: Running, content: bytes, status: int) -> None:
    headers = {"content-type": "application/json"}
    answer = await api.client.post("/test/echo/n", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE


async def test_another_media_type_is_refused(api: Running) -> None:
    answer = await api.client.post("/test/echo/n", content=json.dumps(GOOD), headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    assert "The parcel" not in answer.text


async def test_an_unknown_failure_is_opaque_and_findable(api: Running) -> None:
    answer = await api.client.get("/test/fail/unknown")
    problem = answer.json()
    assert answer.status_code == 500
    assert problem["code"] == "internal"
    assert problem["retryable"] is False
    assert SECRET not in answer.text + api.log.getvalue()
    failed = next(
        line
        for line in map(json.loads, api.log.getvalue().splitlines())
        if line["event"] == "request.failed" and line["request_id"] == problem["request_id"]
    )
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert failed["failure"]["kind"] == "RuntimeError"
    assert any("test_problems.py" in place for place in failed["failure"]["at"])


async def test_a_framework_error_we_do_not_know_is_opaque_too(api: Running) -> None:
    answer = await api.client.get("/test/fail/framework")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert SECRET not in answer.text


async def test_a_conflict_carries_faults_and_facts(api: Running) -> None:
    answer = await api.client.get("/test/fail/conflict")
    problem = answer.json()
    assert answer.status_code == problem["status"] == 409
    assert problem["errors"] == [{"pointer": "/a", "code": "missing"}]
    assert problem["facts"] == {"report_id": "r"}
    assert problem["type"] == "/docs/errors#report_refused"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_spent_quota_says_when_to_come_back(api: Running) -> None:
    answer = await api.client.get("/test/fail/quota")
    assert answer.status_code == 429
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["ratelimit-policy"] == '"queries";q=10;w=86400'
    assert answer.headers["ratelimit"] == '"queries";r=0;t=7'


async def test_an_outage_may_be_repeated(api: Running) -> None:
    answer = await api.client.get("/test/fail/outage")
    assert (answer.status_code, answer.json()["retryable"], answer.headers["retry-after"]) == (503, True, "2")


async def test_a_statement_that_takes_too_long_is_an_outage(api: Running) -> None:
    alpha = await api.admit("Alpha")
    headers, began = await alpha.headers(), time.monotonic()
    answer = await api.client.get("/test/slow", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert time.monotonic() - began < 4


async def test_a_malformed_wire_format_is_422_with_its_code(api: Running) -> None:
    answer = await api.client.get("/test/fail/format")
    assert (answer.status_code, answer.json()["code"]) == (422, "token_malformed")


async def test_a_wrong_method_names_the_right_ones(api: Running) -> None:
    answer = await api.client.delete("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("wish", "language", "title"),
    [
        ("zh-CN,zh;q=0.9", "zh", "此路径不存在任何内容。"),
        ("fr,zh;q=0.5,en;q=0.4", "zh", "此路径不存在任何内容。"),
        ("en-GB, zh;q=0.9", "en", "There is nothing at this path."),
        ("", "en", "There is nothing at this path."),
        ("zh;q=0", "en", "There is nothing at this path."),
        ("zh;q=nan,;;,*", "en", "There is nothing at this path."),
    ],
)
async def test_a_problem_speaks_the_clients_language(api: Running, wish: str, language: str, title: str) -> None:
    answer = await api.client.get("/nowhere", headers={"Accept-Language": wish})
    assert answer.headers["content-language"] == language
    assert answer.json()["title"] == title
