"""Conduct of members: findings, what follows from them, reports that wait or are looked at again, overlaps.

Revision: 202611220231, after 202611220010.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220231"
down_revision = "202611220010"
branch_labels = None
depends_on = None

APPEND_ONLY = ("integrity_finding", "overlap_alarm", "readjudication_week")
GRANTS = (
    "SELECT, INSERT ON integrity_finding, brake, report_hold TO registry_api",
    "SELECT ON member_sanction, readjudication, readjudication_week TO registry_api",
    "UPDATE (ended_at, lift_proposed_by, lift_proposed_at, lift_reason, lifted_by) ON member_sanction TO registry_api",
    "UPDATE (reviewer_id, claimed_at, result, note, judged_at) ON readjudication TO registry_api",
    "UPDATE (drawn_at) ON brake TO registry_api",
    "UPDATE (sampled, verdict, settled_by, settled_at) ON report_hold TO registry_api",
    # The worker: applies the rules, draws, looks out for overlaps, and hears what auditors signed off.
    "SELECT, INSERT ON integrity_finding, member_sanction, overlap_alarm TO registry_worker",
    "SELECT, INSERT ON readjudication, readjudication_week TO registry_worker",
    "UPDATE (ended_at) ON member_sanction TO registry_worker",
    "SELECT ON brake, report_hold TO registry_worker",
    "SELECT ON audit.sample_item, audit.finding, audit.sign_off TO registry_worker",
    (
        "SELECT ON integrity_finding, member_sanction, overlap_alarm, readjudication, readjudication_week, brake, "
        "report_hold TO registry_auditor"
    ),
)


def upgrade() -> None:
    op.create_table(
        "integrity_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('MI-01', 'MI-02', 'MI-03', 'MI-04')", name=op.f("ck_integrity_finding_kind")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_integrity_finding_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_finding")),
        sa.UniqueConstraint(
            "member_id",
            "kind",
            "source",
            "source_id",
            name=op.f("uq_integrity_finding_member_id_kind_source_source_id"),
        ),
        comment="MI-01 to MI-04",
    )
    op.create_table(
        "member_sanction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sanction", sa.String(length=32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("lift_proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(length=500), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "sanction IN ('filing_supervised', 'query_suspended')", name=op.f("ck_member_sanction_sanction")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_sanction_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_sanction")),
        comment="One of a kind at a time",
    )
    op.create_index(
        "uq_member_sanction_member_id_sanction",
        "member_sanction",
        ["member_id", "sanction"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "readjudication_week",
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("begins_on", name=op.f("pk_readjudication_week")),
    )
    op.create_table(
        "readjudication",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_readjudication_report_id_report")),
        sa.ForeignKeyConstraint(
            ["week"], ["readjudication_week.begins_on"], name=op.f("fk_readjudication_week_readjudication_week")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_readjudication")),
        comment="Reports drawn for a second look",
    )
    op.create_index(op.f("ix_readjudication_week"), "readjudication", ["week"], unique=False)
    op.create_table(
        "brake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_brake_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brake")),
        comment="A wave of reports that came too fast",
    )
    op.create_index(op.f("ix_brake_member_id"), "brake", ["member_id"], unique=False)
    op.create_table(
        "report_hold",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("brake_id", sa.Uuid(), nullable=True),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_hold_report_id_report")),
        sa.ForeignKeyConstraint(["brake_id"], ["brake.id"], name=op.f("fk_report_hold_brake_id_brake")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_hold")),
        comment="Reports that do not begin to count before somebody lets them",
    )
    op.create_index(op.f("ix_report_hold_brake_id"), "report_hold", ["brake_id"], unique=False)
    op.create_index(
        "ix_report_hold_held_at",
        "report_hold",
        ["held_at", "report_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "overlap_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("low_id", sa.Uuid(), nullable=False),
        sa.Column("high_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("common", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('phone', 'email', 'national_id', 'payment', 'address', 'device')",
            name=op.f("ck_overlap_alarm_kind"),
        ),
        sa.ForeignKeyConstraint(["low_id"], ["member.id"], name=op.f("fk_overlap_alarm_low_id_member")),
        sa.ForeignKeyConstraint(["high_id"], ["member.id"], name=op.f("fk_overlap_alarm_high_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlap_alarm")),
        comment="Two members whose subjects coincide far above chance",
    )
    op.create_index("ix_overlap_alarm_found_at", "overlap_alarm", ["found_at", "id"], unique=False)
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
    op.execute("REVOKE SELECT ON audit.sample_item, audit.finding, audit.sign_off FROM registry_worker")
    for table in ("overlap_alarm", "report_hold", "brake", "readjudication", "readjudication_week"):
        op.drop_table(table)
    for table in ("member_sanction", "integrity_finding"):
        op.drop_table(table)
