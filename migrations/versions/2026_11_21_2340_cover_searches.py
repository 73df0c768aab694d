"""Searches that combine rare things are answered from the indexes alone.

Revision: 202611212340, after 202611212334.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212340"
down_revision = "202611212334"
branch_labels = None
depends_on = None

SOUGHT = {"type": "1", "member_id": None, "action": "'score.query'", "purpose": "'Q1'", "outcome": "'answered'"}


def upgrade() -> None:
    _recreate(covering=True)


def downgrade() -> None:
    _recreate(covering=False)


def _recreate(*, covering: bool) -> None:
    for column, usual in SOUGHT.items():
        if usual is None:
            continue
        name = f"ix_entry_{column}_id"
        others = [other for other in SOUGHT if other != column]
        op.drop_index(name, table_name="entry", schema="audit")
        op.create_index(
            name,
            "entry",
            [column, "id"],
            schema="audit",
            postgresql_include=others if covering else None,
            postgresql_where=sa.text(f"{column} <> {usual}"),
        )
