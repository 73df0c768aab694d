"""Count and list one member's reports and appeals by their state, for the people who work on them.

Revision: 202611220713, after 202611220643.
"""

from alembic import op

revision = "202611220713"
down_revision = "202611220643"
branch_labels = None
depends_on = None

APPEAL, REPORT = "ix_appeal_member_id_state", "ix_report_member_id_state"


def upgrade() -> None:
    op.create_index(APPEAL, "appeal", ["member_id", "state", "next_due_at", "id"], unique=False)
    op.create_index(REPORT, "report", ["member_id", "state", "filed_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(REPORT, table_name="report")
    op.drop_index(APPEAL, table_name="appeal")
