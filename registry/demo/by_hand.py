"""A member that speaks HTTP without the SDK, to send what the SDK does not."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from registry.clock import real_time
from registry.demo.show import DemoFailed
from registry.demo.stage import Stage
from registry_client.sign_in import JWT_BEARER, PATH, Credentials, assertion
from registry_formats import jwk, jws


class ByHand:
    """Signs a member in with its key (RFC 7523), once; an access token lasts longer than a demo."""

    def __init__(self, stage: Stage, name: str) -> None:
        facts, key = stage.kit(name)
        self._base = facts["base_url"]
        kid = jwk.export(key.public_key())["kid"]
        self._credentials = Credentials(facts["member_id"], key, kid, self._base)
        self._token = self._sign_in()

    def headers(self) -> dict[str, str]:
        """Return the headers of a request, with an idempotency key of its own."""
        return {"Authorization": f"Bearer {self._token}", "Idempotency-Key": uuid4().hex}

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send what must be taken, and return the answer."""
        return taken(httpx.post(self._base + path, json=dict(body), headers=self.headers()))

    def get(self, path: str) -> dict[str, Any]:
        """Read what must be there."""
        return taken(httpx.get(self._base + path, headers=self.headers()))

    def send(self, path: str, content: bytes, media_type: str) -> None:
        """Send a file that must be taken."""
        taken(httpx.put(self._base + path, content=content, headers=self.headers() | {"Content-Type": media_type}))

    def sign(self, content: Mapping[str, Any], *, typ: str) -> str:
        """Sign a statement of the member's."""
        return jws.sign(content, key=self._credentials.key, kid=self._credentials.kid, typ=typ)

    def _sign_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion(self._credentials, now=real_time().timestamp(), jti=uuid4().hex),
        }
        token: str = httpx.post(self._base + PATH, data=form).raise_for_status().json()["access_token"]
        return token


def taken(answer: httpx.Response) -> dict[str, Any]:
    """Return what was answered to a request that must not be refused. DemoFailed if it was."""
    if not answer.is_success:
        raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    found: dict[str, Any] = answer.json()
    return found
