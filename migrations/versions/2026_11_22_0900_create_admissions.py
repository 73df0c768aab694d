"""Members are proposed by one operator and admitted by another.

Revision: 202611220900, after 202611220713.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220900"
down_revision = "202611220713"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT ON admission TO registry_api",
    # What was proposed stays as it was; that it was decided is added.
    "UPDATE (state, decided_by, decided_at, member_id) ON admission TO registry_api",
    "SELECT ON admission TO registry_auditor",
)


def upgrade() -> None:
    op.create_table(
        "admission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("group_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("claims_per_day", sa.Integer(), nullable=False),
        sa.Column("jwk", postgresql.JSONB(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'refused')", name=op.f("ck_admission_state")),
        sa.CheckConstraint("kind IN ('platform', 'relay')", name=op.f("ck_admission_kind")),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)",
            name=op.f("ck_admission_two_people"),
        ),
        sa.CheckConstraint("(state = 'approved') = (member_id IS NOT NULL)", name=op.f("ck_admission_admitted")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_admission_proposed_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_admission_decided_by_staff")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_admission_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission")),
        sa.UniqueConstraint("member_id", name=op.f("uq_admission_member_id")),
        comment="A member that one operator proposed and another one lets in",
    )
    op.create_index("ix_admission_state", "admission", ["state", "id"], unique=False)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("admission")
