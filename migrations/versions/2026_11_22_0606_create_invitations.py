"""Invitations in place of enrolments, passkeys, identities at a provider, and recovery by two people.

Revision: 202611220606, after 202611220600. An account that never replaced the password of its enrolment has to be
invited: what an operator once printed opens nothing any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220606"
down_revision = "202611220600"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT ON passkey, staff_identity, invitation, recovery TO registry_api",
    "UPDATE (sign_count, used_at) ON passkey TO registry_api",
    "UPDATE (closed_at) ON invitation TO registry_api",
    "UPDATE (state, decided_by, decided_at) ON recovery TO registry_api",
    # A recovery ends what somebody had signed in with; the log keeps that it did.
    "DELETE ON credential, passkey, staff_identity TO registry_api",
    "SELECT ON recovery TO registry_auditor",
)


def upgrade() -> None:
    op.execute("DELETE FROM credential WHERE one_time_until IS NOT NULL")
    op.drop_column("credential", "one_time_until")
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkey_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"], unique=False)
    op.create_table(
        "staff_identity",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_identity_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_identity")),
    )
    op.create_index("uq_staff_identity_issuer_subject", "staff_identity", ["issuer", "subject"], unique=True)
    _create_invitation()
    _create_recovery()
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def _create_invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("countersign_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sealed_totp", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitation_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index("uq_invitation_secret_hash", "invitation", ["secret_hash"], unique=True)
    op.create_index(op.f("ix_invitation_staff_id"), "invitation", ["staff_id"], unique=False)


def _create_recovery() -> None:
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("countersign_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused', 'lapsed')", name=op.f("ck_recovery_state")),
        sa.CheckConstraint("asked_by <> staff_id", name=op.f("ck_recovery_not_oneself")),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by NOT IN (staff_id, asked_by)", name=op.f("ck_recovery_two_people")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_staff_id_staff")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_recovery_asked_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_recovery_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
    )
    op.create_index(op.f("ix_recovery_staff_id"), "recovery", ["staff_id"], unique=False)
    op.create_index(
        "uq_recovery_open", "recovery", ["staff_id"], unique=True, postgresql_where=sa.text("state = 'asked'")
    )


def downgrade() -> None:
    for table in ("recovery", "invitation", "staff_identity", "passkey"):
        op.drop_table(table)
    op.execute("REVOKE DELETE ON credential FROM registry_api")
    op.add_column("credential", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("GRANT UPDATE (one_time_until) ON credential TO registry_api")
