"""How far each writer's numbers are in the tree, and why a shard of the log was opened.

Revision: 202611212310, after 202611212256.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212310"
down_revision = "202611212256"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT ON audit.writer_progress TO registry_api, registry_worker, registry_auditor",
    "INSERT, UPDATE ON audit.writer_progress TO registry_worker",
    # Which numbers of a writer that crashed are missing.
    "SELECT (writer_id, writer_seq) ON audit.entry TO registry_worker",
)

# What the first release sealed. It knew no last leaves, so none of its writers has ended.
COUNT = """
INSERT INTO audit.writer_progress (writer_id, sealed, top, ended)
SELECT writer_id, count(*), max(writer_seq), false FROM audit.entry JOIN audit.leaf ON leaf.entry_id = entry.id
GROUP BY writer_id
"""


def upgrade() -> None:
    op.create_table(
        "writer_progress",
        sa.Column("writer_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("sealed", sa.BigInteger(), nullable=False),
        sa.Column("top", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("writer_id", name=op.f("pk_writer_progress")),
        schema="audit",
        comment="Counted by the sequencer; can be counted again from the entries",
    )
    op.add_column("shard", sa.Column("reason", sa.String(length=20), nullable=True), schema="audit")
    op.add_column("shard", sa.Column("previous", sa.Text(), nullable=True), schema="audit")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    op.execute(COUNT)


def downgrade() -> None:
    op.drop_column("shard", "previous", schema="audit")
    op.drop_column("shard", "reason", schema="audit")
    op.drop_table("writer_progress", schema="audit")
    op.execute("REVOKE SELECT (writer_id, writer_seq) ON audit.entry FROM registry_worker")
