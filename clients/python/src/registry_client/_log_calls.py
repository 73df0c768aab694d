"""Ask the registry for its log's signed heads and proofs, and check them against the history known so far."""

from collections.abc import Callable
from uuid import UUID

from registry_client._exchange import Call, Exchange, object_of, text_of
from registry_client._http import Flow, Pause, Reply
from registry_client.errors import Context, NotFound, ProofUnverified
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
        self._store = store
        self._clock = clock

    def prove(self, receipt: Kept, *, until: float, real_clock: Callable[[], float]) -> Flow[Checkpoint]:
        """Fetch and check the proof that the entry of a receipt is in the log; wait for it while it may still come."""
        proof = yield from self._inclusion(receipt, until=until, real_clock=real_clock)
        try:
            watch = self._watch(proof_checkpoint(proof))
            hashes = yield from self._consistency(watch, proof_checkpoint(proof), until)
            return watch.prove(proof, receipt.leaf_hash, hashes)
        except FormatError as error:
            raise _unverified(error) from error

    def follow(self, *, until: float) -> Flow[Checkpoint]:
        """Fetch the newest checkpoint and accept it only if it extends the last one."""
        note = yield from self._exchange.perform(Call("GET", "/v1/log/checkpoint", text_of, scope=None), until=until)
        try:
            watch = self._watch(note)
            hashes = yield from self._consistency(watch, note, until)
            return watch.observe(note, hashes)
        except FormatError as error:
            raise _unverified(error) from error

    def _inclusion(self, receipt: Kept, *, until: float, real_clock: Callable[[], float]) -> Flow[str]:
        entry: UUID = receipt.receipt.entry_id
        call = Call("GET", f"/v1/log/proofs/inclusion?entry_id={entry}", text_of)
        while True:
            try:
                return (yield from self._exchange.perform(call, until=until))
            except NotFound as error:
                if self._clock() * 1000 > receipt.receipt.due_ms + GRACE_MS:
                    # The promise is broken: the receipt is now evidence against the operator.
                    raise ProofUnverified("entry_missing", error.context, (receipt.note,)) from error
                if real_clock() + SEAL_SECONDS >= until:
                    raise
            yield Pause(SEAL_SECONDS)

    def _consistency(self, watch: LogWatch, note: str, until: float) -> Flow[tuple[bytes, ...]]:
        sizes = watch.consistency_needed(note)
        if sizes is None:
            return ()
        path = f"/v1/log/proofs/consistency?old={sizes.old}&new={sizes.new}"
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
