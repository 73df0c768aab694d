"""The way into the portal: a contact is proved at the relay, one after another, or a member's link is opened.

The relay's page posts what it states from its own origin, without any cookie of ours. That form is taken by
`arrive` alone, which believes nothing and changes nothing: it draws a form of our own, and the session is opened with
that one, together with the secret that this browser has kept since it left for the relay.
"""

from collections.abc import Sequence
from functools import partial
from secrets import token_urlsafe
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.me.sessions import Assertion
from registry.api.problem_codes import CODES
from registry.api.problems import status_of
from registry.api.strings import Reference, RequestModel
from registry.api.subject_access import Entrant, recognise
from registry.api.visits import visit_of
from registry.clock import real_time
from registry.domain.subjects import Acting, Capacity, Mandate, Subject
from registry.errors import QuotaExceeded, RegistryError, Unauthenticated
from registry.pages import Filled, fill, sitting
from registry.portal import words
from registry.portal.access import COOKIE, SEE_OTHER, SubjectDep, begin, end
from registry.portal.drawing import DRAWING
from registry.services import subjects
from registry.services.subjects import Proof
from registry_formats import assertions, jws
from registry_formats.errors import FormatError

router = APIRouter()

SECRET = "__Host-proof"  # noqa: S105 - the name of a cookie
_SECRET_SECONDS = 3600
_SECRET_BYTES = 32
HOME = "/me/"
# For whom somebody acts, as one choice: capacity and basis.
ACTING = {"self": Acting()} | {
    f"{capacity}:{mandate}": Acting(capacity, mandate)
    for capacity, mandate in (
        (Capacity.AGENT, Mandate.LAWYER),
        (Capacity.AGENT, Mandate.POWER_OF_ATTORNEY),
        (Capacity.GUARDIAN, Mandate.PARENT),
        (Capacity.GUARDIAN, Mandate.COURT),
    )
}


class Arrived(RequestModel):
    """What the relay hands over: a statement for each contact."""

    assertion: Annotated[tuple[Assertion, ...], Field(min_length=1, max_length=4)]


class Entering(Arrived):
    """The same by our own form, with for whom one acts."""

    acting: Annotated[str, Field(pattern=f"^({'|'.join(ACTING)})$")] = "self"
    reference: Reference | None = None


@router.get("/enter")
async def explain(request: Request, edge: EdgeDep) -> Response:
    """Say what is needed to see one's records, and lead to the relay."""
    secret = request.cookies.get(SECRET) or token_urlsafe(_SECRET_BYTES)
    query = urlencode({"nonce": assertions.nonce_of(secret), "lang": visit_of(request.scope).language})
    address = f"{edge.facts.relay_url.rstrip('/')}/proof?{query}"
    ended = COOKIE in request.cookies
    response = DRAWING.page(request, "enter.html", relay=address, ended=ended, inside=await _inside(request, edge))
    response.set_cookie(SECRET, secret, max_age=_SECRET_SECONDS, secure=True, httponly=True, samesite="lax")
    return response


@router.get("/proof")
async def begin_again() -> Response:
    """Lead whoever opens this address by itself to the beginning."""
    return RedirectResponse("/me/enter", SEE_OTHER)


@router.post("/proof")
@sitting.foreign
async def arrive(request: Request) -> Response:
    """Take what the relay's page posts, and ask to go on; nothing here is checked or kept."""
    filled = await fill(request, Arrived)
    return _ask(request, filled.model.assertion if filled.model else (), status=200 if filled.model else 422)


@router.post("/session")
async def open_(request: Request, edge: EdgeDep, act: StrangerAct) -> Response:
    """Open a session with what the relay stated, or widen the one there is."""
    filled = await fill(request, Entering)
    if filled.model is None:
        known = filled.typed.get("assertion") if "assertion" not in filled.faults else ()
        return _ask(request, known if isinstance(known, tuple) else (), status=422, form=filled)
    given = filled.model
    proofs = [Proof(one, request.cookies.get(SECRET, "")) for one in given.assertion]
    acting = Acting(ACTING[given.acting].capacity, ACTING[given.acting].mandate, given.reference or "")
    try:
        bearer = await _entered(Entrant(edge, act), await _inside(request, edge), proofs, acting)
    except RegistryError as refusal:
        return _ask(request, (), status=status_of(refusal), refusal=refusal)
    response = RedirectResponse(HOME, SEE_OTHER)
    response.delete_cookie(SECRET, secure=True, httponly=True, samesite="lax")
    begin(response, bearer)
    sitting.end(response)
    return response


@router.post("/leave")
async def leave(subject: SubjectDep, session: Writes, edge: EdgeDep, act: StrangerAct) -> Response:
    """End the session; nothing of it is kept but its entries in the log."""
    await subjects.leave(session, subject, act=act, desk=edge.subjects)
    response = RedirectResponse("/me/enter", SEE_OTHER)
    end(response)
    sitting.end(response)
    return response


async def _entered(entrant: Entrant, inside: Subject | None, proofs: Sequence[Proof], acting: Acting) -> str:
    """Return the bearer of a new session, or another one of the session there is, which is widened."""
    edge, act = entrant
    if inside is None:
        opening = partial(
            subjects.open_session, proofs=proofs, acting=acting, act=act, now=real_time(), desk=edge.subjects
        )
        return (await entrant.enter(opening)).bearer
    async with edge.database.write() as session:
        for proof in proofs:
            await subjects.widen(session, inside, proof, act=act, now=real_time(), desk=edge.subjects)
        return await subjects.renew(session, inside, desk=edge.subjects)


async def _inside(request: Request, edge: EdgeDep) -> Subject | None:
    """Return whose session this browser has, if it still has one that is not used up."""
    try:
        return await recognise(edge, request.cookies.get(COOKIE, ""))
    except (Unauthenticated, QuotaExceeded):
        return None


def _ask(
    request: Request,
    stated: Sequence[str],
    *,
    status: int,
    form: Filled[Entering] | None = None,
    refusal: RegistryError | None = None,
) -> Response:
    meaning = CODES[refusal.code] if refusal else None
    return DRAWING.page(
        request,
        "proved.html",
        status=status,
        assertions=stated,
        kinds=sorted({_kind(one) for one in stated}),
        form=form,
        refusal=(meaning.title, meaning.cure) if meaning else None,
        words=words,
    )


def _kind(stated: str) -> str:
    """Read which kind of contact a statement is about, to say it in words; nothing rests on it."""
    try:
        return str(jws.payload(stated).get("kind"))
    except FormatError:
        return ""
