"""Find a letter by the digest of its text, so that anybody who was given one can have it checked.

Revision: 202611220643, after 202611220626.
"""

from alembic import op

revision = "202611220643"
down_revision = "202611220626"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_appeal_letter__sha256", "appeal_letter", ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_appeal_letter__sha256", table_name="appeal_letter")
