"""A member that speaks HTTP without the SDK, to send what the SDK would never send."""

import time
from uuid import uuid4

import httpx

from registry.demo.stage import Stage
from registry_client.sign_in import JWT_BEARER, PATH, Credentials, assertion
from registry_formats import jwk


class ByHand:
    """Signs a member in with its key (RFC 7523)."""

    def __init__(self, stage: Stage, name: str) -> None:
        facts, key = stage.kit(name)
        self._base = facts["base_url"]
        kid = jwk.export(key.public_key())["kid"]
        self._credentials = Credentials(facts["member_id"], key, kid, self._base)

    def headers(self, scope: str = "") -> dict[str, str]:
        """Sign in for these scopes, all if none is named, and return the headers of a request."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion(self._credentials, now=time.time(), jti=uuid4().hex),
        } | ({"scope": scope} if scope else {})
        answer = httpx.post(self._base + PATH, data=form).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}", "Idempotency-Key": uuid4().hex}
