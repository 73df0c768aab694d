"""A referral may name a licensed credit bureau; the rules keep that off without a licence.

Revision: 202611220316, after 202611220251.
"""

from alembic import op

revision = "202611220316"
down_revision = "202611220251"
branch_labels = None
depends_on = None

RECIPIENTS = ("ai_provider", "court", "police", "regulator")


def _name(*recipients: str) -> None:
    op.drop_constraint(op.f("ck_referral_recipient"), "referral", type_="check")
    quoted = ", ".join(f"'{one}'" for one in recipients)
    op.create_check_constraint(op.f("ck_referral_recipient"), "referral", f"recipient IN ({quoted})")


def upgrade() -> None:
    _name(*RECIPIENTS, "credit_bureau")


def downgrade() -> None:
    op.execute("DELETE FROM referral WHERE recipient = 'credit_bureau'")
    _name(*RECIPIENTS)
