"""What may end a record early, or carry it out of the registry: rehabilitation and referral."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Uuid, text

from registry.domain.referrals import Recipient
from registry.store.schema.columns import choice, instant, metadata, refers, uuid_key

rehabilitation = Table(
    "rehabilitation",
    metadata,
    uuid_key(),
    refers("report_id", "report"),
    instant("applied_at"),
    instant("due_at"),
    Column("granted", Boolean, nullable=True),
    instant("decided_at", nullable=True),
    # Nobody, where the clock has decided.
    Column("decided_by", Uuid, ForeignKey("staff.id"), nullable=True),
    # Which condition is not met, of a refusal.
    Column("obstacle", String(32), nullable=True),
    Index("uq_rehabilitation_report_id", "report_id", unique=True, postgresql_where=text("granted IS NULL")),
    Index("ix_rehabilitation_due_at", "due_at", "id", postgresql_where=text("granted IS NULL")),
    comment="Applications to end a record early",
)

referral = Table(
    "referral",
    metadata,
    uuid_key(),
    refers("report_id", "report", index=True),
    *choice("recipient", Recipient),
    # The recipient's file number or the statute asked under.
    Column("reference", String(80), nullable=False),
    Column("proposed_by", Uuid, ForeignKey("staff.id"), nullable=False),
    instant("proposed_at"),
    Column("approved", Boolean, nullable=True),
    Column("decided_by", Uuid, ForeignKey("staff.id"), nullable=True),
    instant("decided_at", nullable=True),
    comment="Records handed to an authority or a provider; two people decide",
)
