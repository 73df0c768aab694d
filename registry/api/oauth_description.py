"""The token endpoint as the API description shows it: FastAPI would describe a form only if it parsed one."""

from typing import Any

from pydantic import BaseModel, ConfigDict

FORM = "application/x-www-form-urlencoded"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_EXAMPLE = {
    "grant_type": "client_credentials",
    "client_assertion_type": JWT_BEARER,
    "client_assertion": "header.claims.signature",
    "scope": "reports:write scores:query",
}
_FIELDS = {
    "grant_type": {"type": "string", "const": "client_credentials"},
    "client_assertion_type": {"type": "string", "const": JWT_BEARER},
    "client_assertion": {
        "type": "string",
        "description": "A JWT signed by the member (RFC 7523): EdDSA or ES256, header `kid`; `iss` and `sub` are the "
        "member's id, `aud` is the issuer of this registry exactly, `exp` at most 300 seconds ahead, `jti` fresh.",
    },
    "client_id": {"type": "string", "format": "uuid", "description": "The member's id; may be left out."},
    "scope": {"type": "string", "description": "Separated by single spaces; everything the member may do if absent."},
}
_REQUIRED = ["grant_type", "client_assertion_type", "client_assertion"]
_SCHEMA = {"type": "object", "required": _REQUIRED, "properties": _FIELDS}

REQUEST: dict[str, Any] = {
    "requestBody": {"required": True, "content": {FORM: {"schema": _SCHEMA, "example": _EXAMPLE}}}
}


class AccessToken(BaseModel):
    """A token as RFC 6749 section 5.1 writes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "header.claims.signature",
                    "token_type": "Bearer",
                    "expires_in": 600,
                    "scope": "reports:write scores:query",
                }
            ]
        }
    )

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class OAuthError(BaseModel):
    """A refusal as RFC 6749 section 5.2 writes it; the description is one of the registry's codes."""

    error: str
    error_description: str


def _refusal(description: str, error: str, code: str) -> dict[str, Any]:
    example = {"error": error, "error_description": code}
    return {"description": description, "model": OAuthError, "content": {"application/json": {"example": example}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: _refusal("The form, the grant or the scope is wrong.", "invalid_request", "form_invalid"),
    401: _refusal("The client is not who it claims to be.", "invalid_client", "assertion_invalid"),
    429: _refusal("Too many refused sign-ins.", "temporarily_unavailable", "sign_in_limited"),
}
