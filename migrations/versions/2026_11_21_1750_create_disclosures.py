"""Claims, disclosures, recalls and the reliability of groups.

Revision: 202611211750, after 202611211740.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611211750"
down_revision = "202611211740"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("claim_ref", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("identifiers", sa.LargeBinary(length=32), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_claim_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "claim_ref", "epoch", name=op.f("pk_claim")),
    )
    op.create_table(
        "disclosure",
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_disclosure_member_id_member")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_disclosure_report_id_report")),
        sa.PrimaryKeyConstraint("query_id", "report_id", name=op.f("pk_disclosure")),
    )
    op.create_index("ix_disclosure_report_id_member_id", "disclosure", ["report_id", "member_id"], unique=False)
    op.create_table(
        "recall",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("change IN ('amended', 'disputed', 'removed', 'suspended')", name=op.f("ck_recall_change")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_recall_member_id_member")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_recall_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_index("ix_recall_member_id_created_at", "recall", ["member_id", "created_at", "id"], unique=False)
    op.create_table(
        "group_reliability",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("overturned", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_group_reliability_group_id_group_")),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_group_reliability")),
        comment="Counts over the last 24 months, renewed by the worker's sweep",
    )


def downgrade() -> None:
    op.drop_table("group_reliability")
    op.drop_table("recall")
    op.drop_table("disclosure")
    op.drop_table("claim")
