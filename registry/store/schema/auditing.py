"""What auditors leave behind: searches they keep, samples they drew, what they found, what they signed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from registry.domain.samples import Finding
from registry.store.schema.audit import SCHEMA
from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

saved_search = Table(
    "saved_search",
    metadata,
    uuid_key(),
    Column("staff_id", Uuid, nullable=False),
    Column("name", String(80), nullable=False),
    Column("filter", JSONB, nullable=True),
    Column("shared", Boolean, nullable=False),
    instant("saved_at"),
    # Ids of one millisecond are in no order.
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Index("ix_saved_search_staff_id_name", "staff_id", "name", "number"),
    schema=SCHEMA,
    comment="The newest of an auditor and a name counts; without a filter it is taken back",
)

sample = Table(
    "sample",
    metadata,
    uuid_key(),
    Column("staff_id", Uuid, nullable=False),
    Column("origin", String(120), nullable=False),
    Column("tree_size", BigInteger, nullable=False),
    digest("seed"),
    Column("wanted", Integer, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("purpose", String(2), nullable=False),
    Column("reason", String(500), nullable=False),
    instant("drawn_at"),
    schema=SCHEMA,
    comment="Drawn by seed and tree size alone, so that anybody can draw it again",
)

sample_item = Table(
    "sample_item",
    metadata,
    Column("sample_id", Uuid, ForeignKey(sample.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("idx", BigInteger, nullable=False),
    Column("entry_id", Uuid, nullable=False),
    schema=SCHEMA,
)

finding = Table(
    "finding",
    metadata,
    uuid_key(),
    Column("sample_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("staff_id", Uuid, nullable=False),
    *choice("finding", Finding),
    Column("note", String(2_000), nullable=False),
    instant("found_at"),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    ForeignKeyConstraint(["sample_id", "position"], [sample_item.c.sample_id, sample_item.c.position]),
    Index("ix_finding_sample_id_position", "sample_id", "position", "number"),
    schema=SCHEMA,
    comment="The newest of an item counts",
)

sign_off = Table(
    "sign_off",
    metadata,
    Column("sample_id", Uuid, ForeignKey(sample.c.id), primary_key=True),
    Column("staff_id", Uuid, nullable=False),
    Column("note", String(2_000), nullable=False),
    instant("signed_at"),
    schema=SCHEMA,
)

member_staff_tag = Table(
    "member_staff_tag",
    metadata,
    refers("member_id", "member", primary_key=True),
    digest("tag", primary_key=True),
    instant("registered_at"),
    comment="Blind tags of a member's own people, given of its own will, so that look-ups of colleagues show",
)
