"""Examples of public answers for the API description. Made-up values; shapes are checked against real answers."""

from collections.abc import Mapping
from typing import Any

_DIGEST = "3f0d9a4b6c1e2f7a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"

REGISTRY: Mapping[str, Any] = {
    "realm": "registry.example",
    "issuer": "https://registry.example",
    "livemode": True,
    "token_endpoint": "https://registry.example/oauth/token",
    "jwks_uri": "https://registry.example/.well-known/jwks.json",
    "relay_url": "https://relay.example",
    "epochs": [1],
    "manifest": "https://registry.example/v1/tokens/manifest",
    "log_keys": ["registry.example/audit/2026h2.1+5b16a4e2+AVPl3Fcu8qB5qgW7Z9mYhW1w3vT0qkq2p4n6s8x0B2D4"],
    "receipt_key": "registry.example/receipts+9c1f03aa+AaF9qvV1m2k3p4s5t6u7w8x9y0z1A2B3C4D5E6F7G8H9",
    "receipt_mmd_seconds": 60,
    "default_policy": "cn",
    "policies": {"cn": {"digest": _DIGEST, "version": "2026-11-21", "enabled": True}},
    "limits": {
        "body_bytes": 1_048_576,
        "elements_per_evaluation": 256,
        "identifiers_per_claim": 8,
        "claims_per_batch": 500,
        "items_per_page": 200,
    },
}

JWKS: Mapping[str, Any] = {
    "keys": [
        {
            "alg": "EdDSA",
            "crv": "Ed25519",
            "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            "kty": "OKP",
            "use": "sig",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    ]
}

_REASON = {"en": "Several reports by one platform", "zh": "同一平台有多次举报"}
TAXONOMY: Mapping[str, Any] = {
    "digest": _DIGEST,
    "taxonomy": {"version": 1, "categories": {"FR-01": {}}},
    "answers": {"reason_codes": {"R01": _REASON}, "mitigating": {}, "permitted_actions": {}, "protective": {}},
}

POLICY: Mapping[str, Any] = {"digest": _DIGEST, "policy": {"pack": "cn", "version": "2026-11-21"}}

_KEY = "XKcLkgpPuqAV64raeeRCsPjUPzk99t4LdyKi40uq5kg"

MANIFEST: Mapping[str, Any] = {
    "manifest": {
        "realm": "registry.example",
        "seq": 1,
        "prev": None,
        "not_before": 1_795_219_200,
        "not_after": 1_802_995_200,
        "epochs": [
            {
                "epoch": 1,
                "norm": 1,
                "argon2id": {"m": 19_456, "t": 2, "p": 1},
                "keys": {"phone": {"key_id": "f-Z8HljG8rk", "pk": _KEY, "t": 1, "shares": {"1": _KEY}}},
            }
        ],
    },
    "signatures": {"operator-1": "A" * 86},
}


def example(value: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Describe the answer of an operation by an example."""
    content = {"application/json": {"schema": {"type": "object"}, "example": value}}
    return {200: {"description": "The answer.", "content": content}, 304: {"description": "Unchanged."}}
