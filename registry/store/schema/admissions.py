"""Admissions: members that one operator proposed, and what another one decided."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from registry.domain.access import MemberKind
from registry.domain.admissions import AdmissionState
from registry.store.schema.columns import choice, instant, metadata, refers, uuid_key

admission = Table(
    "admission",
    metadata,
    uuid_key(),
    *choice("state", AdmissionState),
    Column("name", String(120), nullable=False),
    Column("group_name", String(120), nullable=False),
    *choice("kind", MemberKind),
    Column("policy", String(8), nullable=False),
    Column("claims_per_day", Integer, nullable=False),
    # The first public key (RFC 7517), as it was checked.
    Column("jwk", JSONB, nullable=False),
    refers("proposed_by", "staff"),
    instant("proposed_at"),
    Column("decided_by", Uuid, ForeignKey("staff.id"), nullable=True),
    instant("decided_at", nullable=True),
    Column("member_id", Uuid, ForeignKey("member.id"), nullable=True, unique=True),
    CheckConstraint("state <> 'approved' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)", name="two_people"),
    CheckConstraint("(state = 'approved') = (member_id IS NOT NULL)", name="admitted"),
    Index("ix_admission_state", "state", "id"),
    comment="A member that one operator proposed and another one lets in",
)
