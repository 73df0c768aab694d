"""Whether an entry is about somebody is asked as the auditor, so that the API's own role stays blind to tags.

Revision: 202611212334, after 202611212322.
"""

from alembic import op

revision = "202611212334"
down_revision = "202611212322"
branch_labels = None
depends_on = None

BEARS = """
CREATE FUNCTION audit.bears(entry uuid, wanted bytea) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT FROM audit.entry_tag WHERE entry_id = entry AND tag = wanted)
$$
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION audit.bears(uuid, bytea)")


def downgrade() -> None:
    op.execute(BEARS)
    op.execute("REVOKE ALL ON FUNCTION audit.bears(uuid, bytea) FROM public")
    op.execute("GRANT EXECUTE ON FUNCTION audit.bears(uuid, bytea) TO registry_api")
