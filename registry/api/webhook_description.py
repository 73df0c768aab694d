"""The `webhooks` of the API description: what arrives at a member's endpoint, event by event."""

from collections.abc import Mapping
from typing import Any

from registry.domain.webhooks import Event

_REPORT = "01937d5e-8c00-7a10-8000-0000000000b1"
_APPEAL = {"appeal_id": "01937d5e-8c00-7a10-8000-0000000000f2", "report_id": _REPORT}
_ANSWER_BY = {**_APPEAL, "answer_by": "2026-12-11T16:00:00.000Z"}
_RECALL: Mapping[str, str | int] = {
    "recall_id": "01937d5e-8c00-7a10-8000-0000000000a1",
    "report_id": _REPORT,
    "revision": 2,
}
# What each event means, what to do, and the data it carries.
_EVENTS: Mapping[Event, tuple[str, Mapping[str, str | int]]] = {
    Event.APPEAL_ANSWER_DUE: ("An appeal against one's report waits for an answer.", _ANSWER_BY),
    Event.APPEAL_DECIDED: ("An appeal against one's report was decided.", {**_APPEAL, "result": "overturned"}),
    Event.APPEAL_OPENED: ("An appeal against one's report was admitted.", _ANSWER_BY),
    Event.KEY_EPOCH_OPENED: ("A token epoch was opened: fetch the manifest, tokenise anew.", {"epoch": 2}),
    Event.MEMBER_WARNING: ("Something in one's own conduct needs a human.", {"code": "MI-03"}),
    Event.RECORD_AMENDED: ("A record one was told of was amended: query again.", {**_RECALL, "change": "amended"}),
    Event.RECORD_RECALLED: (
        "A record one was told of was removed, disputed or suspended: act wherever it was used, then acknowledge.",
        {**_RECALL, "change": "removed"},
    ),
    Event.REPORT_STATE: ("Time moved one's own report on.", {"report_id": _REPORT, "state": "active"}),
    Event.RESTRICTION_LIFT_REQUIRED: (
        "A restriction that rested on a record must be lifted.",
        {"action": "A4", "outcome_id": "01937d5e-8c00-7a10-8000-0000000000c1", "recall_id": _RECALL["recall_id"]},
    ),
    Event.TEST: (
        "Sent on request, to see whether it arrives.",
        {"endpoint_id": "01937d5e-8c00-7a10-8000-0000000000e1"},
    ),
}
_HEADERS = {
    "webhook-id": "The message's id: the same in every attempt; by it a repetition is recognised.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "One or two signatures, `v1,` and base64, separated by a space; one good one is enough.",
}


def describe() -> dict[str, Any]:
    """Return the `webhooks` of an OpenAPI 3.1 document."""
    return {event.value: {"post": _operation(event)} for event in Event}


def _operation(event: Event) -> dict[str, Any]:
    meaning, data = _EVENTS[event]
    noun, _, verb = event.partition(".")
    example = {"data": dict(data), "livemode": False, "timestamp": "2026-11-21T00:00:00.000Z", "type": event.value}
    schema = {
        "type": "object",
        "required": ["data", "livemode", "timestamp", "type"],
        "properties": {
            "data": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            "livemode": {"type": "boolean"},
            "timestamp": {"type": "string", "format": "date-time"},
            "type": {"type": "string", "const": event.value},
        },
    }
    return {
        "operationId": f"on{noun.title()}{verb.title().replace('_', '')}",
        "summary": meaning,
        "tags": ["webhooks"],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {
            "2XX": {"description": "The message was taken."},
            "410": {"description": "The endpoint wants no more messages, and ends."},
        },
    }
