"""Sealed files of appeals, rehabilitation, referral; a letter may come back; a record's last day may come nearer.

Revision: 202611220240, after 202611220234.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220240"
down_revision = "202611220234"
branch_labels = None
depends_on = None

TABLES = ("appeal_upload", "appeal_upload_chunk", "rehabilitation", "referral")
GRANTS = (
    "SELECT, INSERT ON appeal_upload, appeal_upload_chunk, rehabilitation, referral TO registry_api",
    "UPDATE (granted, decided_at, decided_by, obstacle) ON rehabilitation TO registry_api, registry_worker",
    "UPDATE (approved, decided_at, decided_by) ON referral TO registry_api",
    "UPDATE (bounced_at) ON notice TO registry_api",
    "UPDATE (expires_on) ON report TO registry_api, registry_worker",
    # The worker: destroys files whose time is over, and decides what nobody decided.
    "SELECT (evidence_id, chunks, stored_at, deleted_at) ON appeal_upload TO registry_worker",
    "UPDATE (wrapped_key, deleted_at) ON appeal_upload TO registry_worker",
    "SELECT (evidence_id, position), DELETE ON appeal_upload_chunk TO registry_worker",
    "SELECT ON rehabilitation TO registry_worker",
    "SELECT (evidence_id, visible_to, chunks, stored_at, deleted_at) ON appeal_upload TO registry_auditor",
    "SELECT ON rehabilitation, referral TO registry_auditor",
)
NEARER = """
CREATE TRIGGER only_nearer BEFORE UPDATE ON report FOR EACH ROW
WHEN (NEW.expires_on > OLD.expires_on) EXECUTE FUNCTION audit.refuse_rewrite()
"""
FORGET_NOTICE = """
CREATE OR REPLACE FUNCTION audit.forget_notice() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF {condition} THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% on %.% is refused: history is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""
FORGOTTEN = (
    "TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM public.report_identity i "
    "WHERE (i.report_id, i.stored) = (OLD.report_id, OLD.stored))"
)
# Once, and nothing else of the row with it.
BOUNCED = (
    "TG_OP = 'UPDATE' AND OLD.bounced_at IS NULL AND NEW.bounced_at IS NOT NULL AND "
    "(NEW.id, NEW.report_id, NEW.relay_id, NEW.kind, NEW.channel, NEW.epoch, NEW.stored, NEW.served_at) = "
    "(OLD.id, OLD.report_id, OLD.relay_id, OLD.kind, OLD.channel, OLD.epoch, OLD.stored, OLD.served_at)"
)


def upgrade() -> None:
    op.create_table(
        "appeal_upload",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("visible_to", postgresql.ARRAY(sa.String(length=8)), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["appeal_evidence.id"], name=op.f("fk_appeal_upload_evidence_id_appeal_evidence")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_appeal_upload")),
    )
    op.create_table(
        "appeal_upload_chunk",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["appeal_upload.evidence_id"],
            name=op.f("fk_appeal_upload_chunk_evidence_id_appeal_upload"),
        ),
        sa.PrimaryKeyConstraint("evidence_id", "position", name=op.f("pk_appeal_upload_chunk")),
    )
    _create_retention()
    op.add_column("notice", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_notice_report_id_stored"), "notice", type_="unique")
    op.create_index(
        "uq_notice_report_id_stored",
        "notice",
        ["report_id", "stored"],
        unique=True,
        postgresql_where=sa.text("bounced_at IS NULL"),
    )
    op.execute(FORGET_NOTICE.format(condition=f"({FORGOTTEN}) OR ({BOUNCED})"))
    op.execute(NEARER)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def _create_retention() -> None:
    op.create_table(
        "rehabilitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("obstacle", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_rehabilitation_decided_by_staff")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_rehabilitation_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehabilitation")),
        comment="Applications to end a record early",
    )
    for index, columns, unique in (
        ("uq_rehabilitation_report_id", ["report_id"], True),
        ("ix_rehabilitation_due_at", ["due_at", "id"], False),
    ):
        op.create_index(index, "rehabilitation", columns, unique=unique, postgresql_where=sa.text("granted IS NULL"))
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "recipient IN ('ai_provider', 'court', 'police', 'regulator')", name=op.f("ck_referral_recipient")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_referral_decided_by_staff")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_referral_proposed_by_staff")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_referral_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        comment="Records handed to an authority or a provider; two people decide",
    )
    op.create_index(op.f("ix_referral_report_id"), "referral", ["report_id"], unique=False)


def downgrade() -> None:
    op.execute("DROP TRIGGER only_nearer ON report")
    op.execute("REVOKE UPDATE (expires_on) ON report FROM registry_api, registry_worker")
    op.execute(FORGET_NOTICE.format(condition=FORGOTTEN))
    op.drop_index("uq_notice_report_id_stored", table_name="notice")
    op.execute("REVOKE UPDATE (bounced_at) ON notice FROM registry_api")
    op.drop_column("notice", "bounced_at")
    op.create_unique_constraint(op.f("uq_notice_report_id_stored"), "notice", ["report_id", "stored"])
    for table in reversed(TABLES):
        op.drop_table(table)
