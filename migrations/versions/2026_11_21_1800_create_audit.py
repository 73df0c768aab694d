"""The audit log, its entries partitioned by month.

Revision: 202611211800, after 202611211750.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611211800"
down_revision = "202611211750"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA audit")
    op.create_table(
        "writer",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writer")),
        schema="audit",
        comment="A process that writes entries; its writer_seq has no gaps",
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("t_ms", sa.BigInteger(), nullable=False),
        sa.Column("writer_id", sa.Integer(), nullable=False),
        sa.Column("writer_seq", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=168), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=2), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("staff_tag", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sealed_org", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_staff", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_subject", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("month_key_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        schema="audit",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_entry_member_id_id", "entry", ["member_id", "id"], unique=False, schema="audit")
    op.create_table(
        "entry_tag",
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "entry_id", name=op.f("pk_entry_tag")),
        schema="audit",
        comment="HMAC(tag key, stored token): finds the entries about a person without naming one",
    )
    op.create_index("ix_entry_tag_entry_id", "entry_tag", ["entry_id"], unique=False, schema="audit")
    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=2), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_batch_item")),
        sa.UniqueConstraint("item_id", name=op.f("uq_batch_item_item_id")),
        schema="audit",
        comment="One claim of a batch query; the batch's leaf commits to the root over all of them",
    )
    op.create_table(
        "outbox",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_outbox")),
        schema="audit",
        comment="Durable but not yet in the tree; order is the sequencer's business",
    )
    op.create_table(
        "key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key")),
        schema="audit",
    )
    op.create_index(
        "ix_key_member_id_month",
        "key",
        ["member_id", "month"],
        unique=False,
        schema="audit",
        postgresql_where=sa.text("month IS NOT NULL"),
    )
    op.create_table(
        "shard",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shard")),
        sa.UniqueConstraint("origin", name=op.f("uq_shard_origin")),
        schema="audit",
    )
    op.create_table(
        "state",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", name=op.f("pk_state")),
        schema="audit",
    )
    op.create_table(
        "leaf",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", "idx", name=op.f("pk_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_leaf_entry_id")),
        schema="audit",
    )
    op.create_table(
        "tile",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=8192), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", "level", "idx", name=op.f("pk_tile")),
        schema="audit",
        comment="Full tiles only: 256 hashes of 32 bytes",
    )
    op.create_table(
        "checkpoint",
        sa.Column("shard_id", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("t_ms", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shard_id", "size", name=op.f("pk_checkpoint")),
        schema="audit",
    )


def downgrade() -> None:
    op.drop_table("checkpoint", schema="audit")
    op.drop_table("tile", schema="audit")
    op.drop_table("leaf", schema="audit")
    op.drop_table("state", schema="audit")
    op.drop_table("shard", schema="audit")
    op.drop_table("key", schema="audit")
    op.drop_table("outbox", schema="audit")
    op.drop_table("batch_item", schema="audit")
    op.drop_table("entry_tag", schema="audit")
    op.drop_table("entry", schema="audit")
    op.drop_table("writer", schema="audit")
    op.execute("DROP SCHEMA audit")
