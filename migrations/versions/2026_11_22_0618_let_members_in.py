"""Members' people and operators work in the console: keys, admission, what a member has done here, and who writes.

Revision: 202611220618, after 202611220606. Of the log the API reads no more than what was done and with what outcome,
by whom of the members and by which writer; what is sealed stays sealed.
"""

from alembic import op

revision = "202611220618"
down_revision = "202611220606"
branch_labels = None
depends_on = None

GRANTS = (
    "INSERT ON group_, member, member_key TO registry_api",
    "UPDATE (status, suspended_at, claims_per_day) ON member TO registry_api",
    "UPDATE (valid_to) ON member_key TO registry_api",
    "SELECT (action, outcome, writer_id) ON audit.entry TO registry_api",
    "SELECT (process) ON audit.writer TO registry_api",
)


def upgrade() -> None:
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    for grant in GRANTS:
        op.execute(f"REVOKE {grant.replace(' TO ', ' FROM ')}")
