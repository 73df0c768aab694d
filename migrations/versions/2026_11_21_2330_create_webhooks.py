"""Webhooks: endpoints, messages, deliveries and attempts.

Revision: 202611212330, after 202611212320.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611212330"
down_revision = "202611212320"
branch_labels = None
depends_on = None

GRANTS = (
    "SELECT, INSERT ON webhook_endpoint, webhook_message, webhook_delivery TO registry_api, registry_worker",
    "SELECT ON webhook_attempt TO registry_api",
    (
        "UPDATE (url, events, status, end_reason, ended_at, sealed_secret, sealed_previous, previous_until) "
        "ON webhook_endpoint TO registry_api"
    ),
    "UPDATE (state, attempts, next_at, settled_at) ON webhook_delivery TO registry_api, registry_worker",
    # The worker: delivers, ends an endpoint that is gone, forgets.
    "UPDATE (status, end_reason, ended_at) ON webhook_endpoint TO registry_worker",
    "SELECT, INSERT, DELETE ON webhook_attempt TO registry_worker",
    "DELETE ON webhook_message, webhook_delivery TO registry_worker",
    "SELECT (id, member_id, url, events, status, end_reason, created_at, ended_at) ON webhook_endpoint TO registry_auditor",
    "SELECT ON webhook_message, webhook_delivery, webhook_attempt TO registry_auditor",
)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_previous", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('active', 'ended')", name=op.f("ck_webhook_endpoint_status")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_webhook_endpoint_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(op.f("ix_webhook_endpoint_member_id"), "webhook_endpoint", ["member_id"], unique=False)
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_webhook_message_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        comment="Written in the transaction of the fact: the outbox",
    )
    op.create_index("ix_webhook_message_member_id_created_at", "webhook_message", ["member_id", "created_at"])
    op.create_index("ix_webhook_message_created_at", "webhook_message", ["created_at"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('dead', 'delivered', 'waiting')", name=op.f("ck_webhook_delivery_state")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id_webhook_endpoint")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["webhook_message.id"], name=op.f("fk_webhook_delivery_message_id_webhook_message")
        ),
        sa.PrimaryKeyConstraint("message_id", "endpoint_id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "ix_webhook_delivery_endpoint_id_next_at",
        "webhook_delivery",
        ["endpoint_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("failure", sa.String(length=24), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index(
        "ix_webhook_attempt_endpoint_id_message_id", "webhook_attempt", ["endpoint_id", "message_id"], unique=False
    )
    op.create_index("ix_webhook_attempt_at", "webhook_attempt", ["at"], unique=False)
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def downgrade() -> None:
    op.drop_table("webhook_attempt")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_message")
    op.drop_table("webhook_endpoint")
