"""Remember with which contacts an appeal was lodged, not only of which kinds they are.

Revision: 202611222026, after 202611220952.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611222026"
down_revision = "202611220952"
branch_labels = None
depends_on = None


def upgrade() -> None:
    marks: sa.Column[list[bytes]] = sa.Column(
        "proved_marks", postgresql.ARRAY(sa.LargeBinary()), nullable=False, server_default="{}"
    )
    op.add_column("appeal", marks)
    op.execute("GRANT UPDATE (proved_marks) ON appeal TO registry_api, registry_worker")


def downgrade() -> None:
    op.drop_column("appeal", "proved_marks")
