"""What a member's receiver believes: the registry's own messages, as the registry signs them, and nothing else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from registry.clock import real_time
from registry.domain.webhooks import Event
from registry.services.webhooks.desk import headers, text_of
from registry.store.webhooks import Message
from registry_client.errors import WebhookUnverified
from registry_client.webhooks import verify

VECTORS = json.loads((Path(__file__).parents[2] / "clients" / "vectors" / "webhooks.json").read_text())

NEW, OLD = bytes(range(32, 64)), bytes(range(32))
BODY = VECTORS["signed"][1]["body"].encode()


def message(at: datetime | None = None) -> Message:
    return Message(UUID(VECTORS["signed"][1]["id"]), UUID(int=1), Event.RECORD_RECALLED, {}, at or real_time())


@pytest.mark.parametrize("case", VECTORS["signed"])
def test_a_message_is_signed_as_the_vectors_say(case: dict[str, Any]) -> None:
    at = datetime.fromtimestamp(case["timestamp"], UTC)
    signed = [Webhook(secret).sign(case["id"], at, case["body"]) for secret in case["secrets"]]
    assert " ".join(signed) == case["signature"]


def test_the_registry_signs_as_the_vectors_say() -> None:
    case = VECTORS["signed"][2]
    signed = headers(message(), BODY, [NEW, OLD], at=datetime.fromtimestamp(case["timestamp"], UTC))
    assert signed["webhook-signature"] == case["signature"]
    assert signed["webhook-id"] == case["id"]
    assert signed["webhook-timestamp"] == str(case["timestamp"])


@pytest.mark.parametrize("secrets", [[NEW], [OLD], [OLD, NEW], [bytes(32), NEW]])
def test_a_message_is_believed_under_any_of_its_secrets(secrets: list[bytes]) -> None:
    signed = {name.title(): value for name, value in headers(message(), BODY, [NEW, OLD], at=real_time()).items()}
    heard = verify(BODY, signed, *map(text_of, secrets))
    assert (heard.id, heard.type) == (VECTORS["signed"][1]["id"], "record.recalled")
    assert heard.at == datetime(2026, 11, 21, tzinfo=UTC)
    assert heard.data["report_id"] == "01937d5e-8c00-7a10-8000-0000000000b1"
    assert heard.livemode is False


def refusal(body: bytes, given: dict[str, str], *secrets: str) -> str:
    with pytest.raises(WebhookUnverified) as refused:
        verify(body, given, *secrets)
    return refused.value.code


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_what_nobody_signed_is_not_believed(case: dict[str, str]) -> None:
    signed = headers(message(), BODY, [NEW], at=real_time()) | {"webhook-signature": case["signature"]}
    assert refusal(BODY, signed, case["secret"]) == "webhook_unverified"


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_message_of_another_time_is_not_believed(age: timedelta) -> None:
    assert refusal(BODY, headers(message(), BODY, [NEW], at=real_time() - age), text_of(NEW)) == "webhook_unverified"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_a_header_is_not_believed(name: str) -> None:
    signed = headers(message(), BODY, [NEW], at=real_time())
    del signed[name]
    assert refusal(BODY, signed, text_of(NEW)) == "webhook_unverified"


def test_a_changed_message_is_not_believed() -> None:
    signed = headers(message(), BODY, [NEW], at=real_time())
    assert refusal(BODY.replace(b"removed", b"amended"), signed, text_of(NEW)) == "webhook_unverified"
    assert refusal(b"\xff" + BODY, signed, text_of(NEW)) == "webhook_unverified"


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'{"type":"x","timestamp":"y","livemode":true,"data":{}}'])
def test_a_message_that_cannot_be_read_is_told_apart(body: bytes) -> None:
    assert refusal(body, headers(message(), body, [NEW], at=real_time()), text_of(NEW)) == "webhook_malformed"
