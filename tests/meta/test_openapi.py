"""The API's description is complete, is what was promised, and breaks no promise."""

import json
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from registry.api.operation_problems import OF_OPERATION
from registry.api.problem_codes import CODES
from registry.api.problems import MEDIA_TYPE, STATUS_OF_CODE, status_of
from registry.app import create_app
from registry.domain.access import Scope
from registry.domain.rehabilitation import Obstacle
from registry.settings import Settings
from tests.meta.breaking import breaking
from tests.meta.raised import API, FAMILIES, raised

SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"
RENEW = "REGISTRY_PUBLIC_URL=https://registry.example registry config openapi > docs/openapi.json"
PROMISED: dict[str, Any] = json.loads(SNAPSHOT.read_text())
# Not raised by a literal: a rule returns the code, or the key operator answers it.
BY_VALUE = {
    409: {"claim_ref_reused", "key_unknown", "report_reason_refused", "report_step_refused", *Obstacle},
    401: {"nonce_replayed", "signature_invalid", "timestamp_stale"},
}


@cache
def now() -> dict[str, Any]:
    """Describe the API as it is."""
    found: dict[str, Any] = json.loads(
        json.dumps(create_app(Settings(public_url="https://registry.example")).openapi())
    )
    return found


@cache
def operations() -> dict[str, dict[str, Any]]:
    return {f"{method.upper()} {path}": one for path, both in now()["paths"].items() for method, one in both.items()}


def statuses() -> dict[str, set[int]]:
    """Return every status that a code is raised with, or that HTTP prescribes for it."""
    found: defaultdict[str, set[int]] = defaultdict(set, {code: {status} for code, status in STATUS_OF_CODE.items()})
    codes = raised(*API)
    for family in codes.keys() - {"Misconfigured"}:
        for code in codes[family]:
            found[code].add(status_of(FAMILIES[family](code)))
    return found


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = now()["components"]["schemas"][name] if name else schema
    return found


def has_example(content: dict[str, Any]) -> bool:
    schema = resolve(content.get("schema", {}))
    return bool({"example", "examples"} & (content.keys() | schema.keys()))


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request {media_type}", content
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            yield f"{status} {media_type}", content


def test_the_document_names_its_version_server_and_tags() -> None:
    assert now()["openapi"] == "3.1.0"
    assert now()["servers"] == [{"url": "https://registry.example", "description": "This registry"}]
    used = {tag for operation in operations().values() for tag in operation["tags"]}
    assert used <= {tag["name"] for tag in now()["tags"]}


def test_the_sign_in_and_every_scope_are_described() -> None:
    flow = now()["components"]["securitySchemes"]["member"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "/oauth/token"
    assert set(flow["scopes"]) == set(Scope)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name[0].islower() and "_" not in name for name in names)


def test_an_operation_is_described_with_an_example_of_everything() -> None:
    assert [name for name, one in operations().items() if not one["summary"] or not one["description"]] == []
    missing = [
        (name, place)
        for name, operation in operations().items()
        for place, content in contents(operation)
        if not has_example(content)
    ]
    assert missing == []


def test_an_operation_says_how_it_fails() -> None:
    of_a_problem = now()["components"]["schemas"]["Problem"]["properties"].keys()
    for name in operations().keys() - {"POST /oauth/token"}:
        responses, security = operations()[name]["responses"], operations()[name].get("security", [])
        expected = {"422", "500", "503"} | ({"401", "403"} if security else set())
        # Quotas are for members.
        expected |= {"429"} if any("member" in one for one in security) else set()
        assert expected <= responses.keys(), name
        for status in expected:
            example = responses[status]["content"][MEDIA_TYPE]["example"]
            assert (example["status"], example.keys()) == (int(status), of_a_problem), name


def test_a_refusal_is_listed_under_the_status_it_is_answered_with() -> None:
    responses, known = {one["operationId"]: one["responses"] for one in operations().values()}, statuses()
    for name, refusals in OF_OPERATION.items():
        for status, codes in refusals.items():
            shown = responses[name][status]
            assert shown["content"][MEDIA_TYPE]["example"]["code"] == codes[0], name
            for code in codes:
                assert f"`{code}`: {CODES[code].title}" in shown["description"], name
                assert int(status) in known[code] or code in BY_VALUE[int(status)], f"{name} {code}"


def test_an_operation_with_an_idempotency_key_or_a_report_says_how_that_fails() -> None:
    for name, operation in operations().items():
        parameters = {one["name"]: one for one in operation.get("parameters", [])}
        key = parameters.get("Idempotency-Key")
        if key is not None:
            assert key["required"], name
            assert key["schema"]["type"] == "string", name
        # An import takes turns line by line instead.
        if key is not None and operation["operationId"] != "importReports":
            assert "idempotency_in_flight" in operation["responses"]["409"]["description"], name
        if "report_id" in parameters:
            assert "report_unknown" in operation["responses"]["404"]["description"], name


def test_parameters_have_examples_and_answers_descriptions() -> None:
    for name, operation in operations().items():
        for parameter in operation.get("parameters", []):
            assert {"example", "examples"} & (parameter.keys() | parameter["schema"].keys()), (name, parameter["name"])
        assert "Successful Response" not in {one["description"] for one in operation["responses"].values()}, name


def test_request_bodies_name_every_field_they_accept() -> None:
    for name, operation in operations().items():
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            assert resolve(body["schema"])["additionalProperties"] is False, name


def test_no_promise_is_broken() -> None:
    assert breaking(PROMISED, now()) == [], "a breaking change needs a new version of the API"


def test_the_snapshot_is_what_is_served() -> None:
    assert now() == PROMISED, f"record the addition: {RENEW}"


def changed(edit: Any) -> list[str]:  # noqa: ANN401 - a function on the document
    """Return what breaks after an edit of today's document."""
    document = deepcopy(now())
    edit(document)
    return breaking(now(), document)


def test_additions_break_nothing() -> None:
    def add(document: dict[str, Any]) -> None:
        document["paths"]["/v1/new"] = {"get": operations()["GET /healthz"]}
        document["components"]["schemas"]["Profile"]["properties"]["motto"] = {"type": "string"}

    assert changed(add) == []


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda d: d["paths"].pop("/healthz"), "GET /healthz is gone"),
        (lambda d: d["paths"]["/v1/whoami"]["get"].update(operationId="other"), "GET /v1/whoami has another name"),
        (lambda d: d["paths"]["/v1/whoami"]["get"]["responses"].pop("200"), "GET /v1/whoami 200 is gone"),
        (
            lambda d: d["components"]["schemas"]["Profile"]["properties"].pop("name"),
            "GET /v1/whoami 200/name is gone",
        ),
        (
            lambda d: d["components"]["schemas"]["Profile"]["properties"]["name"].update(type="integer"),
            "GET /v1/whoami 200/name is another type",
        ),
        (
            lambda d: d["components"]["schemas"]["EvaluationRequest"]["properties"].pop("sig"),
            "POST /v1/tokens:evaluate body/sig is gone",
        ),
        (
            lambda d: d["components"]["schemas"]["EvaluationRequest"]["required"].append("more"),
            "POST /v1/tokens:evaluate body needs more",
        ),
        (
            lambda d: d["paths"]["/v1/quota"]["get"].update(
                parameters=[{"in": "query", "name": "day", "required": True, "schema": {}}]
            ),
            "GET /v1/quota needs query day",
        ),
        (
            lambda d: d["paths"]["/v1/policies/{pack}"]["get"].pop("parameters"),
            "GET /v1/policies/{pack} path pack is gone",
        ),
        (
            lambda d: d["paths"]["/healthz"]["get"].update(security=[{"member": ["member:read"]}]),
            "GET /healthz needs more",
        ),
    ],
)
def test_a_broken_promise_is_named(edit: Any, complaint: str) -> None:  # noqa: ANN401 - likewise
    assert complaint in changed(edit)
