"""Exports are written by a worker, lie sealed for a day, and are destroyed.

Revision: 202611220905, after 202611220900.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611220905"
down_revision = "202611220900"
branch_labels = None
depends_on = None

OPEN = "state IN ('waiting', 'running', 'done')"
PROGRESS = "attempt, beat_at, export_id, total, looked, rows, size, chunks, failure, wrapped_key, finished_at"

GRANTS = (
    "SELECT, INSERT ON audit.export_job TO registry_api",
    # An auditor may drop what was ordered; a worker then destroys it.
    "UPDATE (ends_at) ON audit.export_job TO registry_api",
    "SELECT ON audit.export_chunk TO registry_api",
    "SELECT ON audit.export_job TO registry_worker",
    f"UPDATE (state, {PROGRESS}, ends_at) ON audit.export_job TO registry_worker",
    "SELECT (job_id, position), INSERT, DELETE ON audit.export_chunk TO registry_worker",
)


def upgrade() -> None:
    op.create_table(
        "export_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("export_id", sa.Uuid(), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
            for name in ("total", "looked", "rows", "size")
        ),
        sa.Column("chunks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'gone')", name=op.f("ck_export_job_state")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_export_job_asked_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
        schema="audit",
        comment="An export that a worker writes and an auditor fetches",
    )
    op.create_index("ix_export_job_asked_by", "export_job", ["asked_by", "id"], schema="audit")
    op.create_index("ix_export_job_open", "export_job", ["id"], schema="audit", postgresql_where=sa.text(OPEN))
    op.create_table(
        "export_chunk",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["audit.export_job.id"], name=op.f("fk_export_chunk_job_id_export_job")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_export_chunk")),
        schema="audit",
    )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("export_chunk", schema="audit")
    op.drop_table("export_job", schema="audit")
