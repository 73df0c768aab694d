"""What can go wrong when a member calls the registry, as one tree. Each carries what support will ask for.

RegistryClientError
├── RegistryUnreachable      no answer came: connection, time-out, or a relay or registry that is not there
├── RegistryUnavailable      it answered that it cannot now (408, 5xx)
├── RateLimited              too much, too soon (429); `retry_after` in seconds
├── SignInRefused            the registry does not accept who we say we are (401, and refusals of `/oauth/token`)
├── Forbidden                it knows us, and we may not (403)
├── NotFound                 it does not exist, or we may not know that it does (404)
├── Conflict                 understood, but against a rule or the present state (409)
│   └── ReportRefused        a pillar of proof is missing; `faults` say which
├── RequestRefused           the request has not the form the operation asks for (other 4xx)
├── AnswerMalformed          the answer cannot be read as what it should be
├── ReceiptUnverified        an answer without a valid receipt: do not act on it, tell a human
├── ReceiptUnsaved           an answer whose receipt could not be written down: a full disk
├── ProofUnverified          the log does not prove what a receipt promised: keep the receipt, tell a human
├── TokensUnavailable        no token: bad input, too few operators, or a manifest that must not be trusted
├── WebhookUnverified        a request that says it is the registry's and is not: do not act on it
└── ImportStopped            an import ended early; `next_line` is where to go on
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one place of the request: a JSON pointer (RFC 6901) and a code."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about a failure.

    Args:
        request_id: by which the registry finds the request in its log.
        idempotency_key: of the call, None where it takes none; reuse it to ask for the outcome of a lost answer.
        faults: what is wrong, place by place.
        retryable: the same call may succeed later.
        status: the HTTP status; None if no answer came.
        retry_after: seconds the registry asked us to wait.
        facts: machine-readable values, such as the id of an existing record.
        title: one sentence for people, in the language asked for.
    """

    request_id: str | None = None
    idempotency_key: str | None = None
    faults: tuple[Fault, ...] = ()
    retryable: bool = False
    status: int | None = None
    retry_after: float | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)
    title: str = ""


class RegistryClientError(Exception):
    """Base of the tree. `code` is stable and documented; the other attributes are those of `Context`."""

    def __init__(self, code: str, context: Context = Context()) -> None:
        super().__init__(code)
        self.code = code
        self.context = context

    def __str__(self) -> str:
        """Say what is wrong and how to find it, never what was sent."""
        where = "".join(f"; {fault.pointer or '/'}: {fault.code}" for fault in self.faults)
        asked = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.code}{asked}{': ' + self.context.title if self.context.title else ''}{where}"

    @property
    def request_id(self) -> str | None:
        """By which the registry finds the request in its log."""
        return self.context.request_id

    @property
    def idempotency_key(self) -> str | None:
        """Of the call, None where it takes none."""
        return self.context.idempotency_key

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, place by place."""
        return self.context.faults

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.context.retryable

    @property
    def status(self) -> int | None:
        """The HTTP status; None if no answer came."""
        return self.context.status

    @property
    def retry_after(self) -> float | None:
        """Seconds the registry asked us to wait."""
        return self.context.retry_after

    @property
    def facts(self) -> Mapping[str, str | int]:
        """Machine-readable values, such as the id of an existing record."""
        return self.context.facts


class RegistryUnreachable(RegistryClientError):
    """No answer came."""


class RegistryUnavailable(RegistryClientError):
    """It answered that it cannot now."""


class RateLimited(RegistryClientError):
    """Too much, too soon."""


class SignInRefused(RegistryClientError):
    """The registry does not accept who we say we are."""


class Forbidden(RegistryClientError):
    """It knows us, and we may not."""


class NotFound(RegistryClientError):
    """It does not exist, or we may not know that it does."""


class Conflict(RegistryClientError):
    """Understood, but against a rule or the present state."""


class ReportRefused(Conflict):
    """A report fails the standard of proof; nothing was stored. `faults` say what is missing."""


class RequestRefused(RegistryClientError):
    """The request has not the form the operation asks for."""


class AnswerMalformed(RegistryClientError):
    """The answer cannot be read as what it should be."""


class ReceiptUnverified(RegistryClientError):
    """An answer without a valid receipt: do not act on it, tell a human."""


class ReceiptUnsaved(RegistryClientError):
    """An answer came, and its receipt could not be written down: a full disk. Ask again; the claim is counted once."""


class ProofUnverified(RegistryClientError):
    """The log does not prove what a receipt promised: keep the receipt, tell a human.

    `evidence` holds what the registry signed and broke: the receipt of an entry that never came (`entry_missing`), the
    two notes where it showed two histories (`log_forked`), or of which none is proved to continue the other (the code
    that the proof failed with). `evidence_file` is where it was saved, if it was. Without evidence nothing is saved.
    """

    evidence_file: Path | None = None

    def __init__(self, code: str, context: Context = Context(), evidence: tuple[str, ...] = ()) -> None:
        super().__init__(code, context)
        self.evidence = evidence


class TokensUnavailable(RegistryClientError):
    """No token: the input cannot be normalised, too few operators answered, or a manifest must not be trusted."""


class WebhookUnverified(RegistryClientError):
    """A request that says it comes from the registry and does not, or is old: do not act on it."""


class ImportStopped(RegistryClientError):
    """An import ended early. `next_line` (from 0) is where to go on; everything before it is settled."""

    def __init__(self, code: str, context: Context, next_line: int) -> None:
        super().__init__(code, context)
        self.next_line = next_line


_BY_STATUS: Mapping[int, type[RegistryClientError]] = {
    HTTPStatus.UNAUTHORIZED: SignInRefused,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_TIMEOUT: RegistryUnavailable,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}


def is_transient(status: int) -> bool:
    """Say whether the same request may be answered otherwise a moment later."""
    return (
        status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def refusal(
    status: int, headers: Mapping[str, str], content: bytes, *, sent_id: str, idempotency_key: str | None, now: float
) -> RegistryClientError:
    """Read a refusal: a problem (RFC 9457), an OAuth error (RFC 6749, section 5.2), or a proxy's page.

    Args:
        status: 400 or above.
        headers: with lower-case names.
        content: the body.
        sent_id: the request id we sent.
        idempotency_key: of the call, if it takes one.
        now: seconds since 1970, to read a date in `Retry-After` with.
    """
    problem = _object(content)
    code = _code(problem, status)
    context = Context(
        request_id=_text(problem, "request_id") or headers.get("x-request-id") or sent_id,
        idempotency_key=idempotency_key,
        faults=_faults(problem),
        retryable=is_transient(status) or problem.get("retryable") is True,
        status=status,
        retry_after=read_retry_after(headers.get("retry-after"), now=now),
        facts=_facts(problem),
        title=_text(problem, "title"),
    )
    if code == "report_refused":
        return ReportRefused(code, context)
    family = (
        RegistryUnavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _BY_STATUS.get(status, RequestRefused)
    )
    return family(code, context)


def code_of(content: bytes) -> str:
    """Read the code of a problem; empty if there is none."""
    return _text(_object(content), "code")


def read_retry_after(value: str | None, *, now: float) -> float | None:
    """Read seconds or an HTTP date (RFC 9110, section 10.2.3) as seconds from `now`; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _code(problem: Mapping[str, Any], status: int) -> str:
    # OAuth errors carry our code as the description, because RFC 6749 closes the list of `error`.
    return _text(problem, "code") or _text(problem, "error_description") or f"http_{status}"


def _text(problem: Mapping[str, Any], name: str) -> str:
    value = problem.get(name)
    return value[:MOST_SHOWN] if isinstance(value, str) else ""


def _faults(problem: Mapping[str, Any]) -> tuple[Fault, ...]:
    listed = problem.get("errors")
    entries = listed if isinstance(listed, list) else []
    return tuple(
        Fault(pointer, code)
        for entry in entries
        if isinstance(entry, dict)
        and isinstance(pointer := entry.get("pointer"), str)
        and isinstance(code := entry.get("code"), str)
    )


def _facts(problem: Mapping[str, Any]) -> Mapping[str, str | int]:
    facts = problem.get("facts")
    if not isinstance(facts, dict):
        return {}
    return {str(name): value for name, value in facts.items() if isinstance(value, str | int)}
