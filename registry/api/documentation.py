"""The API's description (OpenAPI 3.1), made complete after all routers are in, and the page that lists the problems."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from registry.api import operation_problems, problem_codes, webhook_description
from registry.api.pointers import FIELD_CODES
from registry.api.problem_codes import Meaning
from registry.api.visits import visit_of
from registry.domain.access import Scope
from registry.translations import translate

TITLE = "Refund-integrity registry"
DESCRIPTION = "A cross-platform registry of confirmed refund fraud: private, told, provable."
TAGS = [
    {"name": "discovery", "description": "Who this registry is, its keys and its rules. No sign-in."},
    {"name": "sign-in", "description": "Client credentials with `private_key_jwt`."},
    {"name": "members", "description": "What a member may know about itself."},
    {"name": "tokens", "description": "Blinded evaluation: the registry never sees an identifier."},
    {"name": "reports", "description": "Signed reports of confirmed fraud."},
    {"name": "appeals", "description": "What people contest, and what the member that reported says to it."},
    {"name": "officers", "description": "Appeals as the registry's people work on them."},
    {"name": "retention", "description": "What takes a record out of use, or ends it early."},
    {"name": "referrals", "description": "Records handed to an authority or a provider; two people decide."},
    {"name": "recalls", "description": "Messages that a record seen earlier was removed or changed."},
    {"name": "webhooks", "description": "Messages to a member's own endpoints, as Standard Webhooks 1.0.0 says."},
    {"name": "notices", "description": "The registry's own notice to the subject, through the relay."},
    {"name": "scores", "description": "Answers bound to an open claim, each with a receipt."},
    {"name": "closures", "description": "Whether an account may be closed, with a receipt either way."},
    {"name": "outcomes", "description": "What members did about answers, and what of it was lifted."},
    {"name": "subjects", "description": "What people see and do about what is recorded of them."},
    {"name": "integrity", "description": "Conduct of members: findings, sanctions by rule, and their lifting."},
    {"name": "second looks", "description": "Reviewers judge reports that wait, and some of those that count."},
    {"name": "figures", "description": "What is published once a quarter is over, and alarms for auditors."},
    {"name": "staff", "description": "The registry's own people: sessions, accounts and roles."},
    {"name": "audit", "description": "For auditors: read-only, with a purpose, each read recorded."},
    {"name": "erasures", "description": "Two supervisors decide that a person is erased from the log."},
    {"name": "log", "description": "Checkpoints and proofs of the audit log."},
    {"name": "sandbox", "description": "What only made-up records allow."},
    {"name": "health", "description": "For the operator's monitoring. No sign-in."},
]
_SCOPES: Mapping[Scope, str] = {
    Scope.APPEALS_READ: "Read appeals against one's own reports.",
    Scope.APPEALS_WRITE: "Answer appeals against one's own reports.",
    Scope.CLOSURES_ASK: "Ask whether an account may be closed.",
    Scope.LOG_READ: "Read proofs of the audit log.",
    Scope.MEMBER_READ: "Read one's own profile and quotas.",
    Scope.NOTICES_RECORD: "Record that a notice was served; the relay's alone.",
    Scope.NOTICES_SERVE: "Ask the relay to serve a notice.",
    Scope.OUTCOMES_READ: "Read what one did about answers.",
    Scope.OUTCOMES_WRITE: "Record what one did about answers, and that it was lifted.",
    Scope.RECALLS_ACKNOWLEDGE: "Acknowledge recalls.",
    Scope.REPORTS_READ: "Read one's own reports.",
    Scope.REPORTS_WRITE: "File, amend and withdraw reports.",
    Scope.SCORES_QUERY: "Ask for a score bound to an open claim.",
    Scope.SUBJECT_LINKS_WRITE: "Let a person read one's own record of them, once.",
    Scope.TOKENS_EVALUATE: "Have blinded identifiers evaluated.",
    Scope.WEBHOOKS_READ: "Read one's own endpoints and their delivery log.",
    Scope.WEBHOOKS_WRITE: "Add, change and remove endpoints, read their secrets, have messages sent again.",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "code", "title", "status", "detail", "request_id", "retryable", "errors", "facts"],
    "properties": {
        "type": {"type": "string", "description": "Where the code is documented."},
        "code": {"type": "string", "description": "Stable; decide by this."},
        "title": {"type": "string", "description": "For people, in the language of Accept-Language (en, zh)."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What the caller can do."},
        "request_id": {"type": "string", "format": "uuid"},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code"],
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
            },
        },
        "facts": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
    },
}
_KEY = "Idempotency-Key"
_KEY_TEXT = (
    "A fresh key for each request and the same one for its retries: 16 to 64 letters, digits, `-` and `_`, such as the "
    "UUID `01937d5e-8c00-7a10-8000-0000000000f1`."
)
_PARAMETERS: Mapping[str, Any] = {
    _KEY: "01937d5e-8c00-7a10-8000-0000000000f1",
    "evidence_id": "01937d5e-8c00-7a10-8000-0000000000c7",
    "entry_id": "01937d5e-8c00-7a10-8000-0000000000e1",
    "lens": "hit_rate",
    "sample_id": "01937d5e-8c00-7a10-8000-0000000000f2",
    "endpoint_id": "01937d5e-8c00-7a10-8000-0000000000e1",
    "message_id": "01937d5e-8c00-7a10-8000-0000000000e2",
    "cursor": "AZN9XowAehCAAAAAAAAAuw",
    "import_id": "01937d5e-8c00-7a10-8000-0000000000c1",
    "limit": 50,
    "query_id": "0193502e-4a00-7c10-8000-0000000000aa",
    "warning_id": "01937d5e-8c00-7a10-8000-0000000000f1",
    "outcome_id": "0193502e-4a00-7c10-8000-0000000000c1",
    "recall_id": "01937d5e-8c00-7a10-8000-0000000000b1",
    "appeal_id": "01937d5e-8c00-7a10-8000-0000000000f2",
    "letter_id": "01937d5e-8c00-7a10-8000-0000000000d7",
    "admission_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "erasure_id": "01937d5e-8c00-7a10-8000-0000000000f1",
    "notice_id": "01937d5e-8c00-7a10-8000-0000000000c4",
    "rehabilitation_id": "01937d5e-8c00-7a10-8000-0000000000c5",
    "referral_id": "01937d5e-8c00-7a10-8000-0000000000c6",
    "brake_id": "01937d5e-8c00-7a10-8000-0000000000b7",
    "sanction_id": "01937d5e-8c00-7a10-8000-0000000000f7",
    "report_id": "01937d5e-8c00-7a10-8000-0000000000b1",
    "recovery_id": "01937d5e-8c00-7a10-8000-0000000000d3",
    "staff_id": "01937d5e-8c00-7a10-8000-0000000000d1",
    "since": "AZN9XowAehCAAAAAAAAAuw",
    "updated_since": "2026-11-21T00:00:00Z",
}

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}"
    "dt{margin-top:1rem;font-weight:600}dt:target{background:#fd6}dd{margin:0}"
)
# Nothing but this one style is let in.
_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


def install(app: FastAPI, *, issuer: str, relay: Mapping[str, tuple[str, str]]) -> None:
    """Make `app.openapi()` return the complete description, and list the relay's problems beside the registry's."""
    app.state.problems_of_relay = {code: Meaning(*texts) for code, texts in relay.items()}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, issuer=issuer)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI documents this as the way to extend the schema


def describe(app: FastAPI, *, issuer: str) -> dict[str, Any]:
    """Return the OpenAPI document of an application whose routers are all in."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        tags=TAGS,
        servers=[{"url": issuer, "description": "This registry"}],
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).pop("HTTPValidationError", None)
    components["schemas"].pop("ValidationError", None)
    components["schemas"]["Problem"] = _PROBLEM
    for flows in components.get("securitySchemes", {}).values():
        if "flows" in flows:
            flows["flows"]["clientCredentials"]["scopes"] = {str(scope): text for scope, text in _SCOPES.items()}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _describe_parameters(operation)
            _describe_answers(operation)
            if path != "/oauth/token":
                _add_problems(operation)
    document["webhooks"] = webhook_description.describe()
    return document


def _add_problems(operation: dict[str, Any]) -> None:
    for status, codes in operation_problems.of(operation).items():
        meanings = {code: problem_codes.CODES[code] for code in codes}
        description = "; ".join(f"`{code}`: {meaning.title}" for code, meaning in meanings.items())
        shown = _problem(status, codes[0])
        content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
        operation["responses"][status] = {"description": description, "content": {"application/problem+json": content}}


def _problem(status: str, code: str) -> dict[str, Any]:
    meaning = problem_codes.CODES[code]
    return {
        "type": f"/docs/errors#{code}",
        "code": code,
        "title": meaning.title,
        "status": int(status),
        "detail": meaning.cure,
        "request_id": "01937d5e-8c00-7a10-8000-0000000000aa",
        "retryable": status in {"429", "503"} or code == "idempotency_in_flight",
        "errors": [{"pointer": "/claim_ref", "code": "missing"}] if code == "request_invalid" else [],
        "facts": {},
    }


def _describe_parameters(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        name, schema = parameter["name"], parameter["schema"]
        if name == _KEY:
            # Optional only to the framework: without it the answer is `idempotency_key_missing`.
            text = next(one for one in schema["anyOf"] if one["type"] == "string")
            parameter |= {"required": True, "schema": text, "description": _KEY_TEXT}
        if name in _PARAMETERS and not {"example", "examples"} & parameter.keys():
            parameter["example"] = _PARAMETERS[name]


def _describe_answers(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        if response["description"] == "Successful Response":
            response["description"] = "The answer."


@router.get("/docs/errors")
async def errors(request: Request) -> Response:
    """List every problem code: where the `type` of a problem leads."""
    language = visit_of(request.scope).language
    known = {**request.app.state.problems_of_relay, **problem_codes.CODES}
    rows = "".join(
        f'<dt id="{code}"><code>{code}</code> {escape(translate(meaning.title, language))}</dt>'
        f"<dd>{escape(translate(meaning.cure, language))}</dd>"
        for code, meaning in sorted(known.items())
    )
    fields = ", ".join(f"<code>{code}</code>" for code in sorted(FIELD_CODES))
    title = escape(translate("Problem codes", language))
    page = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><h1>{title}</h1><dl>{rows}</dl><p>errors[].code: {fields}</p></html>"
    )
    return Response(page, headers={"content-security-policy": _PAGE_POLICY}, media_type="text/html; charset=utf-8")
