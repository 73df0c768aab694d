"""What members did about answers; each recall, what it says must be lifted, its acknowledgement, and silence."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, Uuid, false, text
from sqlalchemy.dialects.postgresql import ARRAY

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

outcome = Table(
    "outcome",
    metadata,
    uuid_key(),
    refers("member_id", "member"),
    digest("claim_ref"),
    # The answer it rests on.
    Column("query_id", Uuid, nullable=False),
    *choice("action", ("A1", "A2", "A3", "A4", "A5")),
    instant("taken_at"),
    instant("ends_at", nullable=True),
    # The outcome that this one lifts: a row of its own, because nothing is overwritten.
    Column("lifts", Uuid, ForeignKey("outcome.id"), nullable=True),
    # What was wrong with it; it is recorded all the same.
    Column("flags", ARRAY(String(24)), nullable=False),
    instant("created_at"),
    UniqueConstraint("lifts"),
    Index("ix_outcome_query_id", "query_id"),
    Index("ix_outcome_member_id_created_at", "member_id", "created_at", "id"),
)

recall = Table(
    "recall",
    metadata,
    uuid_key(),
    refers("report_id", "report"),
    Column("revision", Integer, nullable=False),
    refers("member_id", "member"),
    *choice("change", ("amended", "disputed", "removed", "suspended")),
    Column("reason", String(40), nullable=True),
    instant("created_at"),
    Column("must_acknowledge", Boolean, nullable=False, server_default=false()),
    Index("ix_recall_member_id_created_at", "member_id", "created_at", "id"),
    Index("ix_recall_report_id", "report_id"),
    Index("ix_recall_must_acknowledge", "created_at", "id", postgresql_where=text("must_acknowledge")),
)

recall_lift = Table(
    "recall_lift",
    metadata,
    refers("recall_id", "recall", primary_key=True),
    refers("outcome_id", "outcome", primary_key=True),
    comment="The restrictions that a recall says must be lifted",
)

recall_acknowledgement = Table(
    "recall_acknowledgement",
    metadata,
    refers("recall_id", "recall", primary_key=True),
    instant("at"),
)

_STEP, _STEPS = choice("step", ("alert", "suspend"))
_STEP.primary_key = True
recall_step = Table(
    "recall_step",
    metadata,
    refers("recall_id", "recall", primary_key=True),
    _STEP,
    _STEPS,
    instant("due_at"),
    instant("at"),
    comment="What followed from silence after a recall",
)
