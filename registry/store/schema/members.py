"""Members, their keys, and what keeps them inside their limits."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

group = Table(
    "group_",
    metadata,
    uuid_key(),
    Column("name", String(120), nullable=False, unique=True),
    instant("created_at"),
    comment="Common ownership: members of one group count as one voice",
)

member = Table(
    "member",
    metadata,
    uuid_key(),
    refers("group_id", "group_", index=True),
    Column("name", String(120), nullable=False, unique=True),
    # Shown to other members in place of the name.
    Column("pseudonym", String(16), nullable=False, unique=True),
    *choice("kind", ("platform", "relay")),
    *choice("status", ("active", "suspended")),
    Column("scopes", ARRAY(String(40)), nullable=False),
    Column("policy", String(8), nullable=False),
    Column("claims_per_day", Integer, nullable=False),
    instant("created_at"),
    instant("suspended_at", nullable=True),
    comment="A platform admitted to the registry, or the relay",
)

member_key = Table(
    "member_key",
    metadata,
    refers("member_id", "member", primary_key=True),
    Column("kid", String(64), primary_key=True),
    *choice("algorithm", ("EdDSA", "ES256")),
    Column("jwk", JSONB, nullable=False),
    instant("valid_from"),
    # Null until rotation; two keys are valid while they overlap.
    instant("valid_to", nullable=True),
)

assertion_seen = Table(
    "assertion_seen",
    metadata,
    digest("jti_hash", primary_key=True),
    instant("expires_at"),
    Index("ix_assertion_seen_expires_at", "expires_at"),
    comment="Client assertions already used (RFC 7523 section 3, item 7)",
)

quota_use = Table(
    "quota_use",
    metadata,
    refers("member_id", "member", primary_key=True),
    Column("quota", String(24), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False, server_default=text("0")),
)
