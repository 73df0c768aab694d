"""What auditors search by, look at together, and leave behind: columns, indexes, samples, saved searches.

Revision: 202611212252, after 202611212246.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611212252"
down_revision = "202611212246"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit.saved_search", "audit.sample", "audit.sample_item", "audit.finding", "audit.sign_off")

GRANTS = (
    *(f"SELECT, INSERT ON {table} TO registry_api" for table in APPEND_ONLY),
    *(f"SELECT ON {table} TO registry_auditor" for table in APPEND_ONLY),
    # A member may take its own staff's tags back.
    "SELECT, INSERT, DELETE ON member_staff_tag TO registry_api",
    "SELECT ON member_staff_tag TO registry_auditor",
    # Whether a claim that was asked about became a report.
    "SELECT (id, member_id, group_id, claim_ref, filed_at) ON report TO registry_auditor",
)

# The bulk of the log is answered questions about open claims. What is rarer has an index of its own, which that bulk
# never touches.
RARER = {"type": "type <> 1", "action": "action <> 'score.query'", "purpose": "purpose <> 'Q1'"}


def upgrade() -> None:
    op.add_column("entry", sa.Column("action", sa.String(length=60), nullable=True), schema="audit")
    op.add_column("batch_item", sa.Column("commitment", sa.LargeBinary(length=32), nullable=True), schema="audit")
    op.create_index(
        "ix_entry_seen",
        "entry",
        ["id"],
        schema="audit",
        postgresql_include=["t_ms", "type", "member_id", "action", "purpose", "outcome", "writer_id", "writer_seq"],
    )
    op.create_index("ix_entry_staff_tag_id", "entry", ["staff_tag", "id"], schema="audit")
    for column, where in {**RARER, "outcome": "outcome <> 'answered'"}.items():
        op.create_index(f"ix_entry_{column}_id", "entry", [column, "id"], schema="audit", postgresql_where=where)
    op.drop_index("ix_entry_tag_entry_id", table_name="entry_tag", schema="audit")
    op.create_index("ix_entry_tag_entry_id", "entry_tag", ["entry_id"], schema="audit", postgresql_include=["tag"])
    op.create_index("ix_disclosure_at", "disclosure", ["at"], postgresql_include=["member_id", "query_id", "entry_id"])
    op.create_index("ix_claim_first_at", "claim", ["first_at"])
    op.create_index("ix_checkpoint_t_ms", "checkpoint", ["t_ms"], schema="audit")
    _create_tables()
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
        )


def _create_tables() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        schema="audit",
        comment="The newest of an auditor and a name counts; without a filter it is taken back",
    )
    op.create_index("ix_saved_search_staff_id_name", "saved_search", ["staff_id", "name", "id"], schema="audit")
    op.create_table(
        "sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=False),
        sa.Column("purpose", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        schema="audit",
        comment="Drawn by seed and tree size alone, so that anybody can draw it again",
    )
    op.create_table(
        "sample_item",
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", "position", name=op.f("pk_sample_item")),
        sa.ForeignKeyConstraint(["sample_id"], ["audit.sample.id"], name=op.f("fk_sample_item_sample_id_sample")),
        schema="audit",
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("finding", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "finding IN ('in_order', 'purpose_doubtful', 'basis_missing', 'claim_missing', 'excessive', 'unexplained', 'unreadable')",
            name=op.f("ck_finding_finding"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.ForeignKeyConstraint(
            ["sample_id", "position"],
            ["audit.sample_item.sample_id", "audit.sample_item.position"],
            name=op.f("fk_finding_sample_id_sample_item"),
        ),
        schema="audit",
        comment="The newest of an item counts",
    )
    op.create_index("ix_finding_sample_id_position", "finding", ["sample_id", "position", "id"], schema="audit")
    op.create_table(
        "sign_off",
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_sign_off")),
        sa.ForeignKeyConstraint(["sample_id"], ["audit.sample.id"], name=op.f("fk_sign_off_sample_id_sample")),
        schema="audit",
    )
    op.create_table(
        "member_staff_tag",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "tag", name=op.f("pk_member_staff_tag")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_staff_tag_member_id_member")),
        comment="Blind tags of a member's own people, given of its own will, so that look-ups of colleagues show",
    )


def downgrade() -> None:
    op.drop_table("member_staff_tag")
    for table in ("sign_off", "finding", "sample_item", "sample", "saved_search"):
        op.drop_table(table, schema="audit")
    op.execute("REVOKE SELECT (id, member_id, group_id, claim_ref, filed_at) ON report FROM registry_auditor")
    op.drop_index("ix_checkpoint_t_ms", table_name="checkpoint", schema="audit")
    op.drop_index("ix_claim_first_at", table_name="claim")
    op.drop_index("ix_disclosure_at", table_name="disclosure")
    op.drop_index("ix_entry_tag_entry_id", table_name="entry_tag", schema="audit")
    op.create_index("ix_entry_tag_entry_id", "entry_tag", ["entry_id"], schema="audit")
    for column in ("outcome", *reversed(RARER), "staff_tag"):
        op.drop_index(f"ix_entry_{column}_id", table_name="entry", schema="audit")
    op.drop_index("ix_entry_seen", table_name="entry", schema="audit")
    op.drop_column("batch_item", "commitment", schema="audit")
    op.drop_column("entry", "action", schema="audit")
