"""`Idempotency-Key`: a request repeated under its key changes nothing again and gets the answer the first one got.

Key, fact and answer are committed together before the answer is sent (`store/idempotency.py`), and kept seven days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel

from registry.api.deps import Now, Writes, authenticated
from registry.api.strings import IdempotencyKey
from registry.domain.access import Caller
from registry.errors import Malformed
from registry.store import idempotency as store
from registry.store.database import WriteSession
from registry.store.idempotency import Done

_JSON = "application/json"


class Replayed(Exception):
    """Carry an earlier answer past the endpoint."""

    def __init__(self, done: Done) -> None:
        super().__init__("replayed")
        self.done = done


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under its key, inside the endpoint's own transaction."""

    session: WriteSession
    member: Caller
    key: str
    fingerprint: bytes
    now: Any

    async def answer(self, status: int, content: BaseModel, headers: Mapping[str, str] | None = None) -> Response:
        """Keep the answer with the fact it tells of, and send exactly that."""
        body = content.model_dump_json().encode()
        done = Done(self.fingerprint, status, body)
        await store.remember(self.session, member_id=self.member.member_id, key=self.key, done=done, now=self.now)
        return Response(body, status, headers, _JSON)


async def _attempt(
    request: Request,
    session: Writes,
    member: Annotated[Caller, Depends(authenticated)],
    now: Now,
    key: Annotated[IdempotencyKey | None, Header(alias="Idempotency-Key")] = None,
) -> Attempt:
    if key is None:
        raise Malformed("idempotency_key_missing")
    fingerprint = await _fingerprint(request)
    done = await store.claim(session, member_id=member.member_id, key=key)
    if done is None:
        return Attempt(session, member, key, fingerprint, now)
    if done.fingerprint != fingerprint:
        raise Malformed("idempotency_key_reused")
    raise Replayed(done)


Once = Annotated[Attempt, Depends(_attempt, scope="function")]


async def _fingerprint(request: Request) -> bytes:
    body = sha256(await request.body()).digest()
    return sha256(f"{request.method}\n{request.url.path}\n".encode() + body).digest()


async def _replay(_: Request, replayed: Exception) -> Response:
    if not isinstance(replayed, Replayed):
        raise replayed
    return Response(replayed.done.body, replayed.done.status, {"idempotency-replayed": "true"}, _JSON)


def install(app: FastAPI) -> None:
    """Answer repeated requests."""
    app.add_exception_handler(Replayed, _replay)
