"""Webhooks: messages put into the outbox by other use cases, endpoints kept by members, deliveries done by workers."""

from registry.services.webhooks.deliveries import Parcel, forget, settle, take
from registry.services.webhooks.desk import Desk, WebhookKeys
from registry.services.webhooks.endpoints import (
    Secrets,
    add,
    change,
    remove,
    replay,
    reveal,
    rotate,
    test,
)
from registry.services.webhooks.outbox import enqueue, enqueue_all

__all__ = [
    "Desk",
    "Parcel",
    "Secrets",
    "WebhookKeys",
    "add",
    "change",
    "enqueue",
    "enqueue_all",
    "forget",
    "remove",
    "replay",
    "reveal",
    "rotate",
    "settle",
    "take",
    "test",
]
