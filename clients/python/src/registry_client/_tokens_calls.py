"""Fetch the manifest, have blinded identifiers evaluated, and finish the tokens: the network's part of `tokens.py`."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from registry_client._exchange import Call, Exchange, object_of
from registry_client._http import Compute, Flow
from registry_client.errors import Conflict, Context, TokensUnavailable
from registry_client.log import CheckpointStore
from registry_client.scores import Tokens
from registry_client.tokens import Batch, Identifiers, Tokeniser, Work
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.manifest import Last

MANIFEST_SECONDS = 3_600


class TokenDesk:
    """Turns identifiers into tokens.

    Args:
        exchange: performs the calls.
        tokeniser: blinds, checks, finishes.
        clock: real time, seconds since 1970; a key operator knows no other.
        realm: under which `store` keeps the last manifest.
        store: where the last manifest is kept, beside the last checkpoint.
    """

    def __init__(
        self, exchange: Exchange, tokeniser: Tokeniser, clock: Callable[[], float], realm: str, store: CheckpointStore
    ) -> None:
        self._exchange = exchange
        self._tokeniser = tokeniser
        self._clock = clock
        self._place = f"{realm}/manifest"
        self._store = store
        self._fetched: float | None = None

    def tokenise(
        self, people: Sequence[Identifiers], *, epochs: Sequence[int] | None, until: float
    ) -> Flow[list[Tokens]]:
        """Return the tokens of each person, in order."""
        try:
            yield from self._refresh(until)
            try:
                return (yield from self._tokens(people, epochs, until))
            except Conflict as error:
                if error.code != "key_unknown":
                    raise
            # An epoch ended, or was opened, since we last looked.
            self._fetched = None
            yield from self._refresh(until)
            return (yield from self._tokens(people, epochs, until))
        except FormatError as error:
            raise TokensUnavailable(error.code, Context()) from error

    def _refresh(self, until: float) -> Flow[None]:
        now = self._clock()
        if self._fetched is not None and 0 <= now - self._fetched < MANIFEST_SECONDS:
            return
        call = Call("GET", "/v1/tokens/manifest", object_of, scope=None)
        envelope = yield from self._exchange.perform(call, until=until)
        last = self._tokeniser.trust(envelope, now=int(now))
        self._store.save(self._place, write_last(last))
        self._fetched = now

    def _tokens(self, people: Sequence[Identifiers], epochs: Sequence[int] | None, until: float) -> Flow[list[Tokens]]:
        work: Work = yield Compute(partial(self._tokeniser.prepare, people, epochs=epochs))
        answers: list[Any] = []
        for batch in work.batches:
            call = Call("POST", "/v1/tokens:evaluate", object_of, partial(self._request, batch))
            answers.append((yield from self._exchange.perform(call, until=until)))
        named = yield Compute(partial(self._tokeniser.finish, work, answers))
        return [Tokens(one) for one in named]

    def _request(self, batch: Batch) -> bytes:
        return json.dumps(self._tokeniser.request(batch, now_ms=int(self._clock() * 1000))).encode()


def write_last(last: Last) -> str:
    """Write what to remember of a manifest as a line of text."""
    return f"{last.seq} {base64std.encode(last.hash)}"


def read_last(text: str | None) -> Last | None:
    """Read what `write_last` wrote; `manifest_memory_malformed` rather than trust anew."""
    if text is None:
        return None
    number, _, digest = text.partition(" ")
    if not number.isdecimal():
        raise FormatError("manifest_memory_malformed")
    return Last(int(number), base64std.decode(digest, code="manifest_memory_malformed", size=32))
