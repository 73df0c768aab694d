"""Everything a client can do, written once as flows; `client.py` and `async_client.py` only run them."""

import contextlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_client import imports, scores
from registry_client._exchange import Call, Exchange, Setting
from registry_client._http import Flow
from registry_client._log_calls import LogReader
from registry_client._retry import Retry
from registry_client._tokens_calls import TokenDesk, read_last
from registry_client.errors import Context, ProofUnverified, RegistryClientError, RegistryUnreachable, SignInRefused
from registry_client.imports import Imported, Progress, Source
from registry_client.log import CheckpointStore, MemoryCheckpoints
from registry_client.models import ItemRefused, ScoreAnswer, Unknown
from registry_client.receipts import Filed as Kept
from registry_client.receipts import MemoryReceipts, ReceiptBook, ReceiptStore
from registry_client.reports import Author
from registry_client.scores import ClaimReference, Question, Tokens
from registry_client.sign_in import Credentials
from registry_client.tokens import Identifiers, Tokeniser
from registry_client.trust import Trust
from registry_client.vocabulary import Purpose
from registry_formats import jwk
from registry_formats.errors import FormatError
from registry_formats.jws import PrivateKey
from registry_formats.notes import Checkpoint

T = TypeVar("T")
OnError: TypeAlias = Literal["raise", "unknown"]
QUERY_SECONDS = 10.0
PROOF_SECONDS = 90.0
# What is due needs no waiting for, but for the moment in which the log or a clock is late.
DUE_SECONDS = 20.0
# So many in a row, and nobody is there.
_UNREACHABLE = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may be told beyond who it is; everything has a sensible default.

    Args:
        relay_url: of the relay; needed to serve notices.
        issuer: the registry's own name, where it is not its base URL.
        request_key: Ed25519 key known to the key operator; the signing key where that is Ed25519.
        checkpoints: where the last checkpoint and manifest are kept; give a `FileCheckpoints`, because what is only
            remembered by the process is trusted anew at the next start.
        receipts: where receipts are kept until they are proved, and evidence if they are not; give a `FileReceipts`,
            because what only the process remembers is demanded by nobody after its end.
        language: of the titles in problems, `en` or `zh`.
        timeout: seconds for one attempt.
        patience: seconds for one call with all its attempts.
        retry: how often to try again.
        clock: real time, seconds since 1970.
        registry_clock: the time that receipts are dated by; differs from `clock` only where a sandbox moved it.
        entropy: a source of secure random bytes.
    """

    relay_url: str = ""
    issuer: str = ""
    request_key: Ed25519PrivateKey | None = field(default=None, repr=False)
    checkpoints: CheckpointStore = field(default_factory=MemoryCheckpoints)
    receipts: ReceiptStore = field(default_factory=MemoryReceipts)
    language: str = "en"
    timeout: float = 10.0
    patience: float = 60.0
    retry: Retry = field(default_factory=Retry)
    clock: Callable[[], float] = time.time
    registry_clock: Callable[[], float] = time.time
    entropy: Callable[[int], bytes] = secrets.token_bytes


@dataclass(frozen=True, slots=True)
class Demanded:
    """What came of demanding proofs.

    Args:
        proved: how many promises were kept.
        broken: how each of the others was broken.
        undecided: why nothing is known of the rest, which stay due. Once is an outage; a receipt that gets no answer
            for hours, while others do, is a broken promise as well.
    """

    proved: int
    broken: tuple[ProofUnverified, ...]
    undecided: tuple[RegistryClientError, ...] = ()


class Core:
    """One member's dealings with one registry, as flows."""

    def __init__(self, base_url: str, member_id: str, key: PrivateKey, trust: Trust, options: Options) -> None:
        base_url = base_url.rstrip("/")
        kid = jwk.export(key.public_key())["kid"]
        self._options = options
        self.base_url, self.member_id = base_url, member_id
        self.author = Author(key, kid)
        self._exchange = Exchange(
            Credentials(member_id, key, kid, options.issuer or base_url),
            Setting(
                base_url,
                options.relay_url.rstrip("/"),
                options.language,
                options.timeout,
                options.retry,
                options.clock,
                options.entropy,
            ),
        )
        store = options.checkpoints
        self._book = ReceiptBook(member_id, trust.receipt_keys, store=options.receipts)
        last = read_last(store.load(f"{trust.realm}/manifest"))
        signer = _request_key(key, options.request_key)
        tokeniser = Tokeniser(trust.pins, member_id, signer, last=last, random=options.entropy)
        self._desk = TokenDesk(self._exchange, tokeniser, options.clock, trust.realm, store)
        self._log = LogReader(self._exchange, trust, store, options.registry_clock, self._until)

    def __repr__(self) -> str:
        """Show where and for whom; the keys never."""
        return f"{self.base_url} as {self.member_id}"

    def perform(self, call: Call[T]) -> Flow[T]:
        """Perform one call."""
        return (yield from self._exchange.perform(call, until=self._until()))

    def tokenise(self, people: Sequence[Identifiers], epochs: Sequence[int] | None) -> Flow[list[Tokens]]:
        """Turn identifiers into tokens."""
        return (yield from self._desk.tokenise(people, epochs=epochs, until=self._until()))

    def query(
        self,
        who: Identifiers | Tokens,
        claim: ClaimReference | str,
        purpose: Purpose,
        on_error: OnError,
        within: float,
    ) -> Flow[ScoreAnswer | Unknown]:
        """Ask what is known of a person."""
        until = self._until(within)
        try:
            tokens = who if isinstance(who, Tokens) else (yield from self._tokens(who, until))
            clock = self._options.registry_clock
            call = scores.build(tokens, str(claim), purpose, book=self._book, clock=clock)
            return (yield from self._exchange.perform(call, until=until))
        except RegistryClientError as error:
            # Only an outage becomes "unknown": a refusal is a defect of ours, a bad receipt one of theirs.
            if on_error == "unknown" and error.retryable:
                return Unknown(error)
            raise

    def query_many(self, questions: Sequence[Question]) -> Flow[list[ScoreAnswer | ItemRefused]]:
        """Ask about many claims, a part at a time."""
        raw = [asked.who for asked in questions if isinstance(asked.who, Identifiers)]
        made = iter((yield from self.tokenise(raw, None)) if raw else [])
        named = [asked.who if isinstance(asked.who, Tokens) else next(made) for asked in questions]
        asked = [(tokens, str(one.claim), one.purpose) for tokens, one in zip(named, questions, strict=True)]
        answers: list[ScoreAnswer | ItemRefused] = []
        for start in range(0, len(asked), scores.MOST_CLAIMS):
            part = asked[start : start + scores.MOST_CLAIMS]
            call = scores.build_batch(part, book=self._book, clock=self._options.registry_clock)
            answers += yield from self.perform(call)
        return answers

    def prove(self, receipt: Kept, within: float) -> Flow[Checkpoint]:
        """Check that what a receipt promised is in the log, and let go of the receipt."""
        return (yield from self._prove(receipt, waits_until=self._until(within)))

    def _prove(self, receipt: Kept, waits_until: float) -> Flow[Checkpoint]:
        try:
            checkpoint = yield from self._log.prove(receipt, waits_until=waits_until, real_clock=self._options.clock)
        except ProofUnverified as error:
            self._accuse(error, receipt)
            raise
        with contextlib.suppress(OSError):  # a file that cannot be deleted is demanded, and proved, once more
            self._book.settle(receipt)
        return checkpoint

    def prove_due(self, within: float) -> Flow[Demanded]:
        """Demand the proof of every receipt that is due; wait `within` seconds for all that are missing together."""
        broken: list[ProofUnverified] = []
        undecided: list[RegistryClientError] = []
        proved, unreachable, waits_until = 0, 0, self._until(within)
        # From another one each time: nothing that one of them meets keeps the same others waiting for ever.
        due = list(self.receipts_due())
        turn = int.from_bytes(self._options.entropy(8)) % len(due) if due else 0
        for receipt in due[turn:] + due[:turn]:
            try:
                yield from self._prove(receipt, waits_until)
                proved, unreachable = proved + 1, 0
            except ProofUnverified as error:
                (broken if error.evidence else undecided).append(error)
            except RegistryClientError as error:
                # Whoever answers one demand with an error, or not at all, must not be rid of all the others.
                undecided.append(error)
                unreachable = unreachable + 1 if isinstance(error, RegistryUnreachable | SignInRefused) else 0
                if unreachable >= _UNREACHABLE:
                    break
            except OSError as error:
                undecided.append(RegistryClientError("checkpoint_unsaved", Context(title=type(error).__name__)))
        return Demanded(proved, tuple(broken), tuple(undecided))

    def receipts_due(self) -> tuple[Kept, ...]:
        """List the receipts whose entries must be in the log by now."""
        return self._book.due(int(self._options.registry_clock() * 1000))

    def follow_log(self) -> Flow[Checkpoint]:
        """Accept the newest checkpoint if it extends the last one."""
        try:
            return (yield from self._log.follow())
        except ProofUnverified as error:
            self._accuse(error, None)
            raise

    def _accuse(self, error: ProofUnverified, receipt: Kept | None) -> None:
        if not error.evidence:
            return  # nothing that the registry signed
        try:
            error.evidence_file = self._options.receipts.accuse(error.code, receipt, error.evidence)
        except OSError as failure:
            # The exception still holds it, and the receipt stays due.
            error.add_note(f"the evidence is in no file: {type(failure).__name__}")

    def import_reports(self, source: Source, progress: Callable[[Progress], None], from_line: int) -> Flow[Imported]:
        """File many reports."""
        return (
            yield from imports.run(
                source, self.author, self._exchange, from_line=from_line, tell=progress, until=self._until
            )
        )

    def _tokens(self, who: Identifiers, until: float) -> Flow[Tokens]:
        (tokens,) = yield from self._desk.tokenise([who], epochs=None, until=until)
        return tokens

    def _until(self, within: float | None = None) -> float:
        return self._options.clock() + (self._options.patience if within is None else within)


def report_id_of(report: UUID | str) -> UUID:
    """Read a report id; ValueError for anything else, so that none can become another path."""
    return report if isinstance(report, UUID) else UUID(report)


def ignore(_: Progress) -> None:
    """Tell nobody."""


def _request_key(key: PrivateKey, request_key: Ed25519PrivateKey | None) -> Ed25519PrivateKey:
    if request_key is not None:
        return request_key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise FormatError("request_key_missing")
