"""Appeals with their steps, messages, evidence, letters and reminders; what a record then shows.

Revision: 202611220234, after 202611220233.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220234"
down_revision = "202611220233"
branch_labels = None
depends_on = None

APPEND_ONLY = ("appeal_step", "appeal_message", "appeal_evidence", "appeal_letter", "appeal_reminder")
# What a step may change. Never the record, the member, the grounds or the day it arrived.
CHANGING = (
    "state, proved_kinds, proved_at, admitted_at, asked_at, decided_at, told_at, holder, flag_only, result, evidence, "
    "turns, sealed_reasons, next_due_at, wake_at, changed_at"
)
AUDITED = (
    "id, report_id, member_id, state, grounds, received_at, proved_at, admitted_at, asked_at, decided_at, told_at, "
    "holder, flag_only, result, evidence, turns, next_due_at, changed_at"
)
UNSEALED = ("appeal_step", "appeal_evidence", "appeal_reminder")
OF_REPORT = "appeal_open, act_denied"
GRANTS = (
    f"SELECT, INSERT ON appeal, {', '.join(APPEND_ONLY)} TO registry_api",
    f"UPDATE ({CHANGING}) ON appeal TO registry_api",
    f"UPDATE ({OF_REPORT}) ON report TO registry_api, registry_worker",
    # The worker: takes the steps of the clock, reminds, tells, forgets; what was said it does not read.
    f"SELECT ON appeal, {', '.join(UNSEALED)} TO registry_worker",
    "INSERT ON appeal_step, appeal_letter, appeal_reminder TO registry_worker",
    f"UPDATE ({CHANGING}, wrapped_key) ON appeal TO registry_worker",
    # The auditor: who did what, when.
    f"SELECT ({AUDITED}) ON appeal TO registry_auditor",
    f"SELECT ON {', '.join(UNSEALED)} TO registry_auditor",
    *(
        f"SELECT ({columns}) ON {table} TO registry_worker, registry_auditor"
        for table, columns in (
            ("appeal_message", "id, appeal_id, side, staff_id, kind, visible_to, jws_sha256, at"),
            ("appeal_letter", "id, appeal_id, kind, side, language, version, template, sha256, at"),
        )
    ),
)
REVISIONS = ("filed", "amended", "withdrawn", "repaid", "merged")


def _revise(*words: str) -> None:
    op.drop_constraint(op.f("ck_report_revision_change"), "report_revision", type_="check")
    quoted = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f("ck_report_revision_change"), "report_revision", f"change IN ({quoted})")


def upgrade() -> None:
    _revise(*REVISIONS, "reinstated")
    for column in ("appeal_open", "act_denied"):
        op.add_column("report", sa.Column(column, sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("grounds", postgresql.ARRAY(sa.String(length=3)), nullable=False),
        sa.Column("proved_kinds", postgresql.ARRAY(sa.String(length=12)), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("flag_only", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("turns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_reasons", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_appeal_language")),
        sa.CheckConstraint(
            "result IN ('upheld', 'amended', 'inconclusive', 'overturned', 'withdrawn', 'ended')",
            name=op.f("ck_appeal_result"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'inadmissible', 'awaiting_reporter', 'awaiting_subject', 'in_review', 'pending_approval', 'decided', 'second_instance', 'closed_external', 'withdrawn_by_subject')",
            name=op.f("ck_appeal_state"),
        ),
        sa.ForeignKeyConstraint(["holder"], ["staff.id"], name=op.f("fk_appeal_holder_staff")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_appeal_member_id_member")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_appeal_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_table(
        "appeal_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "party IN ('subject', 'member', 'registry', 'clock', 'auditor', 'officer', 'operator', 'panel', 'reviewer', 'supervisor')",
            name=op.f("ck_appeal_step_party"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'inadmissible', 'awaiting_reporter', 'awaiting_subject', 'in_review', 'pending_approval', 'decided', 'second_instance', 'closed_external', 'withdrawn_by_subject')",
            name=op.f("ck_appeal_step_state"),
        ),
        sa.CheckConstraint(
            "step IN ('lodge', 'prove', 'lapse', 'admit', 'answer', 'miss_answer', 'claim', 'assign', 'release', 'ask', 'reply', 'miss_reply', 'add_evidence', 'admit_artefact', 'draft', 'approve', 'return', 'miss_decision', 'tell', 'miss_telling', 'ask_second', 'seat', 'vote', 'miss_second', 'drop_second', 'record_external', 'apply_external', 'miss_external', 'withdraw', 'close')",
            name=op.f("ck_appeal_step_step"),
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_step_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_step_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_step")),
        comment="Each step that was taken, once",
    )
    op.create_table(
        "appeal_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("visible_to", postgresql.ARRAY(sa.String(length=8)), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_jws", sa.LargeBinary(), nullable=True),
        sa.Column("jws_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('appeal', 'answer', 'question', 'reply', 'remark')", name=op.f("ck_appeal_message_kind")
        ),
        sa.CheckConstraint("side IN ('member', 'registry', 'subject')", name=op.f("ck_appeal_message_side")),
        sa.CheckConstraint(
            "visible_to <@ ARRAY['member', 'registry', 'subject']::varchar[] AND 'registry' = ANY (visible_to)",
            name=op.f("ck_appeal_message_readers"),
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_message_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_message_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_message")),
        comment="The thread of three parties",
    )
    op.create_table(
        "appeal_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('chat', 'decision', 'document', 'photo', 'video', 'other')", name=op.f("ck_appeal_evidence_kind")
        ),
        sa.CheckConstraint("side IN ('member', 'registry', 'subject')", name=op.f("ck_appeal_evidence_side")),
        sa.CheckConstraint("size > 0", name=op.f("ck_appeal_evidence_size")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_evidence_appeal_id_appeal")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appeal_evidence_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_evidence")),
        sa.UniqueConstraint("appeal_id", "sha256", name=op.f("uq_appeal_evidence_appeal_id_sha256")),
        comment="The manifest of what was put forward; the bytes are sealed elsewhere",
    )
    op.create_table(
        "appeal_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("template", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_letter", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('arrival', 'lapse', 'admission', 'reminder', 'question', 'decision')",
            name=op.f("ck_appeal_letter_kind"),
        ),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_appeal_letter_language")),
        sa.CheckConstraint("side IN ('member', 'subject')", name=op.f("ck_appeal_letter_side")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_letter_appeal_id_appeal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_letter")),
    )
    op.create_table(
        "appeal_reminder",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_appeal_reminder_appeal_id_appeal")),
        sa.PrimaryKeyConstraint("appeal_id", "step", "due_at", "hours", name=op.f("pk_appeal_reminder")),
        comment="Reminders sent, each once",
    )
    op.create_index(op.f("ix_appeal_holder"), "appeal", ["holder"], unique=False)
    op.create_index("ix_appeal_member_id_received_at", "appeal", ["member_id", "received_at", "id"], unique=False)
    op.create_index(op.f("ix_appeal_report_id"), "appeal", ["report_id"], unique=False)
    op.create_index("ix_appeal_state_next_due_at", "appeal", ["state", "next_due_at", "id"], unique=False)
    op.create_index(
        "ix_appeal_wake_at", "appeal", ["wake_at", "id"], unique=False, postgresql_where=sa.text("wake_at IS NOT NULL")
    )
    op.create_index(op.f("ix_appeal_step_appeal_id"), "appeal_step", ["appeal_id"], unique=False)
    op.create_index(op.f("ix_appeal_message_appeal_id"), "appeal_message", ["appeal_id"], unique=False)
    op.create_index(op.f("ix_appeal_letter_appeal_id"), "appeal_letter", ["appeal_id"], unique=False)
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
    for table in (*reversed(APPEND_ONLY), "appeal"):
        op.drop_table(table)
    for column in ("act_denied", "appeal_open"):
        op.drop_column("report", column)
    _revise(*REVISIONS)
