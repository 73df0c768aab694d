"""A real OpenID Connect provider on loopback, made of authlib's own server side: people are signed in there at once."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET = "the-registry", "what only both of them know"


class Asked(OAuth2Request):  # type: ignore[misc] # untyped
    """A request as authlib reads it."""

    def __init__(self, method: str, uri: str, data: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(data)
        self._data = data

    @property
    def args(self) -> dict[str, str]:
        return self._data

    @property
    def form(self) -> dict[str, str]:
        return self._data


@dataclass
class Client:
    """The registry, as the provider knows it."""

    redirect_uri: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == self.redirect_uri

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, _: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """A code, with what it was asked for with."""

    text: str
    user: str
    data: dict[str, str]

    @property
    def code_challenge(self) -> str:
        return self.data["code_challenge"]

    @property
    def code_challenge_method(self) -> str:
        return self.data["code_challenge_method"]

    def get_redirect_uri(self) -> str:
        return self.data["redirect_uri"]

    def get_scope(self) -> str:
        return self.data["scope"]

    def get_nonce(self) -> str:
        return self.data["nonce"]

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class House(AuthorizationServer):  # type: ignore[misc] # untyped
    """The provider.

    Args:
        user: who is signed in there.
        changes: claims of the next id_tokens that are not what they should be; None leaves one out.
        signs_with: a key that is not the one it tells of, if it is to lie.
        shared: a secret that it foolishly tells of as well.
    """

    redirect_uri: str
    issuer: str = ""
    user: str = "248289761001"
    changes: dict[str, Any] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signs_with: ECKey | None = None
    shared: OctKey = field(default_factory=lambda: OctKey.generate_key(256, {"kid": "shared"}))
    header: dict[str, str] = field(default_factory=lambda: {"alg": "ES256", "kid": "one"})
    codes: dict[str, Code] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(scopes_supported=["openid"])
        house = self

        class Codes(AuthorizationCodeGrant):  # type: ignore[misc] # untyped
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

            def save_authorization_code(self, code: str, request: Asked) -> None:
                house.codes[code] = Code(code, request.user, dict(request.payload.data))

            def query_authorization_code(self, code: str, _: Client) -> Code | None:
                return house.codes.get(code)

            def delete_authorization_code(self, code: Code) -> None:
                del house.codes[code.text]

            def authenticate_user(self, code: Code) -> str:
                return code.user

        class Identity(OpenIDCode):  # type: ignore[misc] # untyped
            def exists_nonce(self, nonce: str, _: Asked) -> bool:
                return any(code.get_nonce() == nonce for code in house.codes.values())

            def encode_id_token(self, _: dict[str, Any], request: Asked) -> str:
                return house.id_token(request.authorization_code)

        self.register_grant(Codes, [Identity(require_nonce=True), CodeChallenge(required=True)])
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "unused", None))

    def id_token(self, code: Code) -> str:
        """Say who has signed in."""
        now = int(time.time())
        good = {"iss": self.issuer, "sub": code.user, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = good | {"nonce": code.get_nonce(), "roles": ["operator", "auditor"]} | self.changes
        stated = {name: value for name, value in claims.items() if value is not None}
        key = self.shared if self.header["alg"] == "HS256" else self.signs_with or self.key
        return jwt.encode(self.header, stated, key, [self.header["alg"]])

    def query_client(self, client_id: str) -> Client | None:
        return Client(self.redirect_uri) if client_id == CLIENT else None

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Keep none: who has signed in is all that is asked here."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> tuple[int, str, Any]:
        return status, json.dumps(body) if isinstance(body, dict) else str(body or ""), headers

    def answer(self, method: str, path: str, data: dict[str, str], headers: dict[str, str]) -> tuple[int, str, Any]:
        """Answer one request."""
        asked = Asked(method, f"https://provider.test{path}", data, headers)
        if path == "/authorize":
            return self.create_authorization_response(  # type: ignore[no-any-return] # untyped
                asked, grant_user=self.user, grant=self.get_consent_grant(asked, self.user)
            )
        if path == "/token":
            return self.create_token_response(asked)  # type: ignore[no-any-return] # untyped
        told = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False), self.shared.as_dict(private=True)]},
        }
        return (200, json.dumps(told[path]), []) if path in told else (404, "", [])


@contextmanager
def provider(redirect_uri: str) -> Iterator[House]:
    """Run a provider that sends people back to one address."""
    house = House(redirect_uri)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._send(*house.answer("GET", parts.path, dict(parse_qsl(parts.query)), dict(self.headers)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._send(*house.answer("POST", self.path, dict(parse_qsl(body)), dict(self.headers)))

        def log_message(self, *_: object) -> None:
            """Write nothing."""

        def _send(self, status: int, body: str, headers: Any) -> None:  # noqa: ANN401 - a list or an iterator
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        house.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()
