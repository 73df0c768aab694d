"""Accounts of members' people: each belongs to one member and holds no role of the registry.

Revision: 202611220600, after 202611220316.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611220600"
down_revision = "202611220316"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("member_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_staff_member_id_member"), "staff", "member", ["member_id"], ["id"])
    op.create_index(op.f("ix_staff_member_id"), "staff", ["member_id"], unique=False)
    op.create_check_constraint(
        op.f("ck_staff_member_roles"),
        "staff",
        "CASE WHEN member_id IS NULL THEN NOT roles && ARRAY['member', 'member_admin']::varchar[] ELSE roles <@ ARRAY['member', 'member_admin']::varchar[] END",
    )
    op.create_table_comment(
        "staff", "Officers, reviewers, panel, auditors, operators, supervisors; and members' people"
    )


def downgrade() -> None:
    op.create_table_comment("staff", "Officers, reviewers, panel, auditors, operators and supervisors")
    op.drop_constraint(op.f("ck_staff_member_roles"), "staff", type_="check")
    op.drop_index(op.f("ix_staff_member_id"), table_name="staff")
    op.drop_constraint(op.f("fk_staff_member_id_member"), "staff", type_="foreignkey")
    op.drop_column("staff", "member_id")
