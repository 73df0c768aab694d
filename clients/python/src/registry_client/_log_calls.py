"""Ask the registry for its log's signed heads and proofs, and check them against the history known so far.

Only what the registry signed accuses it. What a proxy, a network or another process of ours may have caused is asked
again, and then an outage.
"""

from collections.abc import Callable

from registry_client._exchange import Call, Exchange, object_of, text_of
from registry_client._http import Flow, Pause, Reply
from registry_client.errors import (
    AnswerMalformed,
    Context,
    NotFound,
    ProofUnverified,
    RegistryClientError,
    RegistryUnavailable,
)
from registry_client.log import CheckpointStore, HistoryError, LogForkedError, LogWatch, Look, proof_checkpoint
from registry_client.receipts import Filed as Kept
from registry_client.trust import Trust, origin_of
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint
from registry_formats.proofs import verify_proof

SEAL_SECONDS = 1.0
GRACE_MS = 10_000
_NOT_SEALED = "entry_not_sealed"


class LogReader:
    """Follows the logs of one registry, as one of its witnesses.

    Args:
        exchange: performs the calls.
        trust: the pinned keys.
        store: where the last checkpoint is kept.
        clock: the registry's time, seconds since 1970.
        until: when a call that begins now must be over, on the clock of `prove`'s `waits_until`.
    """

    def __init__(
        self,
        exchange: Exchange,
        trust: Trust,
        store: CheckpointStore,
        clock: Callable[[], float],
        until: Callable[[], float],
    ) -> None:
        self._exchange = exchange
        self._trust = trust
        self._policy = trust.policy
        self._store = store
        self._clock = clock
        self._until = until

    def prove(self, receipt: Kept, *, waits_until: float, real_clock: Callable[[], float]) -> Flow[Checkpoint]:
        """Fetch and check the proof that the entry of a receipt is in the log; wait for it while it may still come.

        Args:
            receipt: the promise.
            waits_until: how long to ask again.
            real_clock: of that time.
        """
        spoiled = 0
        while True:
            found = yield from self._ask(receipt)
            if isinstance(found, Checkpoint):
                return found
            missing, cause = found
            # A path is signed by nobody, so a wrong one is asked for once more; time does not mend it.
            spoiled += isinstance(cause, ProofUnverified)
            if spoiled == 1 or (not spoiled and real_clock() + SEAL_SECONDS < waits_until):
                # Even for what seems overdue: a clock may have been set, a sandbox's above all.
                yield Pause(SEAL_SECONDS)
                continue
            # The promise is broken: what was signed is now evidence against the operator.
            raise missing if self._clock() * 1000 > receipt.due_ms + GRACE_MS else cause

    def follow(self) -> Flow[Checkpoint]:
        """Fetch the newest checkpoint and accept it only if it extends the last one, and enough witnesses cosigned."""
        call = Call("GET", "/v1/log/checkpoint", text_of, scope=None)
        note = yield from self._exchange.perform(call, until=self._until())
        checkpoint = yield from self._accept(_named(note), note)
        if self._is_cosigned(note):
            return checkpoint
        # What is missing was signed by nobody: witnesses may be late, and a proxy may strip their lines.
        raise ProofUnverified("quorum_missing", Context(retryable=True))

    def _ask(self, receipt: Kept) -> Flow[Checkpoint | tuple[ProofUnverified, RegistryClientError]]:
        """Ask for the proof once; return what is missing, if it is, as a broken promise and as one not yet due."""
        call = Call("GET", f"/v1/log/proofs/inclusion?entry_id={receipt.receipt.entry_id}", text_of)
        try:
            proof = yield from self._exchange.perform(call, until=self._until())
        except NotFound as error:
            if error.code != _NOT_SEALED:
                raise
            missing = ProofUnverified("entry_missing", error.context, (receipt.note,))
            missing.__cause__ = error
            return missing, error
        checkpoint = yield from self._check(receipt, proof)
        if isinstance(checkpoint, ProofUnverified):
            return checkpoint, ProofUnverified(checkpoint.code, Context(retryable=True))
        note = proof_checkpoint(proof)
        if self._is_cosigned(note):
            return checkpoint
        unseen = RegistryUnavailable("quorum_missing", Context(retryable=True))
        return ProofUnverified("quorum_missing", Context(), (receipt.note, note)), unseen

    def _check(self, receipt: Kept, proof: str) -> Flow[Checkpoint | ProofUnverified]:
        try:
            note = proof_checkpoint(proof)
        except FormatError as error:
            raise _unreadable(error) from error
        origin = _named(note)
        try:
            verify_proof(proof, receipt.leaf_hash, origin, self._trust.log_keys(origin))
        except FormatError as error:
            return ProofUnverified(error.code, Context(), (receipt.note,) if self._is_signed(origin, note) else ())
        return (yield from self._accept(origin, note))

    def _accept(self, origin: str, note: str) -> Flow[Checkpoint]:
        """Accept a checkpoint into the known history, as often as others move that on meanwhile."""
        refused = False
        while True:
            try:
                watch = self._watch(origin)
                look = watch.look(note)
                hashes = yield from self._consistency(look)
                if watch.accept(look, hashes):
                    return look.shown
            except HistoryError as error:
                # Hashes are not signed: they may have been spoiled on their way.
                if refused or isinstance(error, LogForkedError):
                    raise ProofUnverified(error.code, Context(), (error.known, error.shown)) from error
                refused = True
            except FormatError as error:
                raise ProofUnverified(error.code, Context()) from error

    def _consistency(self, look: Look) -> Flow[tuple[bytes, ...]]:
        sizes = look.needed
        if sizes is None:
            return ()
        shard = look.shown.origin.rpartition("/")[2]
        path = f"/v1/log/proofs/consistency?old={sizes.old}&new={sizes.new}&shard={shard}"
        return (yield from self._exchange.perform(Call("GET", path, _hashes), until=self._until()))

    def _is_cosigned(self, note: str) -> bool:
        try:
            return self._policy is None or self._policy.is_met(note)
        except FormatError:
            return False  # a line that is no cosignature is none

    def _is_signed(self, origin: str, note: str) -> bool:
        try:
            self._watch(origin).look(note)
        except FormatError:
            return False
        return True

    def _watch(self, origin: str) -> LogWatch:
        return LogWatch(origin, self._trust.log_keys(origin), self._store)


def _named(note: str) -> str:
    """Return the log's name of a checkpoint; an outage for what is none, such as a proxy's page."""
    try:
        return origin_of(note)
    except FormatError as error:
        raise _unreadable(error) from error


def _hashes(reply: Reply) -> tuple[bytes, ...]:
    listed = object_of(reply)["hashes"]
    if not isinstance(listed, list):
        raise TypeError
    return tuple(base64std.decode(text, code="merkle_proof_length") for text in listed)


def _unreadable(error: FormatError) -> AnswerMalformed:
    return AnswerMalformed(error.code, Context(retryable=True))
