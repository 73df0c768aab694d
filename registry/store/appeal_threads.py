"""What is kept beside an appeal and never changes: messages, evidence, letters. What people said is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from registry.domain.appeal_files import EvidenceKind, LetterKind, MessageKind, Side
from registry.store.database import ReadSession, WriteSession
from registry.store.schema import appeal_evidence, appeal_letter, appeal_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `sealed_jws` is what the member signed, where it is a member's answer."""

    id: UUID
    appeal_id: UUID
    side: Side
    staff_id: UUID | None
    kind: MessageKind
    visible_to: tuple[Side, ...]
    sealed_text: bytes = field(repr=False)
    sealed_jws: bytes | None = field(default=None, repr=False)
    jws_sha256: bytes | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """One thing put forward: what it is, and by whom; the bytes are elsewhere."""

    id: UUID
    appeal_id: UUID
    sha256: bytes
    kind: EvidenceKind
    size: int
    media_type: str
    side: Side
    staff_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetter:
    """One letter: to which side, in which language, made by which version of which sentences."""

    id: UUID
    appeal_id: UUID
    kind: LetterKind
    side: Side
    language: str
    version: int
    template: bytes
    sha256: bytes
    sealed_letter: bytes = field(repr=False)
    at: datetime


async def add_message(session: WriteSession, new: Message) -> None:
    """Add a message."""
    await session.execute(insert(appeal_message).values({one.name: getattr(new, one.name) for one in fields(Message)}))


async def messages(session: ReadSession, appeal_id: UUID) -> list[Message]:
    """List the messages of an appeal in the order they came."""
    wanted = select(appeal_message).where(appeal_message.c.appeal_id == appeal_id).order_by(appeal_message.c.number)
    return [
        Message(
            **{one.name: getattr(row, one.name) for one in fields(Message)}
            | {
                "side": Side(row.side),
                "kind": MessageKind(row.kind),
                "visible_to": tuple(map(Side, row.visible_to)),
            }
        )
        for row in await session.execute(wanted)
    ]


async def add_artefacts(session: WriteSession, new: Sequence[Artefact]) -> None:
    """Add evidence; what its side has put forward already is not added again."""
    rows = [{part.name: getattr(one, part.name) for part in fields(Artefact)} for one in new]
    if rows:
        await session.execute(upsert(appeal_evidence).values(rows).on_conflict_do_nothing())


async def artefacts(session: ReadSession, appeal_id: UUID) -> list[Artefact]:
    """List the evidence of an appeal in the order it came."""
    wanted = select(appeal_evidence).where(appeal_evidence.c.appeal_id == appeal_id).order_by(appeal_evidence.c.number)
    return [
        Artefact(
            **{one.name: getattr(row, one.name) for one in fields(Artefact)}
            | {"kind": EvidenceKind(row.kind), "side": Side(row.side)}
        )
        for row in await session.execute(wanted)
    ]


async def add_letter(session: WriteSession, new: KeptLetter) -> None:
    """Add a letter."""
    values = {one.name: getattr(new, one.name) for one in fields(KeptLetter)}
    await session.execute(insert(appeal_letter).values(values))


async def letters(session: ReadSession, appeal_id: UUID) -> list[KeptLetter]:
    """List the letters of an appeal in the order they were written."""
    wanted = select(appeal_letter).where(appeal_letter.c.appeal_id == appeal_id).order_by(appeal_letter.c.number)
    return [_letter(row) for row in await session.execute(wanted)]


async def letter_by(session: ReadSession, sha256: bytes) -> KeptLetter | None:
    """Return a letter by the digest of its text; None if none was written with it."""
    wanted = select(appeal_letter).where(appeal_letter.c.sha256 == sha256).order_by(appeal_letter.c.number).limit(1)
    return next((_letter(row) for row in await session.execute(wanted)), None)


def _letter(row: Row[Any]) -> KeptLetter:
    return KeptLetter(
        **{one.name: getattr(row, one.name) for one in fields(KeptLetter)}
        | {"kind": LetterKind(row.kind), "side": Side(row.side)}
    )
