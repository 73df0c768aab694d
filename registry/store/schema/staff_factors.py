"""What people sign in with besides a password, and how they come by it: invitations, recovery by two people."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, Uuid, text

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

passkey = Table(
    "passkey",
    metadata,
    uuid_key(),
    refers("staff_id", "staff", index=True),
    # As the authenticator named it, and its public key in COSE (WebAuthn Level 3, section 6.5).
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    instant("created_at"),
    instant("used_at", nullable=True),
)

staff_identity = Table(
    "staff_identity",
    metadata,
    # Without another key: an account is one person at one provider.
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    instant("bound_at"),
    Index("uq_staff_identity_issuer_subject", "issuer", "subject", unique=True),
)

invitation = Table(
    "invitation",
    metadata,
    uuid_key(),
    refers("staff_id", "staff", index=True),
    # SHA-256 of the secret in the link, and of the countersign that goes another way after a recovery.
    digest("secret_hash"),
    digest("countersign_hash", nullable=True),
    # Offered to whoever opens the link; becomes the account's own when it is taken up.
    Column("sealed_totp", LargeBinary, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    # Taken up, or replaced by a newer one; the log says which.
    instant("closed_at", nullable=True),
    Index("uq_invitation_secret_hash", "secret_hash", unique=True),
)

recovery = Table(
    "recovery",
    metadata,
    uuid_key(),
    refers("staff_id", "staff", index=True),
    *choice("state", ("asked", "approved", "refused", "lapsed")),
    refers("asked_by", "staff"),
    instant("asked_at"),
    digest("countersign_hash"),
    Column("decided_by", Uuid, ForeignKey("staff.id"), nullable=True),
    instant("decided_at", nullable=True),
    CheckConstraint("asked_by <> staff_id", name="not_oneself"),
    CheckConstraint("state <> 'approved' OR decided_by NOT IN (staff_id, asked_by)", name="two_people"),
    Index("uq_recovery_open", "staff_id", unique=True, postgresql_where=text("state = 'asked'")),
)
