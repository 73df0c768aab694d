"""Problem details (RFC 9457) of the relay: the same members as the registry's, and never what was sent."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from registry.errors import (
    Conflict,
    Denied,
    Malformed,
    NotFound,
    QuotaExceeded,
    RegistryError,
    Unauthenticated,
    Unavailable,
)
from registry.translations import translate

_STATUS: Mapping[type[RegistryError], int] = {
    Malformed: 422,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    QuotaExceeded: 429,
    Unavailable: 503,
}
_STATUS_OF_CODE: Mapping[str, int] = {"body_too_large": 413, "method_not_allowed": 405}
_INTERNAL = 500
_RETRY_AFTER = 5

_AGAIN = "Repeat the request after a moment; the contact is told once."
# What is the matter, and what the caller can do.
MEANINGS: Mapping[str, tuple[str, str]] = {
    "access_token_expired": ("The access token has expired.", "Sign in again at /oauth/token."),
    "access_token_invalid": ("The access token is not one of this registry's.", "Sign in again at /oauth/token."),
    "access_token_missing": (
        "No access token was sent.",
        "Sign in at /oauth/token and send the token as Authorization: Bearer.",
    ),
    "body_too_large": ("The request body is too large.", "Send one report and one contact."),
    "channel_missing": (
        "The relay has no way to reach a contact of this kind.",
        "Tell the operator of the relay.",
    ),
    "contact_not_on_report": (
        "The contact is not on this report.",
        "Serve the notice to a phone number or e-mail address the report names.",
    ),
    "contact_unreachable": (
        "The channel refuses this contact for ever.",
        "Serve the notice to another phone number or e-mail address the report names.",
    ),
    "delivery_failed": ("The letter could not be delivered now.", _AGAIN),
    "delivery_retrying": (
        "The letter could not be delivered yet; the relay tries again by itself for a day.",
        "Repeat the request later, or ask GET /v1/notices of the relay what became of it.",
    ),
    "internal": (
        "Something failed on our side.",
        "Repeat the request; if it fails again, tell the operator its request id.",
    ),
    "journal_unavailable": ("The relay cannot write down what it delivers.", "Tell the operator of the relay."),
    "member_suspended": ("The member is suspended.", "Ask the operator why and how to be admitted again."),
    "method_not_allowed": ("This path does not have that method.", "See the Allow header."),
    "notice_under_way": ("A notice of this report is being served.", _AGAIN),
    "notice_unknown": ("No letter left under this mark.", "Send the mark as it stands in the return address."),
    "notices_limited": ("Too many requests, or too many wrong contacts.", "Wait as long as Retry-After says."),
    "registry_unavailable": ("The registry does not answer the relay now.", _AGAIN),
    "report_closed": ("The report is over or restricted: there is no notice to serve.", "See the state of the report."),
    "report_step_refused": ("The report cannot take this step from its state.", "See the state of the report."),
    "request_invalid": (
        "The request does not have the form this operation asks for.",
        "Each entry of errors names a place and what is wrong there; values are never repeated.",
    ),
    "route_not_found": ("There is nothing at this path.", "See the documentation of the relay."),
    "scope_missing": (
        "The access token does not allow this operation.",
        "Sign in again and ask for the scope in the facts.",
    ),
    "scope_too_wide": (
        "The access token allows more than the relay may be trusted with.",
        "Sign in again and ask for the scope in the facts alone.",
    ),
    "served_at_refused": (
        "The time of delivery lies before the filing or in the future.",
        "Tell the operator of the relay to set its clock.",
    ),
    "tokens_unavailable": ("The key operator's answer cannot be believed.", "Tell the operator of the relay."),
}
_FALLBACK = ("The request was refused.", "See the code, and the documentation of the relay.")


def problem(error: RegistryError | None, *, issuer: str, request_id: str, language: str) -> JSONResponse:
    """Write a refusal as an answer; None for a failure that nobody foresaw."""
    code = error.code if error is not None else "internal"
    status = _INTERNAL if error is None else status_of(error)
    title, cure = MEANINGS.get(code, _FALLBACK)
    headers = {"cache-control": "no-store", "content-language": language}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = f'Bearer error="invalid_token", error_description="{code}"'
    if isinstance(error, QuotaExceeded | Unavailable):
        headers["retry-after"] = str(error.facts.get("retry_after", _RETRY_AFTER))
    members = {
        "type": f"{issuer}/docs/errors#{code}",
        "code": code,
        "title": translate(title, language),
        "status": status,
        "detail": translate(cure, language),
        "request_id": request_id,
        "retryable": error is None or error.retryable or code == "notice_under_way",
        "errors": [{"pointer": fault.pointer, "code": fault.code} for fault in error.faults] if error else [],
        "facts": error.facts if error else {},
    }
    return JSONResponse(members, status, headers, "application/problem+json")


def status_of(error: RegistryError) -> int:
    """Return the HTTP status of a refusal."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next((status for family, status in _STATUS.items() if isinstance(error, family)), _INTERNAL)
