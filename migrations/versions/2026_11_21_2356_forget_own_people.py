"""Whoever is erased is no longer among a member's own people either.

Revision: 202611212356, after 202611212340.
"""

from alembic import op

revision = "202611212356"
down_revision = "202611212340"
branch_labels = None
depends_on = None

FORGET = """
CREATE FUNCTION audit.forget_own_people() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM public.member_staff_tag WHERE tag = OLD.tag;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(FORGET)
    op.execute(
        "CREATE TRIGGER forget_own_people AFTER UPDATE ON erasure FOR EACH ROW "
        "WHEN (NEW.state = 'completed' AND OLD.tag IS NOT NULL) EXECUTE FUNCTION audit.forget_own_people()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_own_people ON erasure")
    op.execute("DROP FUNCTION audit.forget_own_people()")
