"""Steps, messages, evidence and letters of an appeal are ordered as written; ids of one millisecond are in no order.

Revision: 202611220241, after 202611220240.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220241"
down_revision = "202611220240"
branch_labels = None
depends_on = None

TABLES = ("appeal_step", "appeal_message", "appeal_evidence", "appeal_letter")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.execute("GRANT SELECT (number) ON appeal_message, appeal_letter TO registry_worker, registry_auditor")


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "number")
