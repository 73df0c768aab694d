"""Whoever passes a case of the queue over says so, and it stays in the queue.

Revision: 202611220906, after 202611220905.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220906"
down_revision = "202611220905"
branch_labels = None
depends_on = None

REASONS = "reason IN ('knows_somebody', 'language', 'knowledge', 'no_time')"


def upgrade() -> None:
    op.create_table(
        "appeal_skip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_appeal_skip_reason")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_skip_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_skip_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_skip")),
        comment="A case of the queue that somebody passed over, and why; it stays in the queue",
    )
    op.create_index("ix_appeal_skip_staff_id_appeal_id", "appeal_skip", ["staff_id", "appeal_id"], unique=False)
    op.execute("GRANT SELECT, INSERT ON appeal_skip TO registry_api")
    op.execute("GRANT SELECT ON appeal_skip TO registry_auditor")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON appeal_skip "
        "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON appeal_skip "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("appeal_skip")
