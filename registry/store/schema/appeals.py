"""Appeals: the case as it stands, and beside it what never changes: steps, messages, evidence, letters, reminders."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.domain.appeal_case import AppealState, AppealStep, Party, Result
from registry.domain.appeal_files import EvidenceKind, LetterKind, MessageKind, Side
from registry.domain.appeal_skips import SkipReason
from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _number() -> Column[Any]:
    return Column("number", BigInteger, Identity(always=True), nullable=False)


appeal = Table(
    "appeal",
    metadata,
    uuid_key(),
    refers("report_id", "report", index=True),
    # The member that filed the report and must answer.
    refers("member_id", "member"),
    *choice("state", AppealState),
    Column("grounds", ARRAY(String(3)), nullable=False),
    # What the subject has proved control of; empty while a member's link is all there is.
    Column("proved_kinds", ARRAY(String(12)), nullable=False),
    # The very contacts of these kinds, each hashed with the appeal's id: a record may bear two of one kind.
    Column("proved_marks", ARRAY(LargeBinary), nullable=False, server_default="{}"),
    # Of the letters to the subject.
    *choice("language", ("en", "zh"), length=2),
    instant("received_at"),
    instant("proved_at", nullable=True),
    instant("admitted_at", nullable=True),
    instant("asked_at", nullable=True),
    instant("decided_at", nullable=True),
    instant("told_at", nullable=True),
    # Who works on it.
    Column("holder", Uuid, ForeignKey("staff.id"), nullable=True),
    Column("flag_only", Boolean, nullable=False),
    Column("result", String(16), nullable=True),
    # Digest of all evidence, hex; empty while there is none.
    Column("evidence", String(64), nullable=False),
    # The rest of the case: draft, approvals, panel, decision from outside, breaches; reasons are sealed apart.
    Column("turns", JSONB, nullable=False),
    Column("sealed_reasons", LargeBinary, nullable=True),
    # The key under which everything said in this appeal is sealed; wrapped, and erased with the record.
    Column("wrapped_key", LargeBinary, nullable=True),
    # The next deadline, and when the worker must look: at that or at the reminder before it.
    instant("next_due_at", nullable=True),
    instant("wake_at", nullable=True),
    instant("changed_at"),
    CheckConstraint(f"result IN ({_quoted(Result)})", name="result"),
    Index("ix_appeal_grounds", "grounds", postgresql_using="gin"),
    Index("ix_appeal_holder_state", "holder", "state", "next_due_at", "id"),
    Index(
        "ix_appeal_member_id_decided_at",
        *("member_id", "decided_at", "id"),
        postgresql_where=text("result IS NOT NULL"),
    ),
    Index("ix_appeal_member_id_received_at", "member_id", "received_at", "id"),
    Index("ix_appeal_member_id_state", "member_id", "state", "next_due_at", "id"),
    Index("ix_appeal_state_next_due_at", "state", "next_due_at", "id"),
    Index("ix_appeal_wake_at", "wake_at", "id", postgresql_where=text("wake_at IS NOT NULL")),
)

appeal_step = Table(
    "appeal_step",
    metadata,
    uuid_key(),
    _number(),
    refers("appeal_id", "appeal", index=True),
    *choice("step", ("lodge", *AppealStep)),
    *choice("party", Party, length=16),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=True),
    # Where the appeal stood afterwards.
    *choice("state", AppealState),
    instant("at"),
    # When the clock was to act; what a worker caught up has another `at`.
    instant("due_at", nullable=True),
    # Its entry in the audit log.
    Column("entry_id", Uuid, nullable=True),
    comment="Each step that was taken, once",
)

appeal_message = Table(
    "appeal_message",
    metadata,
    uuid_key(),
    _number(),
    refers("appeal_id", "appeal", index=True),
    *choice("side", Side, length=8),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=True),
    *choice("kind", MessageKind, length=16),
    # Who may read it; the registry always does.
    Column("visible_to", ARRAY(String(8)), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    # A member's answer as signed by it (JWS over canonical JSON).
    Column("sealed_jws", LargeBinary, nullable=True),
    digest("jws_sha256", nullable=True),
    instant("at"),
    CheckConstraint(
        f"visible_to <@ ARRAY[{_quoted(Side)}]::varchar[] AND 'registry' = ANY (visible_to)", name="readers"
    ),
    comment="The thread of three parties",
)

appeal_evidence = Table(
    "appeal_evidence",
    metadata,
    uuid_key(),
    _number(),
    refers("appeal_id", "appeal"),
    digest("sha256"),
    *choice("kind", EvidenceKind, length=16),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    *choice("side", Side, length=8),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=True),
    instant("at"),
    CheckConstraint("size > 0", name="size"),
    UniqueConstraint("appeal_id", "side", "sha256"),
    comment="The manifest of what was put forward; the bytes are sealed elsewhere",
)

appeal_letter = Table(
    "appeal_letter",
    metadata,
    uuid_key(),
    _number(),
    refers("appeal_id", "appeal", index=True),
    *choice("kind", LetterKind, length=16),
    *choice("side", ("member", "subject"), length=8),
    *choice("language", ("en", "zh"), length=2),
    # Which layout and sentences made which letter.
    Column("version", Integer, nullable=False),
    digest("template"),
    digest("sha256"),
    Column("sealed_letter", LargeBinary, nullable=False),
    instant("at"),
    Index("ix_appeal_letter__sha256", "sha256"),
)

appeal_reminder = Table(
    "appeal_reminder",
    metadata,
    refers("appeal_id", "appeal", primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("due_at", instant("due_at").type, primary_key=True),
    Column("hours", SmallInteger, primary_key=True),
    instant("at"),
    comment="Reminders sent, each once",
)

appeal_skip = Table(
    "appeal_skip",
    metadata,
    uuid_key(),
    refers("appeal_id", "appeal"),
    refers("staff_id", "staff"),
    *choice("reason", SkipReason),
    instant("at"),
    Index("ix_appeal_skip_staff_id_appeal_id", "staff_id", "appeal_id"),
    comment="A case of the queue that somebody passed over, and why; it stays in the queue",
)
