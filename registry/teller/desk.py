"""What a teller does with asks: gathers single questions, answers them from the database, signs, writes the replies."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
import structlog

from registry.crypto.receipts import ReceiptSigner
from registry.domain.closures import ClosureCase
from registry.domain.events import Entry
from registry.errors import Conflict, Unavailable
from registry.services import scores
from registry.services.scores import Answer, Batch, Query, Scoring
from registry.store.database import Database
from registry.teller.coalescing import BATCH_PATIENCE_SECONDS, PATIENCE_SECONDS, Coalescer
from registry.teller.frames import Kind, Outcome, Question, Reply, Told, case_of
from registry_formats import base64url

_log = structlog.get_logger()


class Desk:
    """Answers asks.

    Args:
        database: as the role of the API.
        desk: what answers are made with.
        signer: signs for each.
        scorings: by policy pack.
        send: takes replies, in any order.
    """

    def __init__(
        self,
        database: Database,
        desk: scores.Desk,
        *,
        signer: ReceiptSigner,
        scorings: Mapping[str, Scoring],
        send: Callable[[Reply], None],
    ) -> None:
        self._database = database
        self._desk = desk
        self._signer = signer
        self._scorings = scorings
        self._send = send
        self._singles: Coalescer[Query, Told | Conflict] = Coalescer(self._answer)
        self._alone: set[asyncio.Task[None]] = set()

    def take(self, group: Sequence[Sequence[Any]]) -> None:
        """Take a group of asks as they came: `[number, kind, digest, questions]` each, a closure with its case."""
        for number, kind, request_sha256, questions, *more in group:
            try:
                queries = [self._query(Question.of(one, request_sha256)) for one in questions]
                cases = [case_of(one) for one in more]
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the fault of this ask alone
                self._reply(number, error)
                continue
            if kind == Kind.ONE:
                self._singles.put(queries[0], lambda told, number=number: self._reply(number, told))  # type: ignore[misc]
                continue
            if kind == Kind.BATCH:
                settling = self._settle(number, self._answer_batch(queries), BATCH_PATIENCE_SECONDS)
            else:
                settling = self._settle(number, self._answer_closure(queries[0], cases[0]), PATIENCE_SECONDS)
            self._alone.add(task := asyncio.create_task(settling))
            task.add_done_callback(self._alone.discard)

    async def close(self) -> None:
        """Finish what is under way."""
        await self._singles.close()
        await asyncio.gather(*self._alone)

    def _query(self, asked: Question) -> Query:
        act, caller, purpose, claim_text, tokens, request_sha256 = asked
        claim_ref = base64url.decode(claim_text)
        return Query(act, caller, self._scorings[caller.policy], purpose, claim_ref, claim_text, tokens, request_sha256)

    async def _answer(self, queries: Sequence[Query]) -> list[Told | Conflict]:
        async with self._database.quick() as session:
            answers = await scores.answer(session, queries, desk=self._desk)
        return [self._write(answer) for answer in answers]

    def _write(self, answer: Answer) -> Told | Conflict:
        if answer.refusal is not None:
            return Conflict(answer.refusal)
        # What was committed to is what is sent, byte for byte, and its proof after it.
        return Told(answer.told[:-1] + b"," + orjson.dumps(self._proof(answer.entry))[1:], int(answer.again))

    async def _answer_batch(self, queries: Sequence[Query]) -> Told:
        async with self._database.quick() as session:
            batch = await scores.answer_batch(session, queries, desk=self._desk)
        return self._write_batch(batch)

    async def _answer_closure(self, query: Query, case: ClosureCase) -> Told | Conflict:
        async with self._database.quick() as session:
            answer = await scores.ask_closure(session, query, case, desk=self._desk)
        return self._write(answer)

    async def _settle(self, number: int, answering: Awaitable[Told | Conflict], patience: float) -> None:
        """Answer an ask that has a transaction of its own."""
        told: Told | Exception
        try:
            async with asyncio.timeout(patience):
                told = await answering
        except TimeoutError:
            told = Unavailable("audit_unavailable")
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked must hear of it
            told = error
        self._reply(number, told)

    def _write_batch(self, batch: Batch) -> Told:
        items = [{"result": item.fields, "salt": _base64(item.salt)} for item in batch.items]
        body = orjson.dumps({"content": batch.content, "items": items, **self._proof(batch.entry)})
        return Told(body, batch.again)

    def _proof(self, entry: Entry) -> dict[str, Any]:
        return {
            "counter": entry.counter,
            "leaf": _base64(entry.leaf),
            "salts": {"content": _base64(entry.content_salt), "org": _base64(entry.org_salt)},
            "receipt": self._signer.issue(entry.leaf),
        }

    def _reply(self, number: int, told: Told | Exception) -> None:
        match told:
            case Told():
                reply = Reply(number, Outcome.TOLD, told.repeats, told.body)
            case Conflict():
                reply = Reply(number, Outcome.REFUSED, 0, told.code.encode())
            case Unavailable():
                reply = Reply(number, Outcome.UNAVAILABLE, 0, told.code.encode())
            case _:
                _log.error("answer failed", exc_info=told)
                reply = Reply(number, Outcome.FAILED, 0, b"")
        self._send(reply)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
