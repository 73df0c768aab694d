"""Cosignatures of witnesses under our checkpoints, kept for ever.

Revision: 202611212246, after 202611212240.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212246"
down_revision = "202611212240"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT ON audit.cosignature TO registry_api, registry_worker, registry_auditor",
    "INSERT ON audit.cosignature TO registry_worker",
)


def upgrade() -> None:
    op.create_table(
        "cosignature",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key_name", sa.String(length=255), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=4), nullable=False),
        sa.Column("t_s", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", "size", "key_name", "key_id", "t_s", name=op.f("pk_cosignature")),
        schema="audit",
        comment="What witnesses said of a checkpoint; a checkpoint that has any here meets the quorum",
    )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.cosignature "
        "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit.cosignature "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("cosignature", schema="audit")
