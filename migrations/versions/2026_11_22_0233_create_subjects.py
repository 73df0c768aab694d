"""What subjects do: sessions, one-time links, statements, answers, and warnings in their favour.

Revision: 202611220233, after 202611220231.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220233"
down_revision = "202611220231"
branch_labels = None
depends_on = None

APPEND_ONLY = ("subject_statement", "protective_record", "protective_check", "protective_lift")
GRANTS = (
    "SELECT, INSERT, DELETE ON subject_session, protective_token TO registry_api",
    "UPDATE (sealed_proof, used) ON subject_session TO registry_api",
    "SELECT, INSERT ON subject_link, subject_answer TO registry_api",
    "UPDATE (opened_at) ON subject_link TO registry_api",
    f"SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO registry_api",
    # The worker: forgets what has passed, and warns where a member calls the subject a victim.
    "SELECT (id, expires_at), DELETE ON subject_session TO registry_worker",
    "SELECT (id, expires_at), DELETE ON subject_link TO registry_worker",
    "SELECT, DELETE ON subject_answer TO registry_worker",
    "SELECT, INSERT ON protective_record, protective_token TO registry_worker",
    "SELECT (id, report_id, member_id, created_at, expires_at, opened_at) ON subject_link TO registry_auditor",
    "SELECT (report_id, number, created_at) ON subject_statement TO registry_auditor",
    "SELECT ON protective_record, protective_check, protective_lift TO registry_auditor",
)


def upgrade() -> None:
    op.create_table(
        "subject_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bearer_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_proof", sa.LargeBinary(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_session")),
        comment="Rows live for minutes and are deleted, not ended: there is no table of people",
    )
    op.create_index("uq_subject_session__bearer_hash", "subject_session", ["bearer_hash"], unique=True)
    op.create_index("ix_subject_session__expires_at", "subject_session", ["expires_at"], unique=False)
    op.create_table(
        "subject_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_subject_link_report_id_report")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_subject_link_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_link")),
    )
    op.create_index(op.f("ix_subject_link_report_id"), "subject_link", ["report_id"], unique=False)
    op.create_index("uq_subject_link__secret_hash", "subject_link", ["secret_hash"], unique=True)
    op.create_index("ix_subject_link__expires_at", "subject_link", ["expires_at"], unique=False)
    op.create_table(
        "subject_statement",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_subject_statement_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_subject_statement")),
        comment="What the subject says beside a record; the highest number holds",
    )
    op.create_table(
        "subject_answer",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("stored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_subject_answer_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "stored", name=op.f("pk_subject_answer")),
    )
    _create_protective()
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


def _create_protective() -> None:
    op.create_table(
        "protective_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("placed_by", sa.String(length=32), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('PV-01', 'PV-02', 'PV-03')", name=op.f("ck_protective_record_kind")),
        sa.CheckConstraint(
            "placed_by IN ('subject', 'officer', 'registry')", name=op.f("ck_protective_record_placed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protective_record")),
        comment="Warnings in favour of a person; they never change a score",
    )
    op.create_table(
        "protective_token",
        sa.Column("stored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["protective_record.id"], name=op.f("fk_protective_token_record_id_protective_record")
        ),
        sa.PrimaryKeyConstraint("stored", "record_id", name=op.f("pk_protective_token")),
    )
    op.create_index(op.f("ix_protective_token_record_id"), "protective_token", ["record_id"], unique=False)
    op.create_table(
        "protective_check",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["protective_record.id"], name=op.f("fk_protective_check_record_id_protective_record")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_protective_check_member_id_member")),
        sa.PrimaryKeyConstraint("record_id", "member_id", name=op.f("pk_protective_check")),
        comment="Members that verified the identity afresh since",
    )
    op.create_table(
        "protective_lift",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lifted_by IN ('subject', 'officer')", name=op.f("ck_protective_lift_lifted_by")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["protective_record.id"], name=op.f("fk_protective_lift_record_id_protective_record")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_protective_lift")),
    )


def downgrade() -> None:
    for table in (
        *("protective_lift", "protective_check", "protective_token", "protective_record"),
        *("subject_answer", "subject_statement", "subject_link", "subject_session"),
    ):
        op.drop_table(table)
