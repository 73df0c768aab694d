"""SMS: one HTTP request to the operator's gateway, whose JSON the operator writes down once as a template.

| the gateway says | meaning |
| --- | --- |
| 2xx, and the agreed words if any | taken over |
| 400, 410, 422 | `Unreachable`: this message to this number is refused for ever |
| anything else, a redirect too, or nothing | may pass |
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from registry.relay.adapters import Unreachable
from registry.relay.contacts import Contact
from registry.relay.letters import Written
from registry_formats import normalise
from registry_formats.cfr1 import Kind
from registry_formats.errors import FormatError

_SECONDS = 15.0
_FOR_EVER = frozenset({400, 410, 422})
_ANSWER_MAX = 65_536
_PLACE = re.compile(r"\{(id|subject|text|to)\}")


@dataclass(frozen=True, slots=True)
class Gateway:
    """How the gateway is asked.

    Args:
        url: where to.
        headers: sent as they are, among them what signs us in.
        body: JSON, in whose texts `{to}` (E.164), `{text}`, `{subject}` and `{id}` are filled in.
        accepted: what the answer must contain besides its status 2xx, for gateways that report failures with 200.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any
    accepted: str = ""


class NotTaken(Exception):
    """The gateway did not take the letter over now; says nothing more, because its answer may quote the contact."""


class GatewayAdapter:
    """Sends each letter as one SMS, split by the gateway as needed."""

    channel = "sms"

    def __init__(self, gateway: Gateway, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._gateway = gateway
        self._transport = transport

    async def deliver(self, contact: Contact, letter: Written, *, notice_id: UUID) -> None:
        """Ask the gateway, under the notice's id as `Idempotency-Key`. Unreachable, NotTaken, HTTPError."""
        try:
            to = normalise.value(Kind.PHONE, contact.value)
        except FormatError:
            raise Unreachable from None
        values = {"to": to, "text": letter.text, "subject": letter.subject, "id": str(notice_id)}
        status, answer = await self._ask(_filled(self._gateway.body, values), str(notice_id))
        if status in _FOR_EVER:
            raise Unreachable
        if not httpx.codes.is_success(status) or self._gateway.accepted not in answer:
            raise NotTaken

    async def _ask(self, body: Any, key: str) -> tuple[int, str]:  # noqa: ANN401 - any JSON value
        headers = {"Idempotency-Key": key, **self._gateway.headers}
        async with (
            asyncio.timeout(_SECONDS),
            httpx.AsyncClient(transport=self._transport, timeout=_SECONDS, trust_env=False) as http,
            http.stream("POST", self._gateway.url, json=body, headers=headers) as answer,
        ):
            read = b""
            async for chunk in answer.aiter_bytes():
                read += chunk
                if len(read) > _ANSWER_MAX:
                    raise NotTaken
            return answer.status_code, read.decode("utf-8", "replace")


def _filled(template: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Fill the places in once; what is filled in is never read as a place itself."""
    if isinstance(template, str):
        return _PLACE.sub(lambda place: values[place[1]], template)
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    if isinstance(template, dict):
        return {name: _filled(one, values) for name, one in template.items()}
    return template
