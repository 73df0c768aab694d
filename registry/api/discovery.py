"""What anybody may read: who this registry is, its keys, its taxonomy, its rules. Cached by `ETag` (RFC 9110)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Response

from registry.api.deps import EdgeDep, Reads
from registry.api.edge import Edge
from registry.api.examples import JWKS, POLICY, REGISTRY, TAXONOMY, example
from registry.api.middleware import MAX_BODY
from registry.api.strings import PackName
from registry.domain.actions import ACTION_TEXT, PROTECTIVE_TEXT
from registry.domain.ids import Protective
from registry.domain.reasons import MITIGATING_TEXT, REASON_TEXT
from registry.errors import NotFound
from registry.store import readiness
from registry.translations import LANGUAGES, translate
from registry_formats.notes import VerifierKey
from registry_formats.receipts import MMD_SECONDS

router = APIRouter(tags=["discovery"])

_MAX_AGE = "public, max-age=300"
MAX_ELEMENTS, MAX_IDENTIFIERS, MAX_CLAIMS, MAX_PAGE = 256, 8, 500, 200


def _in_words(texts: Mapping[Any, str]) -> dict[str, dict[str, str]]:
    return {str(code): {language: translate(text, language) for language in LANGUAGES} for code, text in texts.items()}


# What the codes of an answer say: one text each, so that a member shows the registry's words and not its own.
ANSWERS = {
    "reason_codes": _in_words(REASON_TEXT),
    "mitigating": _in_words(MITIGATING_TEXT),
    "permitted_actions": _in_words(ACTION_TEXT),
    "protective": _in_words(dict.fromkeys(Protective, PROTECTIVE_TEXT)),
}

IfNoneMatch = Annotated[str | None, Header(include_in_schema=False)]


@router.get(
    "/.well-known/registry",
    operation_id="describeRegistry",
    summary="Describe this registry",
    response_model=None,
    responses=example(REGISTRY),
)
async def registry(edge: EdgeDep, session: Reads, if_none_match: IfNoneMatch = None) -> Response:
    """Name the issuer, the keys that sign, the live epochs, the digests of the policies and the limits."""
    return cacheable(_description(edge, await readiness.log_origins(session)), if_none_match)


@router.get(
    "/.well-known/jwks.json",
    operation_id="listSigningKeys",
    summary="List the keys that sign access tokens",
    response_model=None,
    responses=example(JWKS),
)
async def jwks(edge: EdgeDep, if_none_match: IfNoneMatch = None) -> Response:
    """List the public keys (RFC 7517) of access tokens."""
    return cacheable({"keys": [dict(edge.access_tokens.jwk)]}, if_none_match)


@router.get(
    "/v1/taxonomy",
    operation_id="showTaxonomy",
    summary="Show the closed lists: categories, reasons, actions",
    response_model=None,
    responses=example(TAXONOMY),
)
async def taxonomy(edge: EdgeDep, if_none_match: IfNoneMatch = None) -> Response:
    """Show every category with its definition test, and what each code of a score answer says, in every language."""
    known = edge.policies[edge.facts.default_policy].taxonomy
    return cacheable({"digest": known.digest, "taxonomy": known.document, "answers": ANSWERS}, if_none_match)


@router.get(
    "/v1/policies/{pack}",
    operation_id="showPolicy",
    summary="Show a policy pack",
    response_model=None,
    responses=example(POLICY),
)
async def policy(
    edge: EdgeDep, pack: Annotated[PackName, Path(examples=["cn"])], if_none_match: IfNoneMatch = None
) -> Response:
    """Show the rules of one jurisdiction as they are applied. NotFound `policy_unknown`."""
    known = edge.policies.get(pack)
    if known is None:
        raise NotFound("policy_unknown")
    return cacheable({"digest": known.digest, "policy": known.document}, if_none_match)


def cacheable(content: Mapping[str, Any], if_none_match: str | None) -> Response:
    """Answer with a strong ETag over the bytes, or with 304 if the client has them."""
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    etag = f'"{sha256(body).hexdigest()}"'
    headers = {"etag": etag, "cache-control": _MAX_AGE, "cross-origin-resource-policy": "cross-origin"}
    if if_none_match is not None and etag in (tag.strip() for tag in if_none_match.split(",")):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


def _description(edge: Edge, origins: list[str]) -> dict[str, Any]:
    facts = edge.facts
    return {
        "realm": facts.realm,
        "issuer": facts.issuer,
        "livemode": facts.livemode,
        "token_endpoint": f"{facts.issuer}/oauth/token",
        "jwks_uri": f"{facts.issuer}/.well-known/jwks.json",
        "relay_url": facts.relay_url,
        "epochs": list(facts.epochs),
        "manifest": f"{facts.issuer}/v1/tokens/manifest",
        "log_keys": [VerifierKey(origin, facts.log_public_key).encode() for origin in origins],
        "receipt_key": VerifierKey(f"{facts.realm}/receipts", facts.receipts_public_key).encode(),
        "receipt_mmd_seconds": MMD_SECONDS,
        "default_policy": facts.default_policy,
        "policies": {
            name: {"digest": pack.digest, "version": pack.version, "enabled": pack.enabled}
            for name, pack in edge.policies.items()
        },
        "limits": {
            "body_bytes": MAX_BODY,
            "elements_per_evaluation": MAX_ELEMENTS,
            "identifiers_per_claim": MAX_IDENTIFIERS,
            "claims_per_batch": MAX_CLAIMS,
            "items_per_page": MAX_PAGE,
        },
    }
