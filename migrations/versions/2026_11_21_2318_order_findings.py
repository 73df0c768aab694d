"""Findings and kept searches are ordered as they were written; two of one millisecond have ids in no order.

Revision: 202611212318, after 202611212330.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212318"
down_revision = "202611212330"
branch_labels = None
depends_on = None

INDEXES = {
    "finding": ("ix_finding_sample_id_position", ["sample_id", "position"]),
    "saved_search": ("ix_saved_search_staff_id_name", ["staff_id", "name"]),
}


def upgrade() -> None:
    for table, (name, columns) in INDEXES.items():
        number = sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False)
        op.add_column(table, number, schema="audit")
        op.drop_index(name, table_name=table, schema="audit")
        op.create_index(name, table, [*columns, "number"], schema="audit")


def downgrade() -> None:
    for table, (name, columns) in INDEXES.items():
        op.drop_index(name, table_name=table, schema="audit")
        op.create_index(name, table, [*columns, "id"], schema="audit")
        op.drop_column(table, "number", schema="audit")
