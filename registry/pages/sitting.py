"""What keeps one site from posting forms of another: a secret in a cookie, and a proof of it in every form.

The cookie comes with the first page that has a form, signed in or not, because a sign-in can be forged too. Its name
begins with `__Host-`, so no neighbouring domain can plant one (RFC 6265bis section 4.1.3).
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from registry.errors import Denied

COOKIE = "__Host-sitting"
FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY = "registry.sitting"
# What browsers say of requests that another site had no part in; older ones say nothing.
_OURS = frozenset({"same-origin", "none", ""})
_FOREIGN = set[object]()
_LATER = set[object]()

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


def foreign(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that takes a form of another site. It must change nothing and believe nothing."""
    _FOREIGN.add(endpoint)
    return endpoint


def is_foreign(endpoint: object) -> bool:
    """Say whether an endpoint takes forms of other sites."""
    return endpoint in _FOREIGN


def later(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that reads its form with `received`, which checks it, once it knows who sends it."""
    _LATER.add(endpoint)
    return endpoint


def proof_of(request: Request) -> str:
    """Return what a form of this page must hold."""
    return _proof(_secret(request))


def keep(request: Request, response: Response) -> None:
    """Set the cookie if this page has a form and the browser had none."""
    secret = request.scope.get(_KEY)
    if secret is not None and request.cookies.get(COOKIE) != secret:
        response.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="lax")


def end(response: Response) -> None:
    """Begin anew with the next page: who signs in or out takes no older proof along."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")


async def check(request: Request) -> None:
    """Let a change pass only if one of our own pages asked for it. Denied `form_not_ours`."""
    endpoint = request.scope["endpoint"]
    if request.method in _SAFE or endpoint in _FOREIGN:
        return
    demand_ours(request)
    if not request.cookies.get(COOKIE):
        raise Denied("form_not_ours")
    if endpoint not in _LATER:
        demand(request, (await request.form()).get(FIELD))


def demand_ours(request: Request) -> None:
    """Demand that no other site had a part in this, as a link that begins something can be followed from anywhere.

    Errors: Denied `form_not_ours`.
    """
    if request.headers.get("sec-fetch-site", "") not in _OURS:
        raise Denied("form_not_ours")


def demand(request: Request, given: object) -> None:
    """Demand the proof that a form of ours holds. Denied `form_not_ours`."""
    secret = request.cookies.get(COOKIE, "")
    if not secret or not isinstance(given, str) or not hmac.compare_digest(given.encode(), _proof(secret).encode()):
        raise Denied("form_not_ours")


Ours = Annotated[None, Depends(check)]


def _secret(request: Request) -> str:
    known = request.cookies.get(COOKIE) or request.scope.get(_KEY) or token_urlsafe(32)
    request.scope[_KEY] = known
    return str(known)


def _proof(secret: str) -> str:
    return hmac.new(secret.encode(), b"form", sha256).hexdigest()
