"""Reports, revisions, identities, evidence, notices and imports.

Revision: 202611211740, after 202611211730.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611211740"
down_revision = "202611211730"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("claim_ref", sa.LargeBinary(length=32), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=8), nullable=False),
        sa.Column("aggravations", postgresql.ARRAY(sa.String(length=8)), nullable=False),
        sa.Column("severity", sa.String(length=2), nullable=False),
        sa.Column("confidence", sa.String(length=1), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("act_ended_on", sa.Date(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("taxonomy_version", sa.String(length=16), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("policy_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("own_only", sa.Boolean(), nullable=False),
        sa.Column("retention_halved", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.String(length=40), nullable=True),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repaid_on", sa.Date(), nullable=True),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "category IN ('FR-01', 'FR-02', 'FR-03', 'FR-04', 'FR-05', 'FR-06', 'FR-07', 'FR-08', 'FR-09', 'FR-10', 'FR-11', 'FR-12', 'FR-13', 'FR-14', 'FR-15')",
            name=op.f("ck_report_category"),
        ),
        sa.CheckConstraint("confidence IN ('A', 'B', 'C')", name=op.f("ck_report_confidence")),
        sa.CheckConstraint("severity IN ('S1', 'S2', 'S3', 'S4')", name=op.f("ck_report_severity")),
        sa.CheckConstraint(
            "state IN ('submitted', 'notice_window', 'active', 'disputed', 'suspended', 'restricted', 'overturned', 'inconclusive', 'withdrawn', 'expired', 'sealed')",
            name=op.f("ck_report_state"),
        ),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_report_group_id_group_")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_report_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("member_id", "reference", name=op.f("uq_report_member_id_reference")),
    )
    op.create_index("ix_report_event_id", "report", ["event_id"], unique=False)
    op.create_index("ix_report_expires_on", "report", ["expires_on"], unique=False)
    op.create_index(op.f("ix_report_group_id"), "report", ["group_id"], unique=False)
    op.create_index("ix_report_member_id_filed_at", "report", ["member_id", "filed_at", "id"], unique=False)
    op.create_index("ix_report_state_served_at", "report", ["state", "served_at"], unique=False)
    op.create_table(
        "report_revision",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("sealed_jws", sa.LargeBinary(), nullable=True),
        sa.Column("jws_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "change IN ('filed', 'amended', 'withdrawn', 'repaid', 'merged')", name=op.f("ck_report_revision_change")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_revision_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("pk_report_revision")),
    )
    op.create_table(
        "report_identity",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("stored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_identity_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "kind", "epoch", "stored", name=op.f("pk_report_identity")),
    )
    op.create_index(
        "ix_report_identity_stored",
        "report_identity",
        ["stored"],
        unique=False,
        postgresql_include=["report_id", "kind", "epoch", "known_on", "ends_on"],
    )
    op.create_table(
        "report_event",
        sa.Column("stored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_event_report_id_report")),
        sa.PrimaryKeyConstraint("stored", "report_id", name=op.f("pk_report_event")),
    )
    op.create_index("ix_report_event_report_id", "report_event", ["report_id"], unique=False)
    op.create_table(
        "evidence_artefact",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("artefact_id", sa.String(length=64), nullable=False),
        sa.Column("class_", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("retain_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id", "revision"],
            ["report_revision.report_id", "report_revision.revision"],
            name=op.f("fk_evidence_artefact_report_id_report_revision"),
        ),
        sa.PrimaryKeyConstraint("report_id", "revision", "artefact_id", "class_", name=op.f("pk_evidence_artefact")),
    )
    op.create_index("ix_evidence_artefact_sha256", "evidence_artefact", ["sha256"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("relay_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("stored", sa.LargeBinary(length=32), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('file', 'sms', 'email')", name=op.f("ck_notice_channel")),
        sa.CheckConstraint("kind IN ('phone', 'email')", name=op.f("ck_notice_kind")),
        sa.ForeignKeyConstraint(["relay_id"], ["member.id"], name=op.f("fk_notice_relay_id_member")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_notice_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("report_id", "stored", name=op.f("uq_notice_report_id_stored")),
    )
    op.create_index(op.f("ix_notice_report_id"), "notice", ["report_id"], unique=False)
    op.create_table(
        "import_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('running', 'finished')", name=op.f("ck_import_job_state")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_import_job_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
        sa.UniqueConstraint("member_id", "key", name=op.f("uq_import_job_member_id_key")),
    )
    op.create_table(
        "import_line",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], name=op.f("fk_import_line_job_id_import_job")),
        sa.PrimaryKeyConstraint("job_id", "line", name=op.f("pk_import_line")),
    )


def downgrade() -> None:
    op.drop_table("import_line")
    op.drop_table("import_job")
    op.drop_table("notice")
    op.drop_table("evidence_artefact")
    op.drop_table("report_event")
    op.drop_table("report_identity")
    op.drop_table("report_revision")
    op.drop_table("report")
