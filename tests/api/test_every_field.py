"""Journey J2: a raw identifier, or any nonsense, in every place of every request: kept nowhere, breaks nothing."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from registry.domain.access import MemberKind
from registry.domain.staff import Role
from tests.databases import ScratchDatabase
from tests.running import Running, running
from tests.staffing import make_staff
from tests.subjecting import proof

pytestmark = pytest.mark.anyio

PLANTED = ("13800138000", "zhang.san@example.com", "11010519491231002X", "+86 138 0013 8000")
NONSENSE: tuple[Any, ...] = (None, True, -1, 2**70, 1.5, "", "\x00", "\ud800", [], {}, [[]], "x" * 5000)
TABLES = """
SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition
AND relnamespace IN ('public'::regnamespace, 'audit'::regnamespace)
"""


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as started:
        yield started


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON
    """Walk to every place of a JSON value, the whole included."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a copy with another value at one place."""
    if not path:
        return new
    copy = deepcopy(value)
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return copy


def example_of(content: dict[str, Any], document: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if "example" in content:
        return content["example"]
    name = content["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]["examples"][0]


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Return every operation that takes JSON: its method and path, who signs in for it, and its example."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                (scheme,) = next(iter(operation.get("security", [])), ("",))
                filled = re.sub(r"{[^}]+}", str(uuid4()), path)
                yield method.upper(), filled, scheme, example_of(content["application/json"], document)


async def dump(database: ScratchDatabase) -> str:
    """Write out every row of every table; bytes appear in hex."""
    connection = await asyncpg.connect(database.dsn("postgres"))
    try:
        tables = [row[0] for row in await connection.fetch(TABLES)]
        rows = [row[0] for table in tables for row in await connection.fetch(f"SELECT t::text FROM {table} t")]  # noqa: S608 - names from the catalogue
    finally:
        await connection.close()
    return "\n".join(rows)


async def headers_of(api: Running) -> dict[str, list[dict[str, str]]]:
    """Sign in as everybody there is, by the scheme that an operation names."""
    platform, relay = await api.admit("Alpha"), await api.admit("Relay", kind=MemberKind.RELAY)
    casework = (Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR)
    staff = [await make_staff(api, *casework)]
    staff += [await make_staff(api, role) for role in Role if role not in casework]
    proofs = {"proofs": [proof(relay, kind) for kind in ("phone", "email")]}
    session = (await api.client.post("/v1/me/sessions", json=proofs)).json()
    subject = {"Authorization": f"Bearer {session['bearer']}"}
    members = [await platform.headers(), await relay.headers()]
    return {"": [{}], "member": members, "staff": staff, "subject": [subject]}


Operation = tuple[str, str]


async def post(api: Running, operation: Operation, body: Any, signed_in: dict[str, str]) -> httpx.Response:  # noqa: ANN401 - any JSON
    headers = signed_in | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    return await api.client.request(*operation, content=json.dumps(body).encode(), headers=headers)


async def let_in(
    api: Running,
    operation: Operation,
    example: Any,  # noqa: ANN401 - any JSON
    everybody: list[dict[str, str]],
) -> list[dict[str, str]]:
    """Return who of everybody may call an operation at all."""
    answers = [(headers, await post(api, operation, example, headers)) for headers in everybody]
    found = [headers for headers, answer in answers if answer.text.find("_missing") < 0 or answer.status_code != 403]
    assert found, operation
    return found


async def send(api: Running, operation: Operation, body: Any, callers: list[dict[str, str]]) -> str:  # noqa: ANN401 - any JSON
    """Send a body as each who may; return all that came back."""
    told = ""
    for headers in callers:
        answer = await post(api, operation, body, headers)
        assert answer.status_code in range(200, 500) or answer.json()["code"] == "operators_insufficient", (
            operation,
            body,
            answer.text,
        )
        told += answer.text + str(answer.headers)
    return told


async def test_a_raw_identifier_in_every_place_is_refused_or_stored_nowhere(
    api: Running, database: ScratchDatabase
) -> None:
    signed_in = await headers_of(api)
    for method, path, scheme, example in bodies(api.app.openapi()):
        callers = await let_in(api, (method, path), example, signed_in[scheme])
        for place in places(example):
            for planted in PLANTED:
                told = await send(api, (method, path), put(example, place, planted), callers)
                assert planted not in told, (path, place)
            told = await send(api, (method, path), put(example, place, {PLANTED[0]: PLANTED[1]}), callers)
            assert PLANTED[0] not in told
    stored = await dump(database)
    assert "Alpha" in stored
    for planted in PLANTED:
        assert planted not in api.log.getvalue()
        assert planted not in stored
        assert planted.encode().hex() not in stored


async def test_nonsense_in_every_place_is_refused_and_breaks_nothing(api: Running) -> None:
    signed_in = await headers_of(api)
    for method, path, scheme, example in bodies(api.app.openapi()):
        callers = await let_in(api, (method, path), example, signed_in[scheme])
        for place in places(example):
            for nonsense in NONSENSE:
                await send(api, (method, path), put(example, place, nonsense), callers)
    failed = [line for line in api.log.getvalue().splitlines() if "request.failed" in line]
    assert failed == []
