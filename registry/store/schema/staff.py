"""The registry's own people: accounts, credentials, sessions, and the attempts to sign in that slow a guesser down."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

staff = Table(
    "staff",
    metadata,
    uuid_key(),
    # What one signs in with; never an address.
    Column("name", String(60), nullable=False, unique=True),
    Column("roles", ARRAY(String(16)), nullable=False),
    *choice("status", ("active", "suspended")),
    instant("created_at"),
    instant("suspended_at", nullable=True),
    Column("member_id", Uuid, ForeignKey("member.id"), nullable=True, index=True),
    CheckConstraint(
        "CASE WHEN member_id IS NULL THEN NOT roles && ARRAY['member', 'member_admin']::varchar[] "
        "ELSE roles <@ ARRAY['member', 'member_admin']::varchar[] END",
        name="member_roles",
    ),
    comment="Officers, reviewers, panel, auditors, operators, supervisors; and members' people",
)

credential = Table(
    "credential",
    metadata,
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    Column("password_hash", String(255), nullable=False),
    Column("sealed_totp", LargeBinary, nullable=False),
    # The last time step whose code was used (RFC 6238 section 5.2): a code works once.
    Column("totp_step", BigInteger, nullable=False),
    instant("changed_at"),
)

session_ = Table(
    "session_",
    metadata,
    uuid_key(),
    # SHA-256 of the bearer, which exists nowhere else.
    digest("bearer_hash"),
    refers("staff_id", "staff", index=True),
    instant("created_at"),
    instant("used_at"),
    instant("ended_at", nullable=True),
    Index("uq_session__bearer_hash", "bearer_hash", unique=True),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    uuid_key(),
    # HMACs: a name typed here may be a password, and an address is personal data.
    digest("account"),
    digest("address"),
    instant("at"),
    Column("succeeded", Boolean, nullable=False),
    Index("ix_sign_in_attempt_account_at", "account", "at"),
    Index("ix_sign_in_attempt_at", "at"),
)
