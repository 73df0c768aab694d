"""Who of the staff placed and lifted a warning, and why; and of which epoch each token is that it protects.

Revision: 202611220626, after 202611220620.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220626"
down_revision = "202611220620"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("protective_record", "protective_lift"):
        op.add_column(table, sa.Column("staff_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("reason", sa.String(length=2000), nullable=True))
    # There has been no other epoch yet.
    op.add_column(
        "protective_token", sa.Column("epoch", sa.SmallInteger(), server_default=sa.text("1"), nullable=False)
    )
    op.alter_column("protective_token", "epoch", server_default=None)


def downgrade() -> None:
    op.drop_column("protective_token", "epoch")
    for table in ("protective_lift", "protective_record"):
        op.drop_column(table, "reason")
        op.drop_column(table, "staff_id")
