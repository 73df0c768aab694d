"""A provider that has verified a contact itself: what it says is believed, and nothing else that looks like it."""

import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.clock import real_time
from registry.errors import Misconfigured
from registry.relay.identity import load_key
from registry.relay.provider import Provider
from registry_client.tokens import Identifiers
from registry_formats import assertions, base64url, jwk
from registry_formats.assertions import Assertion
from registry_formats.cfr1 import Kind
from tests.relay.person import NONCE, Page
from tests.relay.stage import EMAIL, PHONE, RETURN_URL, Stage

pytestmark = pytest.mark.anyio
ISSUER, CLIENT = "https://id.example", "the-relay"
PROVIDER = Provider("Example ID", ISSUER, CLIENT, f"{ISSUER}/authorize", f"{ISSUER}/keys")
REFUSED = "This sign-in is not valid, or no longer. Begin again where you came from."


@dataclass
class Issuer(httpx.AsyncBaseTransport):
    """A provider with keys of three kinds, and whatever else stands among them."""

    keys: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    asked: int = 0

    def __post_init__(self) -> None:
        self.keys = {
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        }

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json={"keys": [*map(self.public, self.keys), {"kty": "oct", "k": "AA", "kid": "x"}]})

    def public(self, algorithm: str) -> dict[str, Any]:
        writer = jwt.get_algorithm_by_name(algorithm)
        told: dict[str, Any] = json.loads(writer.to_jwk(self.keys[algorithm].public_key()))
        return told | {"kid": algorithm, "use": "sig"}

    def says(self, algorithm: str = "EdDSA", *, key: Any = None, header: str = "", **changes: Any) -> str:  # noqa: ANN401 - any claim
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "sub": "248289761001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": NONCE,
            "email": EMAIL,
            "email_verified": True,
        }
        claims = {name: value for name, value in (good | changes).items() if value is not None}
        return jwt.encode(
            claims, key or self.keys[algorithm], algorithm=header or algorithm, headers={"kid": algorithm}
        )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def scene(built: Stage, issuer: Issuer) -> AsyncIterator[Stage]:
    built.provider, built.provider_transport = PROVIDER, issuer
    async with built.relay():
        yield built


async def hand_in(scene: Stage, id_token: str, state: str = "en") -> Page:
    """Send what the provider's page makes the browser send, from another site."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    form = {"id_token": id_token, "state": state}
    return Page(await scene.client.post("/proof/oidc", data=form, headers=headers))


def stated(scene: Stage, page: Page) -> Assertion:
    public = load_key(scene.directory).public_key()
    keys = {jwk.export(public)["kid"]: public}
    now = int(real_time().timestamp())
    return assertions.verify(page.fields["assertion"], keys, audience=RETURN_URL, nonce=NONCE, now=now)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
async def test_a_verified_address_gets_the_assertion_that_a_code_would_get(
    scene: Stage, issuer: Issuer, algorithm: str
) -> None:
    page = await hand_in(scene, issuer.says(algorithm))
    assert (page.status, page.action) == (200, RETURN_URL)
    proof = stated(scene, page)
    assert (proof.kind, list(proof.tokens)) == (Kind.EMAIL, scene.tokens(Identifiers(email=EMAIL)))
    assert EMAIL.lower() not in page.html.lower()


async def test_two_verified_contacts_get_two_assertions(scene: Stage, issuer: Issuer) -> None:
    page = await hand_in(scene, issuer.says(phone_number=PHONE, phone_number_verified=True))
    assert page.html.count('name="assertion"') == 2
    assert stated(scene, page).kind in {Kind.PHONE, Kind.EMAIL}


async def test_what_the_provider_did_not_verify_is_no_proof(scene: Stage, issuer: Issuer) -> None:
    for claims in (
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "li.lei@fa\u00df.example"},
        {"email": None},
        {"email": 7},
        {"email": "call me maybe"},
        {"email": PHONE},
        {"email_verified": None, "phone_number": PHONE},
    ):
        page = await hand_in(scene, issuer.says(**claims))
        assert (page.status, page.action) == (403, "")
        assert page.refusal == "No phone number or e-mail address of yours has been verified there."
        assert "maybe" not in page.html


def keyed_with_the_public_key(issuer: Issuer) -> str:
    """Claim HS256, with what everybody knows as its secret (RFC 8725 section 2.1)."""
    public = issuer.keys["RS256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url.encode(json.dumps({"alg": "HS256", "kid": "RS256"}).encode())
    signed = f"{header}.{issuer.says('RS256').split('.')[1]}"
    return f"{signed}.{base64url.encode(hmac.digest(public, signed.encode(), 'sha256'))}"


async def test_what_was_not_made_by_the_provider_for_us_and_now_is_refused(scene: Stage, issuer: Issuer) -> None:
    now, stranger = int(time.time()), ed25519.Ed25519PrivateKey.generate()
    wrong = [
        issuer.says(key=stranger),
        keyed_with_the_public_key(issuer),
        jwt.encode({"iss": ISSUER}, "", algorithm="none", headers={"kid": "EdDSA"}),
        issuer.says(iss="https://id.example/"),
        issuer.says(aud="another"),
        issuer.says(aud=[CLIENT, "another"]),
        issuer.says(nonce="short"),
        issuer.says(nonce=None),
        issuer.says(exp=now - 120, iat=now - 400),
        issuer.says(iat=now + 300, exp=now + 600),
        issuer.says(exp=now + 90_000),
        issuer.says(iat="now"),
        "not.a.token",
        "",
    ]
    for one in wrong:
        page = await hand_in(scene, one)
        assert (page.status, page.refusal) == (403, REFUSED)
    assert (await hand_in(scene, issuer.says(aud=[CLIENT, "another"], azp=CLIENT))).status == 200


async def test_an_id_token_is_good_once(scene: Stage, issuer: Issuer) -> None:
    token = issuer.says()
    assert (await hand_in(scene, token)).status == 200
    again = await hand_in(scene, token, state="zh")
    assert (again.status, again.refusal) == (403, "此次登录无效或已失效。请从原来的页面重新开始。")


async def test_a_provider_that_is_away_loses_nothing_and_its_keys_are_kept(scene: Stage, issuer: Issuer) -> None:
    issuer.away = True
    token = issuer.says()
    away = await hand_in(scene, token)
    assert (away.status, away.refusal) == (503, "This does not work at the moment. Try again in a few minutes.")
    issuer.away = False
    assert (await hand_in(scene, token)).status == 200
    asked = issuer.asked
    for _ in range(3):
        assert (await hand_in(scene, issuer.says(key=issuer.keys["ES256"], header="ES256"))).status == 403
    assert (await hand_in(scene, issuer.says("ES256"))).status == 200
    assert issuer.asked == asked
    scene.ahead = 700.0
    assert (await hand_in(scene, issuer.says("ES256", sub="another"))).status == 200
    assert issuer.asked == asked + 1


async def test_the_first_page_leads_to_the_provider_with_the_sittings_nonce(scene: Stage) -> None:
    page = await scene.client.get(f"/proof?nonce={NONCE}&lang=en")
    assert "Sign in at Example ID instead" in page.text
    left = await scene.client.get(f"/proof/oidc?nonce={NONCE}&lang=zh")
    way = urlsplit(left.headers["location"])
    asked = {name: value for name, (value,) in parse_qs(way.query).items()}
    assert (left.status_code, f"{way.scheme}://{way.netloc}{way.path}") == (303, PROVIDER.authorize_url)
    assert asked == {
        "client_id": CLIENT,
        "nonce": NONCE,
        "redirect_uri": "http://relay.test/proof/oidc",
        "response_mode": "form_post",
        "response_type": "id_token",
        "scope": "openid email phone",
        "state": "zh",
        "ui_locales": "zh",
    }
    assert (await scene.client.get("/proof/oidc?nonce=short")).status_code == 422


async def test_without_a_provider_there_is_no_such_way(built: Stage) -> None:
    async with built.relay():
        assert "instead" not in (await built.client.get(f"/proof?nonce={NONCE}&lang=en")).text
        assert (await built.client.get(f"/proof/oidc?nonce={NONCE}")).status_code == 404


def test_a_provider_is_read_from_one_setting() -> None:
    facts = {
        "name": "Example ID",
        "issuer": ISSUER,
        "client_id": CLIENT,
        "authorize_url": f"{ISSUER}/authorize",
        "jwks_url": f"{ISSUER}/keys",
    }
    assert Provider.parse(json.dumps(facts)) == PROVIDER
    for wrong in (
        "",
        "[]",
        "{}",
        json.dumps(facts | {"more": "1"}),
        json.dumps(facts | {"issuer": "http://id.example"}),
    ):
        with pytest.raises(Misconfigured) as refusal:
            Provider.parse(wrong)
        assert refusal.value.code == "provider_invalid"
