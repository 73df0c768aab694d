"""`/proof`: where a person types a contact, then the code that was sent to it, and is sent back to the portal."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from registry.errors import Malformed, RegistryError
from registry.relay import pages
from registry.relay.codes import Codes
from registry.relay.edge import BODY_MOST, Work, bounded, guarded
from registry.relay.pages import Sitting
from registry.relay.provider import TOKEN_MOST, SignIns
from registry.translations import LANGUAGES, negotiate
from registry_formats.assertions import NONCE

_FORM = "application/x-www-form-urlencoded"
_FIELDS_MAX = 8
_HERE = {"same-origin", "none"}
_NETWORK = 64  # bits of an IPv6 address that one household shares


def proof_routes(codes: Codes, sign_ins: SignIns | None, return_url: str, issuer: str) -> list[Route]:
    """Bind the pages to what answers them."""
    provider = sign_ins.name if sign_ins is not None else None

    async def begin(request: Request) -> Response:
        return pages.contact_page(_sitting(request, request.query_params), provider=provider)

    async def ask(request: Request) -> Response:
        given = await _form(request)
        sitting = _sitting(request, given)
        of = {"nonce": sitting.nonce, "address": _address(request), "language": sitting.language}
        try:
            return pages.code_page(sitting, codes.ask(given.get("contact", ""), **of))
        except RegistryError as refusal:
            return pages.contact_page(sitting, refusal, provider=provider)

    async def prove(request: Request) -> Response:
        given = await _form(request)
        sitting, entry = _sitting(request, given), given.get("entry", "")
        try:
            assertion = await codes.prove(entry, given.get("code", ""), address=_address(request))
        except RegistryError as refusal:
            return pages.code_page(sitting, entry, refusal)
        return pages.proved_page(sitting, [assertion], return_url)

    async def style(_: Request) -> Response:
        return pages.style()

    return [
        Route("/proof", guarded(_closing(begin), issuer), methods=["GET"]),
        Route("/proof", guarded(_closing(ask), issuer), methods=["POST"]),
        Route("/proof/code", guarded(_closing(prove), issuer), methods=["POST"]),
        *(_provider_routes(sign_ins, return_url, issuer) if sign_ins is not None else ()),
        Route("/proof.css", guarded(style, issuer), methods=["GET"]),
    ]


def _provider_routes(sign_ins: SignIns, return_url: str, issuer: str) -> list[Route]:
    async def leave(request: Request) -> Response:
        sitting = _sitting(request, request.query_params)
        return RedirectResponse(sign_ins.way(sitting.nonce, sitting.language), 303)

    async def come_back(request: Request) -> Response:
        given = await _fields(request, most=TOKEN_MOST)
        language = _language(request, {"lang": given.get("state", "")})
        try:
            nonce, stated = await sign_ins.take(given.get("id_token", ""))
        except RegistryError as refusal:
            return pages.closed_page(language, refusal)
        return pages.proved_page(Sitting(language, nonce), stated, return_url)

    return [
        Route("/proof/oidc", guarded(_closing(leave), issuer), methods=["GET"]),
        # The provider's page posts here: a form of another site, worth what the id_token in it is worth.
        Route("/proof/oidc", guarded(_closing(come_back), issuer), methods=["POST"]),
    ]


def _closing(work: Work) -> Work:
    """Answer with a page where there is no form to go on with."""

    async def answering(request: Request) -> Response:
        try:
            return await work(request)
        except RegistryError as refusal:
            return pages.closed_page(_language(request, {}), refusal)

    return answering


async def _form(request: Request) -> dict[str, str]:
    """Read a form of our own page; another site's page must not send codes through its visitors."""
    if request.headers.get("sec-fetch-site", "none") not in _HERE:
        raise Malformed("request_invalid")
    return await _fields(request)


async def _fields(request: Request, *, most: int = BODY_MOST) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0] != _FORM:
        raise Malformed("request_invalid")
    body = await bounded(request, most=most)
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS_MAX, errors="strict"))
    except ValueError:
        raise Malformed("request_invalid") from None


def _sitting(request: Request, given: Mapping[str, str]) -> Sitting:
    nonce = given.get("nonce", "")
    if not NONCE.fullmatch(nonce):
        raise Malformed("request_invalid")
    return Sitting(_language(request, given), nonce)


def _language(request: Request, given: Mapping[str, str]) -> str:
    wanted = given.get("lang")
    return wanted if wanted in LANGUAGES else negotiate(request.headers.get("accept-language", ""))


def _address(request: Request) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _NETWORK), strict=False))
    return host
