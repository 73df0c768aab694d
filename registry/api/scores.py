"""Ask what is known of a person, for one open claim (`query`) or for many (`batch`)."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import Field

from registry.api.allowances import Allowances
from registry.api.coalescing import Coalescer
from registry.api.deps import act_of
from registry.api.edge import Edge
from registry.api.hot import HotRoute, admit, parse
from registry.api.limits import usage_headers
from registry.api.strings import Base64Url, RequestModel, TokenText
from registry.crypto.receipts import ReceiptSigner
from registry.domain.access import Caller, Scope
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind, Purpose
from registry.domain.incidents import QueryToken
from registry.domain.quotas import Quota
from registry.errors import Conflict, Denied, Fault, Malformed
from registry.services import scores
from registry.services.scores import Answer, Desk, Query, Scoring
from registry.store.database import Database
from registry_formats import base64url, cfr1

router = APIRouter(tags=["scores"], route_class=HotRoute)

TOKENS_MOST = 48
CLAIM_REF_BYTES = 32


class QueriedIdentifier(RequestModel):
    """One identifier: its kind, and its token in every live epoch."""

    kind: IdentifierKind
    tokens: Annotated[tuple[TokenText, ...], Field(min_length=1, max_length=6)]


class ScoreRequest(RequestModel):
    """One open claim and the identifiers of the person who made it."""

    purpose: Purpose
    claim_ref: Annotated[Base64Url, Field(min_length=43, max_length=43)]
    identifiers: Annotated[tuple[QueriedIdentifier, ...], Field(min_length=1, max_length=8)]


@dataclass(frozen=True, slots=True)
class Counter:
    """Where questions about people are put: what answers them and what signs for it."""

    desk: Desk
    receipts: ReceiptSigner
    peppers: Mapping[int, bytes]
    scorings: Mapping[str, Scoring]
    allowances: Allowances
    coalescer: Coalescer[Query, Answer]

    @classmethod
    def open(  # noqa: D102 - see the class
        cls,
        database: Database,
        desk: Desk,
        *,
        receipts: ReceiptSigner,
        peppers: Mapping[int, bytes],
        scorings: Mapping[str, Scoring],
    ) -> "Counter":
        async def answer(queries: Sequence[Query]) -> Sequence[Answer]:
            async with database.write() as session:
                return await scores.answer(session, queries, desk=desk)

        return cls(desk, receipts, peppers, scorings, Allowances(database, Quota.QUERIES), Coalescer(answer))

    def read(self, asked: ScoreRequest, body: bytes, *, caller: Caller, act: Act, at: str = "") -> Query:
        """Check what types cannot: purpose, epochs, kinds; and turn tokens into stored ones."""
        if asked.purpose not in scores.MEMBER_PURPOSES:
            raise Denied("purpose_not_allowed", faults=[Fault(f"{at}/purpose", "purpose_not_allowed")])
        tokens = tuple(
            self._token(text, identifier.kind, f"{at}/identifiers/{place}/tokens/{epoch}")
            for place, identifier in enumerate(asked.identifiers)
            for epoch, text in enumerate(identifier.tokens)
        )
        if len(tokens) > TOKENS_MOST:
            raise Malformed("request_invalid", faults=[Fault(f"{at}/identifiers", "tokens_too_many")])
        claim_ref = base64url.decode(asked.claim_ref, code="claim_ref_malformed")
        return Query(act, caller, self.scorings[caller.policy], asked.purpose, claim_ref, asked.claim_ref, tokens, body)

    def _token(self, text: str, kind: IdentifierKind, pointer: str) -> QueryToken:
        token = cfr1.parse(text)
        if token.kind != kind:
            raise Malformed("request_invalid", faults=[Fault(pointer, "token_kind_differs")])
        pepper = self.peppers.get(token.epoch)
        if pepper is None:
            raise Malformed("request_invalid", faults=[Fault(pointer, "epoch_not_live")])
        return QueryToken(kind, token.epoch, cfr1.stored(pepper, token))

    def write(self, answer: Answer) -> bytes:
        """Write an answer with its proof; only after its transaction has committed."""
        if answer.refusal is not None:
            raise Conflict(answer.refusal)
        entry = answer.entry
        salts = {"content": _base64(entry.content_salt), "org": _base64(entry.org_salt)}
        proof = {"leaf": _base64(entry.leaf), "salts": salts, "receipt": self.receipts.issue(entry.leaf)}
        return orjson.dumps({**answer.fields, **proof})


@router.post("/v1/scores:query", operation_id="queryScore")
async def query(request: Request) -> Response:
    """Return the score of the person behind one open claim, with reasons, permitted actions and a receipt."""
    edge: Edge = request.state.edge
    caller = await admit(request, edge, Scope.SCORES_QUERY)
    act = act_of(request, edge, caller)
    body = await request.body()
    question = edge.counter.read(parse(ScoreRequest, body), body, caller=caller, act=act)
    usage = await edge.counter.allowances.spend(caller, 1, act=act)
    answer = await edge.counter.coalescer.ask(question)
    return Response(edge.counter.write(answer), headers=usage_headers(usage), media_type="application/json")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
