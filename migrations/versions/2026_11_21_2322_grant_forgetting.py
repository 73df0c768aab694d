"""The worker finds the evidence of a report that has expired, in order to forget it.

Revision: 202611212322, after 202611212318.
"""

from alembic import op

revision = "202611212322"
down_revision = "202611212318"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT (report_id) ON evidence_artefact TO registry_worker")


def downgrade() -> None:
    op.execute("REVOKE SELECT (report_id) ON evidence_artefact FROM registry_worker")
