"""What members did about answers, what each answer permitted, and how recalls are acknowledged.

Revision: 202611220010, after 202611212356.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220010"
down_revision = "202611212356"
branch_labels = None
depends_on = None

APPEND_ONLY = ("outcome", "recall_lift", "recall_acknowledgement", "recall_step")
GRANTS = (
    "SELECT, INSERT ON outcome, recall_lift, recall_acknowledgement TO registry_api",
    "SELECT ON recall_step TO registry_api",
    # The worker: recalls what ends by itself, and counts the hours of silence.
    "SELECT ON outcome, recall_acknowledgement TO registry_worker",
    "SELECT, INSERT ON recall_lift, recall_step TO registry_worker",
    f"SELECT ON {', '.join(APPEND_ONLY)} TO registry_auditor",
)


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("claim_ref", sa.LargeBinary(length=32), nullable=True))
    op.add_column("disclosure", sa.Column("permitted", sa.SmallInteger(), nullable=True))
    op.add_column(
        "recall", sa.Column("must_acknowledge", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_recall_must_acknowledge", "recall", ["created_at", "id"], postgresql_where=sa.text("must_acknowledge")
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("claim_ref", sa.LargeBinary(length=32), nullable=False),
        sa.Column("query_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifts", sa.Uuid(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.String(length=24)), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('A1', 'A2', 'A3', 'A4', 'A5')", name=op.f("ck_outcome_action")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_outcome_member_id_member")),
        sa.ForeignKeyConstraint(["lifts"], ["outcome.id"], name=op.f("fk_outcome_lifts_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("lifts", name=op.f("uq_outcome_lifts")),
    )
    op.create_index("ix_outcome_query_id", "outcome", ["query_id"], unique=False)
    op.create_index("ix_outcome_member_id_created_at", "outcome", ["member_id", "created_at", "id"], unique=False)
    op.create_table(
        "recall_lift",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_lift_recall_id_recall")),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcome.id"], name=op.f("fk_recall_lift_outcome_id_outcome")),
        sa.PrimaryKeyConstraint("recall_id", "outcome_id", name=op.f("pk_recall_lift")),
        comment="The restrictions that a recall says must be lifted",
    )
    op.create_table(
        "recall_acknowledgement",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_acknowledgement_recall_id_recall")),
        sa.PrimaryKeyConstraint("recall_id", name=op.f("pk_recall_acknowledgement")),
    )
    op.create_table(
        "recall_step",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('alert', 'suspend')", name=op.f("ck_recall_step_step")),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_step_recall_id_recall")),
        sa.PrimaryKeyConstraint("recall_id", "step", name=op.f("pk_recall_step")),
        comment="What followed from silence after a recall",
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
        )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    for table in ("recall_step", "recall_acknowledgement", "recall_lift", "outcome"):
        op.drop_table(table)
    op.drop_index("ix_recall_must_acknowledge", table_name="recall")
    op.drop_column("recall", "must_acknowledge")
    op.drop_column("disclosure", "permitted")
    op.drop_column("disclosure", "claim_ref")
