"""Let each side put the same thing forward: who announces first does not keep the other from sending it.

Revision: 202611220918, after 202611220908.
"""

from alembic import op

revision = "202611220918"
down_revision = "202611220908"
branch_labels = None
depends_on = None

_BEFORE = "uq_appeal_evidence_appeal_id_sha256"
_AFTER = "uq_appeal_evidence_appeal_id_side_sha256"


def upgrade() -> None:
    op.create_unique_constraint(op.f(_AFTER), "appeal_evidence", ["appeal_id", "side", "sha256"])
    op.drop_constraint(op.f(_BEFORE), "appeal_evidence", type_="unique")


def downgrade() -> None:
    op.create_unique_constraint(op.f(_BEFORE), "appeal_evidence", ["appeal_id", "sha256"])
    op.drop_constraint(op.f(_AFTER), "appeal_evidence", type_="unique")
