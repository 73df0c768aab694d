"""Erasures: what two people decided to destroy, and how far that has come."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Uuid

from registry.domain.erasures import ErasureState, LegalBasis
from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

erasure = Table(
    "erasure",
    metadata,
    uuid_key(),
    *choice("state", ErasureState),
    # Whom it concerns, as the log's entries are found; gone once it is done, refused or expired.
    digest("tag", nullable=True),
    # The entry the tag was taken from.
    Column("entry_id", Uuid, nullable=False),
    *choice("legal_basis", LegalBasis),
    refers("proposed_by", "staff"),
    instant("proposed_at"),
    Column("decided_by", Uuid, ForeignKey("staff.id"), nullable=True),
    instant("decided_at", nullable=True),
    instant("completed_at", nullable=True),
    # The last stored token that was held against the tag.
    digest("looked_up_to", nullable=True),
    Column("entries", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("identities", Integer, nullable=False),
    CheckConstraint("decided_by <> proposed_by", name="two_people"),
    Index("ix_erasure_state", "state", "id"),
    comment="What two people decided to destroy; the tag goes when it is done or refused",
)
