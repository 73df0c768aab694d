"""The path one would write first: everything by the book, for each request anew.

Pydantic models in and out, the access token's signature verified with PyJWT, an ORM session, one look-up of the tokens,
one audit row, one commit. It neither scores nor seals nor signs, which flatters it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry import keys
from registry.clock import real_time
from registry.keys import API_KEYS, KeyName
from registry.settings import read_settings
from registry.store.schema import report_identity
from registry_formats import cfr1


class Base(DeclarativeBase):
    """Tables of this path's own."""


class Identity(Base):
    """A token of a report, in the registry's own table."""

    __table__ = report_identity

    report_id: Mapped[UUID]
    stored: Mapped[bytes]


class Looked(Base):
    """Who looked, and what was answered; in clear and in no tree."""

    __tablename__ = "naive_audit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    member_id: Mapped[UUID]
    claim_ref: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)


class Identifier(BaseModel):
    """One identifier."""

    kind: str
    tokens: list[str]


class Question(BaseModel):
    """One claim."""

    purpose: str
    claim_ref: str
    identifiers: list[Identifier]


class Answer(BaseModel):
    """What is told."""

    query_id: UUID
    claim_ref: str
    band: str
    score: int
    reports: list[UUID]


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.state.sessions() as session:
        yield session


def _claims(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
) -> dict[str, Any]:
    public, issuer = request.state.public, request.state.issuer
    claims: dict[str, Any] = jwt.decode(
        credentials.credentials, public, algorithms=["EdDSA"], audience=issuer, issuer=issuer
    )
    return claims


Session = Annotated[AsyncSession, Depends(_session)]
Claims = Annotated[dict[str, Any], Depends(_claims)]
router = APIRouter()


@router.post("/v1/scores:query")
async def query(question: Question, claims: Claims, session: Session, request: Request) -> Answer:
    """Look the tokens up, write down who looked, answer."""
    texts = [text for identifier in question.identifiers for text in identifier.tokens]
    stored = [cfr1.stored(request.state.pepper, cfr1.parse(text)) for text in texts]
    found = await session.scalars(select(Identity).where(Identity.stored.in_(stored)))
    reports = list({one.report_id for one in found})
    band, score = ("guarded", 400) if reports else ("none", 0)
    answer = Answer(query_id=uuid4(), claim_ref=question.claim_ref, band=band, score=score, reports=reports)
    session.add(
        Looked(
            id=answer.query_id,
            at=real_time(),
            member_id=UUID(claims["sub"]),
            claim_ref=question.claim_ref,
            answer=answer.model_dump(mode="json"),
        )
    )
    await session.commit()
    return answer


def app() -> FastAPI:
    """Make the application; it reads the same settings as ours, and keeps its audit table apart."""
    settings = read_settings()
    held = keys.load(settings.keys_path, API_KEYS)
    assert settings.owner_database_url is not None
    url = settings.owner_database_url.get_secret_value()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        engine = create_async_engine(url, pool_size=10, max_overflow=0)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.tables["naive_audit"].create, checkfirst=True)
        public = Ed25519PrivateKey.from_private_bytes(held[KeyName.ACCESS_TOKENS]).public_key()
        yield {
            "sessions": async_sessionmaker(engine, expire_on_commit=False),
            "public": public,
            "issuer": settings.public_url,
            "pepper": held.peppers[1],
        }
        await engine.dispose()

    naive = FastAPI(lifespan=lifespan, telemetry={"tracing": False, "metrics": False, "logs": False})
    naive.include_router(router)
    return naive
