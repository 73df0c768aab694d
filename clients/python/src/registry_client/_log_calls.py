"""Ask the registry for its log's signed heads and proofs, and check them against the history known so far."""

from collections.abc import Callable

from registry_client._exchange import Call, Exchange, object_of, text_of
from registry_client._http import Flow, Pause, Reply
from registry_client.errors import Context, NotFound, ProofUnverified, RegistryUnavailable
from registry_client.log import CheckpointStore, LogForkedError, LogWatch, proof_checkpoint
from registry_client.receipts import Filed as Kept
from registry_client.trust import Trust, origin_of
from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint

SEAL_SECONDS = 1.0
GRACE_MS = 10_000


class LogReader:
    """Follows the logs of one registry, as one of its witnesses.

    Args:
        exchange: performs the calls.
        trust: the pinned keys.
        store: where the last checkpoint is kept.
        clock: the registry's time, seconds since 1970.
    """

    def __init__(self, exchange: Exchange, trust: Trust, store: CheckpointStore, clock: Callable[[], float]) -> None:
        self._exchange = exchange
        self._trust = trust
        self._policy = trust.policy
        self._store = store
        self._clock = clock

    def prove(
        self, receipt: Kept, *, until: float, waits_until: float, real_clock: Callable[[], float]
    ) -> Flow[Checkpoint]:
        """Fetch and check the proof that the entry of a receipt is in the log; wait for it while it may still come.

        Args:
            receipt: the promise.
            until: when each call must be over.
            waits_until: how long to ask again.
            real_clock: of both times.
        """
        call = Call("GET", f"/v1/log/proofs/inclusion?entry_id={receipt.receipt.entry_id}", text_of)
        while True:
            try:
                proof = yield from self._exchange.perform(call, until=until)
                checkpoint = yield from self._check(receipt, proof, until)
                if self._is_cosigned(proof):
                    return checkpoint
                missing = ProofUnverified("quorum_missing", Context(), (receipt.note, proof_checkpoint(proof)))
            except NotFound as error:
                missing = ProofUnverified("entry_missing", error.context, (receipt.note,))
                missing.__cause__ = error
            if real_clock() + SEAL_SECONDS < waits_until:
                # Even for what seems overdue: that is by our clock, which may run ahead of the log's.
                yield Pause(SEAL_SECONDS)
                continue
            if self._clock() * 1000 > receipt.receipt.due_ms + GRACE_MS:
                # The promise is broken: what was signed is now evidence against the operator.
                raise missing
            raise missing.__cause__ or RegistryUnavailable("quorum_missing", Context(retryable=True))

    def follow(self, *, until: float) -> Flow[Checkpoint]:
        """Fetch the newest checkpoint and accept it only if it extends the last one, and enough witnesses cosigned."""
        note = yield from self._exchange.perform(Call("GET", "/v1/log/checkpoint", text_of, scope=None), until=until)
        try:
            watch = self._watch(note)
            hashes = yield from self._consistency(watch, note, until)
            checkpoint = watch.observe(note, hashes)
            if self._policy is None or self._policy.is_met(note):
                return checkpoint
        except FormatError as error:
            raise _unverified(error) from error
        raise ProofUnverified("quorum_missing", Context(), (note,))

    def _check(self, receipt: Kept, proof: str, until: float) -> Flow[Checkpoint]:
        try:
            watch = self._watch(proof_checkpoint(proof))
            hashes = yield from self._consistency(watch, proof_checkpoint(proof), until)
            return watch.prove(proof, receipt.leaf_hash, hashes)
        except FormatError as error:
            raise _unverified(error) from error

    def _is_cosigned(self, proof: str) -> bool:
        try:
            return self._policy is None or self._policy.is_met(proof_checkpoint(proof))
        except FormatError as error:
            raise _unverified(error) from error

    def _consistency(self, watch: LogWatch, note: str, until: float) -> Flow[tuple[bytes, ...]]:
        sizes = watch.consistency_needed(note)
        if sizes is None:
            return ()
        shard = origin_of(note).rpartition("/")[2]
        path = f"/v1/log/proofs/consistency?old={sizes.old}&new={sizes.new}&shard={shard}"
        return (yield from self._exchange.perform(Call("GET", path, _hashes), until=until))

    def _watch(self, checkpoint: str) -> LogWatch:
        origin = origin_of(checkpoint)
        return LogWatch(origin, self._trust.log_keys(origin), self._store)


def _hashes(reply: Reply) -> tuple[bytes, ...]:
    listed = object_of(reply)["hashes"]
    if not isinstance(listed, list):
        raise TypeError
    return tuple(base64std.decode(text, code="merkle_proof_length") for text in listed)


def _unverified(error: FormatError) -> ProofUnverified:
    evidence = (error.known, error.shown) if isinstance(error, LogForkedError) else ()
    return ProofUnverified(error.code, Context(), evidence)
