"""Staff, their credentials, sessions and attempts to sign in.

Revision: 202611212240, after 202611211810.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611212240"
down_revision = "202611211810"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT ON staff, credential, session_, sign_in_attempt TO registry_api",
    "UPDATE (roles, status, suspended_at) ON staff TO registry_api",
    "UPDATE (password_hash, sealed_totp, totp_step, one_time_until, changed_at) ON credential TO registry_api",
    "UPDATE (used_at, ended_at) ON session_ TO registry_api",
    "UPDATE (succeeded) ON sign_in_attempt TO registry_api",
    # The worker: hands cases on to who is there, and forgets.
    "SELECT (id, roles, status) ON staff TO registry_worker",
    "SELECT (id, created_at), DELETE ON session_ TO registry_worker",
    "SELECT (id, at), DELETE ON sign_in_attempt TO registry_worker",
    "SELECT ON staff TO registry_auditor",
    "SELECT (id, staff_id, created_at, used_at, ended_at) ON session_ TO registry_auditor",
)


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_staff_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
        comment="Officers, reviewers, panel, auditors, operators and supervisors",
    )
    op.create_table(
        "credential",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("sealed_totp", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_credential_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "session_",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bearer_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session__staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_")),
    )
    op.create_index("uq_session__bearer_hash", "session_", ["bearer_hash"], unique=True)
    op.create_index(op.f("ix_session__staff_id"), "session_", ["staff_id"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_account_at", "sign_in_attempt", ["account", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_at", "sign_in_attempt", ["at"], unique=False)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("sign_in_attempt")
    op.drop_table("session_")
    op.drop_table("credential")
    op.drop_table("staff")
