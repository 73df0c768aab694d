"""Find what somebody holds, how a member's latest appeals ended, and the recalls of a record.

Revision: 202611220908, after 202611220906.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220908"
down_revision = "202611220906"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_appeal_holder", table_name="appeal")
    op.create_index("ix_appeal_holder_state", "appeal", ["holder", "state", "next_due_at", "id"])
    op.create_index(
        "ix_appeal_member_id_decided_at",
        "appeal",
        ["member_id", "decided_at", "id"],
        postgresql_where=sa.text("result IS NOT NULL"),
    )
    op.create_index("ix_recall_report_id", "recall", ["report_id"])


def downgrade() -> None:
    op.drop_index("ix_recall_report_id", table_name="recall")
    op.drop_index("ix_appeal_member_id_decided_at", table_name="appeal")
    op.drop_index("ix_appeal_holder_state", table_name="appeal")
    op.create_index("ix_appeal_holder", "appeal", ["holder"])
