"""Who may reach which route, and which texts a request may carry: every route, by its declaration and by trying."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import uuid4

import pytest
from annotated_types import BaseMetadata
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import StringConstraints, TypeAdapter, ValidationError

from registry.api.strings import NoRawIdentifier, RequestModel
from registry.domain.access import PLATFORM_SCOPES, Caller, MemberKind, Scope
from registry.domain.staff import Staff
from registry.domain.subjects import Subject
from registry.routes import ROUTERS
from registry.services import members
from tests.databases import ScratchDatabase
from tests.running import Platform, Running, running

PUBLIC = {
    "GET /.well-known/jwks.json",
    "GET /.well-known/registry",
    "GET /docs/errors",
    "GET /healthz",
    "GET /log/checkpoint",
    "GET /log/shards",
    "GET /log/{shard}/checkpoint",
    "GET /log/{shard}/tile/{level}/{index:path}",
    "GET /readyz",
    "GET /v1/log/checkpoint",
    "GET /v1/policies/{pack}",
    "GET /v1/taxonomy",
    "GET /v1/tokens/manifest",
    "GET /v1/transparency",
    "POST /oauth/token",
    "POST /v1/me/sessions",
    "POST /v1/me/sessions:link",
    "POST /v1/staff/invitations:accept",
    "POST /v1/staff/invitations:show",
    "POST /v1/staff/sessions",
}
PLANTED = ("13800138000", "+8613800138000", "zhang.san@example.com", "11010519491231002X", "6222021234567890128")
ROUTES = {
    f"{min(route.methods or ())} {route.path}": route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
}


def guard_of(name: str) -> object:
    """Return what the guard of a route finds out: who calls, of the members, of the staff or of the subjects."""
    call = ROUTES[name].dependant.dependencies[0].call
    found = call.__annotations__["return"] if call else None
    # Some go on after the endpoint, and yield whom they found.
    return get_args(found)[0] if get_origin(found) is AsyncIterator else found


GUARDED = sorted(ROUTES.keys() - PUBLIC)
# What members call; test_staff_routes.py has what staff call, test_subject_routes.py what subjects do.
PROTECTED = [name for name in GUARDED if guard_of(name) in {Caller, Caller | Staff}]


def scope_of(name: str) -> Scope:
    """Return the scope that guards a route."""
    first = ROUTES[name].dependant.dependencies[0]
    (scope,) = first.own_oauth_scopes or []
    return Scope(scope)


def test_public_routes_are_these_and_no_others() -> None:
    assert {name for name, route in ROUTES.items() if not _is_guarded(route)} == PUBLIC


def _is_guarded(route: APIRoute) -> bool:
    return any(dependency.own_oauth_scopes for dependency in route.dependant.dependencies)


def test_authorisation_is_the_first_parameter_so_that_nothing_happens_before_it() -> None:
    assert [name for name in GUARDED if not ROUTES[name].dependant.dependencies[0].own_oauth_scopes] == []
    assert [name for name in GUARDED if guard_of(name) not in {Caller, Staff, Subject, Caller | Staff}] == []


def path_of(name: str) -> tuple[str, str]:
    method, _, template = name.partition(" ")
    return method, re.sub(r"{[^}]+}", str(uuid4()), template)


@pytest.mark.anyio
async def test_without_a_good_token_nobody_passes(shared: Running) -> None:
    wrong = (None, "Bearer", "Bearer wrong", "Basic YTpi", "bearer " + "a" * 5000)
    for name, authorization in product(GUARDED, wrong):
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = await shared.client.request(*path_of(name), headers=headers, json={})
        assert answer.status_code == 401, (name, authorization, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.anyio
async def test_with_every_other_scope_nobody_passes(shared: Running) -> None:
    for name in PROTECTED:
        needed = scope_of(name)
        kind = MemberKind.PLATFORM if needed in PLATFORM_SCOPES else MemberKind.RELAY
        platform = await shared.admit(f"For {name}", kind=kind)
        others = " ".join(sorted(platform.member.scopes - {needed}))
        answer = await shared.client.request(*path_of(name), headers=await platform.headers(others), json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), (name, answer.text)
        assert answer.json()["facts"] == {"scope": needed}
        assert await denials(shared, platform) == 1, name


async def denials(api: Running, platform: Platform) -> int:
    async with api.owner.read() as session:
        connection = await session.connection()
        found = await connection.exec_driver_sql(
            "SELECT count(*) FROM audit.entry WHERE type = 9 AND member_id = $1", (platform.member.id,)
        )
        return int(found.scalar_one())


@pytest.mark.anyio
async def test_a_suspended_member_passes_nowhere_within_five_seconds(shared: Running) -> None:
    platform, relay = await shared.admit("Suspended"), await shared.admit("Suspended relay", kind=MemberKind.RELAY)
    headers = {platform: await platform.headers(), relay: await relay.headers()}
    async with shared.owner.write() as session:
        for one in headers:
            await members.suspend(session, one.member.id, act=shared.act(), trail=shared.trail)
    await asyncio.sleep(4)
    for name in PROTECTED:
        caller = platform if scope_of(name) in PLATFORM_SCOPES else relay
        answer = await shared.client.request(*path_of(name), headers=headers[caller], json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "access_token_revoked"), name


@pytest.fixture
async def shared(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as api:
        yield api


def request_models(kind: type[RequestModel] = RequestModel) -> Iterator[type[RequestModel]]:
    for model in kind.__subclasses__():
        if model.__module__.startswith("registry."):
            yield model
        yield from request_models(model)


def texts(annotation: object, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Find every `str` inside a type; return what is said about each."""
    if get_origin(annotation) is Annotated:
        inner, *said = get_args(annotation)
        yield from texts(inner, (*metadata, *said))
    elif annotation is str:
        yield metadata
    elif get_origin(annotation) in {Union, UnionType, list, tuple, dict, set, frozenset}:
        within_union = get_origin(annotation) in {Union, UnionType}
        for argument in get_args(annotation):
            yield from texts(argument, metadata if within_union else ())


def is_safe(metadata: tuple[Any, ...]) -> bool:
    """Tell whether no planted identifier gets through, and the length is bounded."""
    if not any(isinstance(said, StringConstraints | BaseMetadata) or hasattr(said, "pattern") for said in metadata):
        return False
    adapter: TypeAdapter[str] = TypeAdapter(Annotated[(str, *metadata)])
    return all(_refuses(adapter, planted) for planted in (*PLANTED, "x" * 1_000_000))


def _refuses(adapter: TypeAdapter[str], text: str) -> bool:
    try:
        adapter.validate_python(text)
    except ValidationError:
        return True
    return False


MODELS = {f"{model.__module__}.{model.__qualname__}": model for model in request_models()}


def test_no_text_of_a_request_can_carry_a_raw_identifier() -> None:
    assert [name for name, model in MODELS.items() if model.model_config["extra"] != "forbid"] == []
    unsafe = [
        f"{name}.{field}"
        for name, model in MODELS.items()
        for field, info in model.model_fields.items()
        for metadata in texts(info.annotation, tuple(info.metadata))
        if not is_safe(metadata)
    ]
    assert unsafe == [], "use types of registry/api/strings.py"


def test_bodies_and_parameters_are_of_these_types_too() -> None:
    for name, one in ((name, one) for name, route in ROUTES.items() for one in dependants(route.dependant)):
        for parameter in [*one.path_params, *one.query_params, *one.header_params, *one.cookie_params]:
            if parameter.alias == "if-none-match":  # an entity tag is compared and never kept
                continue
            for metadata in texts(parameter.field_info.annotation, tuple(parameter.field_info.metadata)):
                assert is_safe(metadata), f"{name}: {parameter.alias} needs a type of registry/api/strings.py"
        for body in one.body_params:
            assert isinstance(body.field_info.annotation, type), name
            assert issubclass(body.field_info.annotation, RequestModel), name


def dependants(root: Dependant) -> Iterator[Dependant]:
    """Walk a route's dependencies."""
    yield root
    for inner in root.dependencies:
        yield from dependants(inner)


def test_the_net_itself_refuses_a_plain_text() -> None:
    assert not is_safe(())
    assert not is_safe((StringConstraints(max_length=100),))
    assert not is_safe((NoRawIdentifier,))
    assert is_safe((StringConstraints(max_length=100), NoRawIdentifier))
