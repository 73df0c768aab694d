"""Webhooks: members' endpoints, messages, their way to each endpoint, and every attempt."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from registry.store.schema.columns import choice, instant, metadata, refers, uuid_key

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    uuid_key(),
    refers("member_id", "member", index=True),
    Column("url", String(500), nullable=False),
    # Empty: all events.
    Column("events", ARRAY(String(40)), nullable=False),
    *choice("status", ("active", "ended")),
    Column("end_reason", String(16), nullable=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    # The secret before the last rotation, which signs as well until then.
    Column("sealed_previous", LargeBinary, nullable=True),
    instant("previous_until", nullable=True),
    instant("created_at"),
    instant("ended_at", nullable=True),
)

webhook_message = Table(
    "webhook_message",
    metadata,
    uuid_key(),
    refers("member_id", "member"),
    Column("event", String(40), nullable=False),
    # Ids and words of ours; never a token, never anything about a person.
    Column("data", JSONB, nullable=False),
    instant("created_at"),
    Index("ix_webhook_message_member_id_created_at", "member_id", "created_at"),
    Index("ix_webhook_message_created_at", "created_at"),
    comment="Written in the transaction of the fact: the outbox",
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("message_id", Uuid, ForeignKey("webhook_message.id"), primary_key=True),
    Column("endpoint_id", Uuid, ForeignKey("webhook_endpoint.id"), primary_key=True),
    *choice("state", ("dead", "delivered", "waiting")),
    Column("attempts", Integer, nullable=False),
    # When the next attempt is due; while one is under way, when it counts as lost.
    instant("next_at"),
    instant("settled_at", nullable=True),
    Index(
        "ix_webhook_delivery_endpoint_id_next_at",
        "endpoint_id",
        "next_at",
        postgresql_where=text("state = 'waiting'"),
    ),
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    uuid_key(),
    Column("message_id", Uuid, nullable=False),
    Column("endpoint_id", Uuid, nullable=False),
    instant("at"),
    Column("status", SmallInteger, nullable=True),
    Column("failure", String(24), nullable=True),
    Column("duration_ms", Integer, nullable=False),
    Index("ix_webhook_attempt_endpoint_id_message_id", "endpoint_id", "message_id"),
    Index("ix_webhook_attempt_at", "at"),
)
