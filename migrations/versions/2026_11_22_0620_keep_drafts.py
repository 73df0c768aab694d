"""Drafts of appeals: what somebody has begun to say against a record, sealed under the record's own key.

Revision: 202611220620, after 202611220618.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220620"
down_revision = "202611220618"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT, DELETE ON subject_draft TO registry_api",
    "UPDATE (sealed_draft, expires_at) ON subject_draft TO registry_api",
    "SELECT (id, expires_at), DELETE ON subject_draft TO registry_worker",
)


def upgrade() -> None:
    op.create_table(
        "subject_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_draft", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_subject_draft_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_draft")),
        comment="Rows live for days and are deleted; beside the sealed text nothing says whose they are",
    )
    op.create_index(op.f("ix_subject_draft_report_id"), "subject_draft", ["report_id"], unique=False)
    op.create_index("ix_subject_draft__expires_at", "subject_draft", ["expires_at"], unique=False)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("subject_draft")
