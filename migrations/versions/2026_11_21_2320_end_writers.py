"""What was said of writers that ended without a last leaf.

Revision: 202611212320, after 202611212310.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212320"
down_revision = "202611212310"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT ON audit.writer_end TO registry_api, registry_worker, registry_auditor",
    "INSERT ON audit.writer_end TO registry_worker",
)


def upgrade() -> None:
    op.create_table(
        "writer_end",
        sa.Column("writer_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("opening", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("writer_id", name=op.f("pk_writer_end")),
        schema="audit",
        comment="Opens, for everybody, the entry that says where a crashed writer ended and which numbers it lost",
    )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.writer_end "
        "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit.writer_end "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("writer_end", schema="audit")
