"""Receive webhooks (Standard Webhooks 1.0.0): check the signature before believing a word, then read the message.

A message names what happened and carries ids; fetch the rest from the registry. It may come more than once: remember
its `id` and act on the first. Answer 2xx as soon as it is stored; whatever else is answered is tried again for 4 days.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from registry_client.errors import WebhookUnverified


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What the registry tells.

    Args:
        id: the same whenever the message comes; by it a repetition is recognised.
        type: what happened, such as `record.recalled`; there may be new ones.
        at: when it happened.
        livemode: false in a sandbox.
        data: ids, and words of the registry's; never a token.
    """

    id: str
    type: str
    at: datetime
    livemode: bool
    data: Mapping[str, Any]


def verify(body: bytes, headers: Mapping[str, str], *secrets: str) -> WebhookMessage:
    """Check that a request comes from the registry and is of these five minutes, and read it.

    Args:
        body: the body as it came, byte for byte.
        headers: of the request.
        secrets: of the endpoint, `whsec_…`; the new one and the old one while they are rotated.

    Errors: WebhookUnverified `webhook_unverified` (answer 401 and forget it), `webhook_malformed`.
    """
    if not any(_fits(secret, body, headers) for secret in secrets):
        raise WebhookUnverified("webhook_unverified")
    try:
        message = json.loads(body)
        return WebhookMessage(
            id=next(value for name, value in headers.items() if name.lower() == "webhook-id"),
            type=str(message["type"]),
            at=datetime.fromisoformat(message["timestamp"]),
            livemode=bool(message["livemode"]),
            data=dict(message["data"]),
        )
    except (ValueError, KeyError, TypeError):
        raise WebhookUnverified("webhook_malformed") from None


def _fits(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    webhook = Webhook(secret)
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    # The library lets through what its parsing of a stranger's headers and body raises.
    except (WebhookVerificationError, ValueError):
        return False
    return True
