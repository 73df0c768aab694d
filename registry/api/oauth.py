"""The token endpoint: client credentials with `private_key_jwt` (RFC 6749 section 4.4, RFC 7523, FAPI 2.0).

Errors here have the form of RFC 6749 section 5.2, which OAuth clients know, with our code as the description.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from registry.api import oauth_description
from registry.api.deps import EdgeDep, StrangerAct, TrailDep, Writes, act_of
from registry.api.edge import Edge
from registry.api.oauth_description import FORM, JWT_BEARER, AccessToken, OAuthError
from registry.api.visits import visit_of
from registry.clock import real_time
from registry.errors import Denied, Malformed, QuotaExceeded, RegistryError, Unauthenticated
from registry.services import sign_in as use_case
from registry.services.sign_in import Presented

_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_PARAMETERS = 8

_INVALID_CLIENT: Final = ("invalid_client", 401)
_ERRORS: Mapping[str, tuple[str, int]] = {
    "grant_type_unsupported": ("unsupported_grant_type", 400),
    "form_invalid": ("invalid_request", 400),
    "scope_unknown": ("invalid_scope", 400),
    "scope_not_granted": ("invalid_scope", 400),
    "member_suspended": ("unauthorized_client", 400),
}


async def _presented(request: Request) -> Presented:
    """Read the form. Errors: Malformed `form_invalid`, `grant_type_unsupported`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Malformed("form_invalid")
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), strict_parsing=True, max_num_fields=_PARAMETERS)
    except ValueError:
        raise Malformed("form_invalid") from None
    form = dict(pairs)
    # A parameter that is sent twice could mean one thing here and another in a proxy (RFC 6749 section 3.2).
    if len(form) != len(pairs) or form.get("client_assertion_type") != JWT_BEARER or not form.get("client_assertion"):
        raise Malformed("form_invalid")
    if form.get("grant_type") != "client_credentials":
        raise Malformed("grant_type_unsupported")
    return Presented(form["client_assertion"], form.get("client_id", ""), form.get("scope", ""))


class _OAuthRoute(APIRoute):
    """Answers a refusal as OAuth does, after its trace is durable in a transaction of its own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            edge: Edge = request.state.edge
            address = request.client.host if request.client else ""
            try:
                edge.failures.check(address)
                return await handle(request)
            except (Malformed, Unauthenticated, Denied) as refusal:
                edge.failures.count(address)
                await _keep_trace(request, edge, refusal)
                return _refused(request, refusal)
            except QuotaExceeded as refusal:
                return _refused(request, refusal)

        return handled


router = APIRouter(tags=["sign-in"], route_class=_OAuthRoute)


@router.post(
    "/oauth/token",
    operation_id="issueAccessToken",
    summary="Sign in and receive an access token",
    openapi_extra=oauth_description.REQUEST,
    responses=oauth_description.RESPONSES,
)
async def issue(
    presented: Annotated[Presented, Depends(_presented)],
    session: Writes,
    edge: EdgeDep,
    act: StrangerAct,
    trail: TrailDep,
    response: Response,
) -> AccessToken:
    """Exchange a client assertion for an access token of ten minutes."""
    now = real_time()
    caller = await use_case.sign_in(session, presented, issuer=edge.facts.issuer, now=now, act=act, trail=trail)
    issued = edge.access_tokens.issue(caller, now=now)
    response.headers.update(_NO_STORE)
    scope = " ".join(sorted(caller.scopes))
    return AccessToken(access_token=issued.token, token_type="Bearer", expires_in=issued.expires_in, scope=scope)  # noqa: S106


async def _keep_trace(request: Request, edge: Edge, refusal: RegistryError) -> None:
    try:
        presented = await _presented(request)
    except Malformed:
        return
    act = act_of(request, edge, None)
    async with edge.database.write() as session:
        await use_case.record_refusal(session, presented, refusal.code, act=act, trail=edge.trail)


def _refused(request: Request, refusal: RegistryError) -> Response:
    error, status = _ERRORS.get(refusal.code, _INVALID_CLIENT)
    headers = dict(_NO_STORE)
    if isinstance(refusal, QuotaExceeded):
        error, status = "temporarily_unavailable", 429
        headers["retry-after"] = str(refusal.facts["retry_after"])
    visit_of(request.scope).code = refusal.code
    body = OAuthError(error=error, error_description=refusal.code)
    return Response(body.model_dump_json(), status, headers, "application/json")
