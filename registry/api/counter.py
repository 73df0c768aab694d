"""The counter: where questions about people are read and checked, and handed to the teller."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from registry.api.allowances import Allowances
from registry.api.score_models import TOKENS_MOST, QueriedIdentifier, ScoreRequest
from registry.api.turns import Turns
from registry.crypto.keyed import Keyed
from registry.domain.access import Caller
from registry.domain.closures import ClosureCase
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.errors import Denied, Fault, Malformed, Unavailable
from registry.services.scores import MEMBER_PURPOSES
from registry.teller.frames import Question, Told
from registry.teller.process import Teller
from registry_formats import cfr1

_BATCHES, _CLOSURES = 2, 1
_NUMBERS = {kind: cfr1.Kind(kind.value).number for kind in IdentifierKind}


@dataclass(frozen=True, slots=True)
class Counter:
    """Reads questions and has them answered, one claim each or many of one member's.

    Args:
        teller: answers.
        stores: makes tokens into stored ones, by epoch; a token of another epoch is refused.
        allowances: how many claims members may still ask about today.
    """

    teller: Teller
    stores: Mapping[int, Keyed]
    allowances: Allowances
    # What has a transaction to itself: the rest of the teller's time is for questions that share one.
    batches: Turns = field(default_factory=lambda: Turns(_BATCHES))
    closures: Turns = field(default_factory=lambda: Turns(_CLOSURES))

    def read(self, asked: ScoreRequest, request_sha256: str, *, caller: Caller, act: Act, at: str = "") -> Question:
        """Check what types cannot: purpose, epochs, kinds; and turn tokens into stored ones.

        Args:
            asked: the question.
            request_sha256: the digest of the request body as sent.
            caller: who asks.
            act: when, and under which request.
            at: JSON pointer of the question in the body.
        """
        if asked.purpose not in MEMBER_PURPOSES:
            raise Denied("purpose_not_allowed", faults=[Fault(f"{at}/purpose", "purpose_not_allowed")])
        tokens = list[QueryToken]()
        for place, one in enumerate(asked.identifiers):
            self._read_tokens(one, (at, place), tokens)
        if len(tokens) > TOKENS_MOST:
            raise Malformed("request_invalid", faults=[Fault(f"{at}/identifiers", "too_long")])
        return Question(act, caller, asked.purpose, asked.claim_ref, tuple(tokens), request_sha256)

    async def ask(self, questions: Sequence[Question], *, batch: bool = False) -> bytes:
        """Return the answer to one question, or to a batch of one member's, as JSON, once its trace is durable."""
        first = questions[0]
        if not batch:
            return self._charged(first, await self.teller.ask(questions))
        async with self._turn(self.batches, first, len(questions)):
            return self._charged(first, await self.teller.ask(questions, batch=True))

    async def ask_closure(self, question: Question, case: ClosureCase) -> bytes:
        """Return whether an account may be closed, as JSON, once the trace of the answer is durable."""
        async with self._turn(self.closures, question, 1):
            return self._charged(question, await self.teller.ask_closure(question, case))

    @asynccontextmanager
    async def _turn(self, turns: Turns, first: Question, spent: int) -> AsyncIterator[None]:
        """Wait for a turn; who gets none has been told nothing, and what was spent is given back.

        Nothing is given back for a later outage: the trace may be durable all the same, and whoever asks again about a
        claim that has one has that charge given back.
        """
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(turns.of(first.caller.member_id))
            except Unavailable:
                self.allowances.give_back(first.caller, spent, act=first.act)
                raise
            yield

    def _charged(self, first: Question, told: Told) -> bytes:
        """Give back what was spent on claims that had been asked about before."""
        if told.repeats:
            self.allowances.give_back(first.caller, told.repeats, act=first.act)
        return told.body

    def _read_tokens(self, identifier: QueriedIdentifier, at: tuple[str, int], tokens: list[QueryToken]) -> None:
        kind, epochs = identifier.kind, set[int]()
        for place, text in enumerate(identifier.tokens):
            number, epoch, framed = cfr1.fields(text)
            if number != _NUMBERS[kind]:
                raise _fault(*at, place, "token_kind_differs")
            # Two of one epoch are two identifiers, of which a claim may name eight.
            if epoch in epochs:
                raise _fault(*at, place, "epoch_repeated")
            epochs.add(epoch)
            store = self.stores.get(epoch)
            if store is None:
                raise _fault(*at, place, "epoch_not_live")
            tokens.append(QueryToken(kind, epoch, store(framed)))


def _fault(at: str, identifier: int, token: int, code: str) -> Malformed:
    return Malformed("request_invalid", faults=[Fault(f"{at}/identifiers/{identifier}/tokens/{token}", code)])
