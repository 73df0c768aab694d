"""What the problem codes of webhooks mean, and what the caller can do."""

from collections.abc import Mapping

WEBHOOKS: Mapping[str, tuple[str, str]] = {
    "endpoint_ended": ("The endpoint has ended.", "Add another one, and have missed messages sent to it with :replay."),
    "endpoint_unknown": ("You have no such endpoint.", "Check the id."),
    "endpoints_too_many": ("A member may have ten endpoints at a time.", "Remove one that is not used any more."),
    "message_unknown": ("There is no such message to you.", "Check the id; messages are kept for 30 days."),
    "url_refused": (
        "No message can be sent to this address.",
        "Send an https URL with a host name and without a user name or fragment.",
    ),
}
