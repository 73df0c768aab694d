"""The counter: where questions about people are put, gathered, answered and signed for."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from registry.api.allowances import Allowances
from registry.api.coalescing import Coalescer
from registry.api.score_models import TOKENS_MOST, QueriedIdentifier, ScoreRequest
from registry.domain.access import Caller
from registry.domain.events import Act, Entry
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.domain.quotas import Quota
from registry.errors import Conflict, Denied, Fault, Malformed, RegistryError
from registry.services import scores
from registry.services.scores import Answer, Batch, Desk, Query, Scoring
from registry.signer.process import Signer
from registry.store.database import Database
from registry_formats import base64url, cfr1

_NUMBERS = {kind: cfr1.Kind(kind.value).number for kind in IdentifierKind}


@dataclass(frozen=True, slots=True)
class Counter:
    """Reads questions, has them answered in groups, writes answers with their proof.

    Args:
        peppers: by epoch; a token of another epoch is refused.
        scorings: by policy pack.
    """

    database: Database
    desk: Desk
    signer: Signer
    peppers: Mapping[int, bytes]
    scorings: Mapping[str, Scoring]
    allowances: Allowances
    coalescer: Coalescer[Query, bytes]

    @classmethod
    def open(
        cls,
        database: Database,
        desk: Desk,
        *,
        signer: Signer,
        peppers: Mapping[int, bytes],
        scorings: Mapping[str, Scoring],
    ) -> "Counter":
        """Open a counter on a database."""
        allowances = Allowances(database, Quota.QUERIES)

        async def answer(queries: Sequence[Query]) -> Sequence[bytes | RegistryError]:
            async with database.quick() as session:
                answers = await scores.answer(session, queries, desk=desk)
            for query, answer in zip(queries, answers, strict=True):
                allowances.give_back(query.caller, int(answer.again), act=query.act)
            receipts = await signer.sign([answer.entry.leaf for answer in answers])
            return [_write(answer, receipt) for answer, receipt in zip(answers, receipts, strict=True)]

        return cls(database, desk, signer, peppers, scorings, allowances, Coalescer(answer))

    def read(self, asked: ScoreRequest, body: bytes, *, caller: Caller, act: Act, at: str = "") -> Query:
        """Check what types cannot: purpose, epochs, kinds; and turn tokens into stored ones.

        Args:
            asked: the question.
            body: the request body as sent.
            caller: who asks.
            act: when, and under which request.
            at: JSON pointer of the question in the body.
        """
        if asked.purpose not in scores.MEMBER_PURPOSES:
            raise Denied("purpose_not_allowed", faults=[Fault(f"{at}/purpose", "purpose_not_allowed")])
        tokens = tuple(token for place, one in enumerate(asked.identifiers) for token in self._tokens(one, (at, place)))
        if len(tokens) > TOKENS_MOST:
            raise Malformed("request_invalid", faults=[Fault(f"{at}/identifiers", "too_long")])
        claim_ref = base64url.decode(asked.claim_ref)
        return Query(act, caller, self.scorings[caller.policy], asked.purpose, claim_ref, asked.claim_ref, tokens, body)

    async def ask(self, query: Query) -> bytes:
        """Return the answer to one question as JSON, once its trace is durable."""
        return await self.coalescer.ask(query)

    async def ask_batch(self, queries: Sequence[Query]) -> bytes:
        """Return the answers to many questions of one member as JSON, once their trace is durable."""
        async with self.database.quick() as session:
            batch: Batch = await scores.answer_batch(session, queries, desk=self.desk)
        self.allowances.give_back(queries[0].caller, batch.again, act=queries[0].act)
        items = [{"result": item.fields, "salt": _base64(item.salt)} for item in batch.items]
        (receipt,) = await self.signer.sign([batch.entry.leaf])
        return orjson.dumps({"content": batch.content, "items": items, **_proof(batch.entry, receipt)})

    async def close(self) -> None:
        """Finish what is under way, and end the signer."""
        await self.coalescer.close()
        await self.signer.close()

    def _tokens(self, identifier: QueriedIdentifier, at: tuple[str, int]) -> Iterable[QueryToken]:
        epochs = set[int]()
        for place, text in enumerate(identifier.tokens):
            data = cfr1.decode(text)
            if cfr1.number_of(data) != _NUMBERS[identifier.kind]:
                raise _fault(*at, place, "token_kind_differs")
            epoch = cfr1.epoch_of(data)
            # Two of one epoch are two identifiers, of which a claim may name eight.
            if epoch in epochs:
                raise _fault(*at, place, "epoch_repeated")
            epochs.add(epoch)
            pepper = self.peppers.get(epoch)
            if pepper is None:
                raise _fault(*at, place, "epoch_not_live")
            yield QueryToken(identifier.kind, epoch, cfr1.stored_bytes(pepper, data))


def _write(answer: Answer, receipt: str) -> bytes | RegistryError:
    if answer.refusal is not None:
        return Conflict(answer.refusal)
    return orjson.dumps({**answer.fields, **_proof(answer.entry, receipt)})


def _proof(entry: Entry, receipt: str) -> dict[str, Any]:
    return {
        "counter": entry.counter,
        "leaf": _base64(entry.leaf),
        "salts": {"content": _base64(entry.content_salt), "org": _base64(entry.org_salt)},
        "receipt": receipt,
    }


def _fault(at: str, identifier: int, token: int, code: str) -> Malformed:
    return Malformed("request_invalid", faults=[Fault(f"{at}/identifiers/{identifier}/tokens/{token}", code)])


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
