"""Sessions of subjects: opened by proofs of control, widened by further ones, or opened by a member's link."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from registry.api.deps import EdgeDep, StrangerAct, Writes
from registry.api.strings import Reference, RequestModel
from registry.api.subject_access import Entrant, SubjectDep
from registry.clock import real_time
from registry.domain.ids import IdentifierKind
from registry.domain.subjects import Acting, Capacity, Mandate, Subject
from registry.services import subjects
from registry.services.subjects import Opened, Proof

router = APIRouter(prefix="/v1/me", tags=["subjects"])

Assertion = Annotated[
    str, StringConstraints(max_length=8_192, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
]
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]

_SECRET = "t0fNc2vmVJ1cYHfLr0Yb8mZk0pY4bWq3o5s6u7x8y9A"  # noqa: S105 - an example
_PROOF = {"assertion": "eyJhbGciOiJFZERTQSJ9.eyJraW5kIjoicGhvbmUifQ.c2lnbmF0dXJl", "secret": _SECRET}
_STANDS: dict[str, Any] = {
    "livemode": False,
    "session_id": "01937d5e-8c00-7a10-8000-0000000000e1",
    "kinds": ["email", "phone"],
    "capacity": "self",
    "linked": None,
}


def _example(**values: Any) -> ConfigDict:  # noqa: ANN401 - JSON of any kind
    return ConfigDict(json_schema_extra={"examples": [values]})


class ContactProof(RequestModel):
    """What the relay handed over, and the secret whose SHA-256 was the nonce of the sitting (as RFC 7636, S256)."""

    model_config = _example(**_PROOF)

    assertion: Assertion
    secret: Secret

    def proof(self) -> Proof:
        """Return it as the use cases know it."""
        return Proof(self.assertion, self.secret)


class ActingAs(RequestModel):
    """For whom one acts; an agent or guardian says on what basis, and may name the document."""

    capacity: Capacity = Capacity.SELF
    mandate: Mandate | None = None
    reference: Reference | None = None

    def acting(self) -> Acting:
        """Return it as the rules know it."""
        return Acting(self.capacity, self.mandate, self.reference or "")


class ProvedContacts(RequestModel):
    """One proof for each contact, and for whom one acts."""

    model_config = _example(proofs=[_PROOF], acting={"capacity": "self", "mandate": None, "reference": None})

    proofs: Annotated[tuple[ContactProof, ...], Field(min_length=1, max_length=4)]
    acting: ActingAs = ActingAs()


class OpenedLink(RequestModel):
    """The secret of a member's link."""

    model_config = _example(secret=_SECRET)

    secret: Secret


class SubjectSession(BaseModel):
    """What a session stands for: the kinds of contacts proved, or the one report that a link has opened."""

    model_config = _example(**_STANDS)

    livemode: bool
    session_id: UUID
    kinds: list[IdentifierKind]
    capacity: Capacity
    linked: UUID | None

    @classmethod
    def of(cls, subject: Subject, **more: Any) -> Self:  # noqa: ANN401 - fields of a subclass
        """Show a subject."""
        return cls(
            session_id=subject.session_id,
            kinds=sorted(subject.kinds),
            capacity=subject.acting.capacity,
            linked=subject.linked,
            **more,
        )


class SubjectSessionOpened(SubjectSession):
    """A session; its bearer is told once."""

    model_config = _example(**_STANDS, bearer=_SECRET, expires_at="2026-11-21T12:30:00Z")

    bearer: str
    expires_at: datetime


@router.post(
    "/sessions", operation_id="openSubjectSession", summary="Open a session by proof of control", status_code=201
)
async def open_(proved: ProvedContacts, edge: EdgeDep, act: StrangerAct) -> SubjectSessionOpened:
    """Open a session of thirty minutes for whoever controls these contacts."""
    proofs = [one.proof() for one in proved.proofs]
    opening = partial(
        subjects.open_session,
        proofs=proofs,
        acting=proved.acting.acting(),
        act=act,
        now=real_time(),
        desk=edge.subjects,
    )
    return _opened(await Entrant(edge, act).enter(opening), livemode=edge.facts.livemode)


@router.post(
    "/sessions:link", operation_id="openSubjectLink", summary="Open a session by a member's link", status_code=201
)
async def link(opened: OpenedLink, edge: EdgeDep, act: StrangerAct) -> SubjectSessionOpened:
    """Open a member's link, once; the session shows that one record, and the look names the member."""
    opening = partial(subjects.open_by_link, secret=opened.secret, act=act, now=real_time(), desk=edge.subjects)
    return _opened(await Entrant(edge, act).enter(opening), livemode=edge.facts.livemode)


@router.post("/sessions:widen", operation_id="widenSubjectSession", summary="Prove another contact")
async def widen(
    subject: SubjectDep, proof: ContactProof, edge: EdgeDep, session: Writes, act: StrangerAct
) -> SubjectSession:
    """Add a contact: from now on the file is what any of the proved contacts touch."""
    wider = await subjects.widen(session, subject, proof.proof(), act=act, now=real_time(), desk=edge.subjects)
    return SubjectSession.of(wider, livemode=edge.facts.livemode)


@router.get("/sessions/current", operation_id="showSubjectSession", summary="Show what has been proved")
async def show(subject: SubjectDep, edge: EdgeDep) -> SubjectSession:
    """Show what this session stands for."""
    return SubjectSession.of(subject, livemode=edge.facts.livemode)


@router.delete("/sessions/current", operation_id="endSubjectSession", summary="Leave", status_code=204)
async def leave(subject: SubjectDep, edge: EdgeDep, session: Writes, act: StrangerAct) -> None:
    """End the session; nothing of it is kept but its entries in the log."""
    await subjects.leave(session, subject, act=act, desk=edge.subjects)


def _opened(opened: Opened, *, livemode: bool) -> SubjectSessionOpened:
    return SubjectSessionOpened.of(
        opened.subject, bearer=opened.bearer, expires_at=opened.expires_at, livemode=livemode
    )
