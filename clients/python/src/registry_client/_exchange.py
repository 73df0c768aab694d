"""One call to the registry, from sign-in to answer: what all operations share."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from registry_client import sign_in
from registry_client._http import Flow, NoReply, Reply, Request
from registry_client._retry import Retry, attempts
from registry_client.errors import (
    AnswerMalformed,
    Context,
    RegistryClientError,
    RegistryUnreachable,
    SignInRefused,
    refusal,
)
from registry_client.sign_in import Credentials, TokenShelf
from registry_formats.errors import FormatError

T = TypeVar("T")
JSON = "application/json"
RELAY_SCOPE = "notices:serve"
_BAD_REQUEST, _UNAUTHORIZED = 400, 401


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One operation: what to send and how to read what comes back.

    Args:
        method: of HTTP.
        path: after the base URL, with its query.
        parse: makes the result of the answer; may raise KeyError, TypeError, ValueError for an answer of another shape.
        body: the bytes, or what makes them for each attempt where a retry must be signed anew.
        media_type: of the body.
        keyed: the operation takes an idempotency key, the same one for all attempts.
        scope: to sign in for; empty for all that the member has, None for a public operation.
        relay: it goes to the relay, which is another origin.
    """

    method: str
    path: str
    parse: Callable[[Reply], T]
    body: bytes | Callable[[], bytes] = field(default=b"", repr=False)
    media_type: str = JSON
    keyed: bool = False
    scope: str | None = ""
    relay: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """Where to call and how; the same for all calls of a client.

    Args:
        base_url: of the registry, without a slash at its end.
        relay_url: of the relay, likewise.
        language: of the titles in problems, `zh` or `en`.
        timeout: seconds for one attempt.
        clock: real time, in seconds since 1970.
        entropy: a source of secure random bytes.
    """

    base_url: str
    relay_url: str
    language: str
    timeout: float
    retry: Retry
    clock: Callable[[], float]
    entropy: Callable[[int], bytes]

    def draw(self) -> float:
        """Draw a uniform random number of [0, 1)."""
        return int.from_bytes(self.entropy(6)) / 2**48

    def name(self) -> str:
        """Make a fresh name, for a request or for a call: a UUIDv4."""
        return str(UUID(bytes=self.entropy(16), version=4))


class Exchange:
    """Performs calls for one member."""

    def __init__(self, credentials: Credentials, setting: Setting) -> None:
        self._credentials = credentials
        self._setting = setting
        self._shelf = TokenShelf()

    def perform(self, call: Call[T], *, until: float) -> Flow[T]:
        """Perform a call before the time `until`; every exception is a `RegistryClientError`."""
        key = self._setting.name() if call.keyed else None
        token = (yield from self._token(call.scope, key, until)) if call.scope is not None else None
        reply = yield from self._send(call, key, token, until)
        if reply.status == _UNAUTHORIZED and token is not None and call.scope is not None:
            # Ended early: the member rotated its key, or the registry its own; the token's time says nothing of that.
            # Or the key operator has restarted, and wants a younger request.
            if self._refusal(reply, key).code.startswith("access_token_"):
                self._shelf.forget(call.scope, token)
            token = yield from self._token(call.scope, key, until)
            reply = yield from self._send(call, key, token, until)
        if reply.status >= _BAD_REQUEST:
            raise self._refusal(reply, key)
        return self._parsed(call, reply, key)

    def _token(self, scope: str, key: str | None, until: float) -> Flow[str]:
        now = self._setting.clock()
        found = self._shelf.find(scope, now=now)
        if found is not None:
            return found

        def build() -> Request:
            headers, at, jti = self._headers(), self._setting.clock(), self._setting.name()
            base = self._setting.base_url
            return sign_in.build(self._credentials, base, scope=scope, headers=headers, now=at, jti=jti)

        reply = yield from self._attempts(build, key, until)
        if reply.status >= _BAD_REQUEST:
            refused = self._refusal(reply, key)
            raise refused if refused.retryable else SignInRefused(refused.code, refused.context)
        # Counted from before it was asked for, so that it never seems to live longer than it does.
        token = sign_in.parse(reply, now=now)
        if token is None:
            raise AnswerMalformed("token_malformed", self._context(reply, key))
        return self._shelf.keep(scope, token)

    def _send(self, call: Call[T], key: str | None, token: str | None, until: float) -> Flow[Reply]:
        origin = self._setting.relay_url if call.relay else self._setting.base_url
        fixed = ({"authorization": f"Bearer {token}"} if token else {}) | ({"idempotency-key": key} if key else {})

        def build() -> Request:
            content = call.body if isinstance(call.body, bytes) else call.body()
            typed = {"content-type": call.media_type} if content else {}
            return Request(call.method, origin + call.path, {**self._headers(), **typed, **fixed}, content)

        return (yield from self._attempts(build, key, until))

    def _attempts(self, build: Callable[[], Request], key: str | None, until: float) -> Flow[Reply]:
        setting, sent = self._setting, ""

        def remembered() -> Request:
            nonlocal sent
            request = build()
            sent = request.headers["x-request-id"]
            return request

        outcome = yield from attempts(
            remembered, setting.retry, timeout=setting.timeout, until=until, clock=setting.clock, draw=setting.draw
        )
        if isinstance(outcome, NoReply):
            raise RegistryUnreachable("unreachable", Context(sent, key, retryable=True, title=outcome.reason))
        return replace(outcome, headers={"x-request-id": sent, **outcome.headers})

    def _headers(self) -> dict[str, str]:
        language, name = self._setting.language, self._setting.name()
        return {"accept": JSON, "accept-language": language, "user-agent": "registry-client", "x-request-id": name}

    def _refusal(self, reply: Reply, key: str | None) -> RegistryClientError:
        sent = reply.headers["x-request-id"]
        now = self._setting.clock()
        return refusal(reply.status, reply.headers, reply.content, sent_id=sent, idempotency_key=key, now=now)

    def _parsed(self, call: Call[T], reply: Reply, key: str | None) -> T:
        try:
            return call.parse(reply)
        except FormatError as error:
            raise AnswerMalformed(error.code, self._context(reply, key)) from error
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise AnswerMalformed("answer_malformed", self._context(reply, key)) from error

    def _context(self, reply: Reply, key: str | None) -> Context:
        # A page of a proxy, most likely: gone in a moment, and to a shop no better than no answer.
        return Context(reply.headers["x-request-id"], key, retryable=True, status=reply.status)


def object_of(reply: Reply) -> Mapping[str, Any]:
    """Read a JSON object; ValueError or TypeError for anything else."""
    value = json.loads(reply.content)
    if not isinstance(value, dict):
        raise TypeError
    return value


def text_of(reply: Reply) -> str:
    """Read plain text; ValueError if it is not UTF-8."""
    return reply.content.decode()
