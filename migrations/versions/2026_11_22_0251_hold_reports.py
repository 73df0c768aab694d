"""Reports that are held, how many a member files in a day, and what is published.

Revision: 202611220251, after 202611220241.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220251"
down_revision = "202611220241"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT, UPDATE ON filing_day TO registry_api",
    "SELECT ON filing_day TO registry_worker, registry_auditor",
    "SELECT ON transparency TO registry_api, registry_auditor",
    "SELECT, INSERT, UPDATE ON transparency TO registry_worker",
    "UPDATE (held) ON report TO registry_api, registry_worker",
)


def upgrade() -> None:
    op.add_column("report", sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "filing_day",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_filing_day_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "day", name=op.f("pk_filing_day")),
        comment="Reports that were taken, by UTC day: what is usual for a member",
    )
    op.create_table(
        "transparency",
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_transparency")),
        comment="What is published, computed by the worker",
    )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("transparency")
    op.drop_table("filing_day")
    op.drop_column("report", "held")
