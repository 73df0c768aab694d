"""What anybody may read, and how it is cached."""

import json
from pathlib import Path

import asyncpg
import pytest

from registry import keys
from registry.api import examples
from registry.clock import real_time
from registry.domain.ids import Action, Protective
from registry.domain.reasons import MitigatingCode, ReasonCode
from registry.store.log import open_shard
from registry_formats.notes import parse_vkey
from tests.databases import ScratchDatabase
from tests.running import ISSUER, Running, running

pytestmark = pytest.mark.anyio

CACHED = ["/.well-known/registry", "/.well-known/jwks.json", "/v1/taxonomy", "/v1/policies/cn"]


async def test_the_registry_describes_itself(api: Running) -> None:
    told = (await api.client.get("/.well-known/registry")).json()
    assert told["issuer"] == ISSUER
    assert told["realm"] == "registry.test"
    assert told["livemode"] is False
    assert told["epochs"] == [1]
    assert set(told["policies"]) == {"cn", "uk", "us", "eu"}
    assert told["policies"]["eu"]["enabled"] is False
    receipts = parse_vkey(told["receipt_key"])
    assert receipts.name == "registry.test/receipts"
    held = keys.load(api.settings.keys_path, [keys.KeyName.RECEIPTS])
    assert receipts.public_key == held.public(keys.KeyName.RECEIPTS)


async def test_the_logs_keys_carry_the_origins_of_its_shards(api: Running) -> None:
    async with api.owner.write() as session:
        await open_shard(session, origin="registry.test/audit/2026h2.1", now=real_time())
    told = (await api.client.get("/.well-known/registry")).json()
    (key,) = [parse_vkey(text) for text in told["log_keys"]]
    assert key.name == "registry.test/audit/2026h2.1"
    assert key.public_key == keys.log_public_key(api.settings.keys_path)


@pytest.mark.parametrize("path", CACHED)
async def test_public_answers_are_cached_by_their_tag(api: Running, path: str) -> None:
    first = await api.client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await api.client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await api.client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("path", "example"),
    [("/.well-known/registry", examples.REGISTRY), ("/.well-known/jwks.json", examples.JWKS)],
)
async def test_the_examples_have_the_shape_of_real_answers(api: Running, path: str, example: dict[str, object]) -> None:
    told = (await api.client.get(path)).json()
    assert told.keys() == example.keys()
    assert {name: type(value) for name, value in told.items()} == {
        name: type(json.loads(json.dumps(value))) for name, value in example.items()
    }


async def test_an_unknown_policy_is_not_found(api: Running) -> None:
    answer = await api.client.get("/v1/policies/xx")
    assert (answer.status_code, answer.json()["code"]) == (404, "policy_unknown")


async def test_the_description_page_asks_nobody_else(api: Running) -> None:
    page = (await api.client.get("/docs")).text
    assert "http://" not in page.replace(ISSUER, "")
    assert "https://" not in page
    assert "/docs/static/swagger-ui-bundle.js" in page
    assert (await api.client.get("/docs/static/swagger-ui-bundle.js")).status_code == 200


async def test_a_problems_type_leads_to_its_explanation(api: Running) -> None:
    problem = (await api.client.get("/nowhere")).json()
    page, _, anchor = problem["type"].partition("#")
    explained = await api.client.get(page, headers={"Accept-Language": "zh"})
    assert f'id="{anchor}"' in explained.text
    assert "此路径不存在任何内容。" in explained.text


async def test_health_tells_of_life_and_readiness(api: Running) -> None:
    assert (await api.client.get("/healthz")).json() == {"status": "ok"}
    ready = (await api.client.get("/readyz")).json()
    assert ready["status"] == "ready"
    assert ready["worker_lag_s"] == 0


async def test_a_log_that_stands_still_is_not_ready(api: Running) -> None:
    await api.admit("Alpha")
    async with api.owner.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("INSERT INTO audit.outbox VALUES ('01900000-0000-7000-8000-000000000000')")
    answer = await api.client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["facts"]["worker_lag_s"] > 900


async def test_another_schema_is_not_ready(api: Running) -> None:
    async with api.owner.write() as session:
        connection = await session.connection()
        known = (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one()
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    try:
        answer = await api.client.get("/readyz")
    finally:
        async with api.owner.write() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = $1", (known,))
    assert (answer.status_code, answer.json()["facts"]["schema"]) == (503, "other")


async def test_it_recovers_from_a_database_that_was_restarted(database: ScratchDatabase, tmp_path: Path) -> None:
    async with running(database, tmp_path) as api:
        assert (await api.client.get("/readyz")).status_code == 200
        superuser = await asyncpg.connect(database.dsn("postgres"))
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'registry_api'"
        )
        await superuser.close()
        lost = await api.client.get("/readyz")
        assert (lost.status_code, lost.json()["code"]) == (503, "database_unavailable")
        assert (await api.client.get("/healthz")).status_code == 200
        assert (await api.client.get("/readyz")).status_code == 200


async def test_every_code_of_an_answer_is_said_in_both_languages(api: Running) -> None:
    answers = (await api.client.get("/v1/taxonomy")).json()["answers"]
    assert set(answers["reason_codes"]) == set(ReasonCode)
    assert set(answers["mitigating"]) == set(MitigatingCode)
    assert set(answers["permitted_actions"]) == set(Action)
    assert set(answers["protective"]) == set(Protective)
    for texts in answers.values():
        for said in texts.values():
            assert set(said) == {"en", "zh"}
            assert said["en"].isascii()
            assert not said["zh"].isascii()
