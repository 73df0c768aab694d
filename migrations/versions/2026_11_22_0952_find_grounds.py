"""Find the few appeals on a ground that is rare.

Revision: 202611220952, after 202611220918.
"""

from alembic import op

revision = "202611220952"
down_revision = "202611220918"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_appeal_grounds", "appeal", ["grounds"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_appeal_grounds", table_name="appeal")
