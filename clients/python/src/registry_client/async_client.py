"""The client for the event loop; its methods are those of `client.py`."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Literal, Self, overload
from uuid import UUID

import httpx

from registry_client import outcomes, reports
from registry_client._core import (
    DUE_SECONDS,
    PROOF_SECONDS,
    QUERY_SECONDS,
    Core,
    Demanded,
    Options,
    ignore,
    report_id_of,
)
from registry_client._http import AsyncRunner
from registry_client.imports import Imported, Progress, Source
from registry_client.models import (
    Checked,
    Filed,
    ItemRefused,
    NoticeServed,
    NoticeStatus,
    Recall,
    Recalls,
    ScoreAnswer,
    Unknown,
)
from registry_client.outcomes import Outcome, Outcomes
from registry_client.receipts import Filed as Kept
from registry_client.scores import ClaimReference, Question, Tokens
from registry_client.tokens import Identifiers
from registry_client.trust import Trust
from registry_client.vocabulary import Action, Purpose, WithdrawReason
from registry_formats.jws import PrivateKey
from registry_formats.notes import Checkpoint

DEFAULTS = Options()


class AsyncClient:
    """A member's way to the registry from one event loop; close it, or use it as a context manager.

    Args:
        base_url: of the registry.
        member_id: as the registry wrote it.
        key: Ed25519 or P-256; signs in, and signs reports.
        trust: the pinned keys of the registry and its key operators.
        options: everything else.
        transport: takes the place of the network, in tests.
    """

    def __init__(
        self,
        base_url: str,
        member_id: str,
        key: PrivateKey,
        trust: Trust,
        options: Options = DEFAULTS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._core = Core(base_url, member_id, key, trust, options)
        self._runner = AsyncRunner(transport)

    def __repr__(self) -> str:
        """Show where and for whom; the keys never."""
        return f"AsyncClient({self._core!r})"

    async def __aenter__(self) -> Self:
        """Use the client until the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._runner.close()

    async def tokenise(self, identifiers: Identifiers, *, epochs: Sequence[int] | None = None) -> Tokens:
        """Turn one buyer's identifiers into tokens, which nobody can do without the key operator."""
        return (await self.tokenise_many([identifiers], epochs=epochs))[0]

    async def tokenise_many(
        self, people: Sequence[Identifiers], *, epochs: Sequence[int] | None = None
    ) -> list[Tokens]:
        """Turn many buyers' identifiers into tokens, in order, with few requests."""
        return await self._runner.run(self._core.tokenise(people, epochs))

    async def report(self, filing: object) -> Filed:
        """File a report, a mapping or a dataclass; ReportRefused says in `faults` what its proof lacks."""
        return await self._runner.run(self._core.perform(reports.build_file(self._core.author, filing)))

    async def get_report(self, report_id: UUID | str) -> Filed:
        """Ask how an own report stands."""
        return await self._runner.run(self._core.perform(reports.build_get(report_id_of(report_id))))

    async def list_reports(self, *, updated_since: datetime | None = None) -> AsyncIterator[Filed]:
        """Give own reports in the order of filing, page by page: all, or those changed since an instant."""
        cursor, more = "", True
        while more:
            page, cursor = await self._runner.run(self._core.perform(reports.build_page(cursor, updated_since)))
            for filed in page:
                yield filed
            more = bool(cursor)

    async def check(self, filing: object) -> Checked:
        """Ask what would become of a report; nothing is stored."""
        return await self._runner.run(self._core.perform(reports.build_check(self._core.author, filing)))

    async def amend(self, report_id: UUID | str, filing: object) -> Filed:
        """Correct or lessen a report by a whole new statement."""
        call = reports.build_amend(self._core.author, report_id_of(report_id), filing)
        return await self._runner.run(self._core.perform(call))

    async def withdraw(self, report_id: UUID | str, reason: WithdrawReason) -> Filed:
        """Take a report back."""
        return await self._runner.run(self._core.perform(reports.build_withdraw(report_id_of(report_id), reason)))

    async def mark_repaid(self, report_id: UUID | str, repaid_on: date) -> Filed:
        """Record that the subject has repaid."""
        return await self._runner.run(self._core.perform(reports.build_mark_repaid(report_id_of(report_id), repaid_on)))

    async def import_reports(
        self, source: Source, *, progress: Callable[[Progress], None] = ignore, from_line: int = 0
    ) -> Imported:
        """File many reports from a file of NDJSON or an iterable; after ImportStopped go on at its `next_line`."""
        return await self._runner.run(self._core.import_reports(source, progress, from_line))

    async def serve_notice(
        self, report_id: UUID | str, *, phone: str | None = None, email: str | None = None, language: str = "zh"
    ) -> NoticeServed:
        """Have the relay tell the person, at a contact that the report names by token, in `zh` or `en`."""
        kind, contact = reports.contact_of(phone=phone, email=email)
        call = reports.build_notice(report_id_of(report_id), kind=kind, contact=contact, language=language)
        return await self._runner.run(self._core.perform(call))

    async def notice_status(self, report_id: UUID | str) -> NoticeStatus:
        """Ask when an own report must be served, was served, and begins to count."""
        return await self._runner.run(self._core.perform(reports.build_notice_status(report_id_of(report_id))))

    @overload
    async def query(
        self,
        who: Identifiers | Tokens,
        claim: ClaimReference | str,
        purpose: Purpose = ...,
        *,
        on_error: Literal["raise"] = ...,
        within: float = ...,
    ) -> ScoreAnswer: ...
    @overload
    async def query(
        self,
        who: Identifiers | Tokens,
        claim: ClaimReference | str,
        purpose: Purpose = ...,
        *,
        on_error: Literal["unknown"],
        within: float = ...,
    ) -> ScoreAnswer | Unknown: ...
    async def query(
        self,
        who: Identifiers | Tokens,
        claim: ClaimReference | str,
        purpose: Purpose = Purpose.OPEN_CLAIM,
        *,
        on_error: Literal["raise", "unknown"] = "raise",
        within: float = QUERY_SECONDS,
    ) -> ScoreAnswer | Unknown:
        """Ask what is known of the person behind one claim, and keep the receipt.

        Args:
            who: the identifiers, or their tokens.
            claim: see `claim_reference`.
            purpose: why.
            on_error: `"unknown"` makes an outage an `Unknown` answer, so that it never blocks a sale.
            within: seconds that all of it may take.

        Raises:
            ReceiptUnverified: the answer has no valid receipt; it is thrown away.
            RegistryClientError: everything else that can go wrong.
        """
        return await self._runner.run(self._core.query(who, claim, purpose, on_error, within))

    async def query_many(self, questions: Sequence[Question]) -> list[ScoreAnswer | ItemRefused]:
        """Ask about many claims, in order; each has its own reference and purpose, and one receipt covers a part."""
        return await self._runner.run(self._core.query_many(questions))

    async def recalls(self, since: str = "") -> Recalls:
        """Hear which records one was told of have changed; keep `cursor` and give it as `since` the next time."""
        return await self._runner.run(self._core.perform(reports.build_recalls(since)))

    async def acknowledge_recall(self, recall_id: UUID | str) -> Recall:
        """Say that a recall was acted on; left undone for three days, queries are refused until it is."""
        return await self._runner.run(self._core.perform(reports.build_acknowledge(report_id_of(recall_id))))

    async def record_outcome(
        self, answer: ScoreAnswer, action: Action, taken_at: datetime, *, ends_at: datetime | None = None
    ) -> Outcome:
        """Record what was done about an answer, so that its recall can say what must be lifted; see `flags`."""
        return await self._runner.run(self._core.perform(outcomes.build_record(answer, action, taken_at, ends_at)))

    async def lift_outcome(self, outcome_id: UUID | str, lifted_at: datetime) -> Outcome:
        """Record that a restriction was lifted."""
        return await self._runner.run(self._core.perform(outcomes.build_lift(report_id_of(outcome_id), lifted_at)))

    async def outcomes(self, cursor: str = "") -> Outcomes:
        """List what was done about answers, a page at a time; the cursor is empty after the last."""
        return await self._runner.run(self._core.perform(outcomes.build_page(cursor)))

    async def prove(self, receipt: Kept, *, within: float = PROOF_SECONDS) -> Checkpoint:
        """Check that what a receipt promised is in the log, and that the log was not rewritten; wait if need be.

        Raises:
            ProofUnverified: what the check found, or `entry_missing`, when the promise is broken: the entry was due,
                and did not come `within` that many seconds of asking either. Its `evidence` is signed by the registry
                and convinces others; a `FileReceipts` has saved it.
        """
        return await self._runner.run(self._core.prove(receipt, within))

    async def prove_due(self, *, within: float = DUE_SECONDS) -> Demanded:
        """Demand the proof of every receipt that is due; run it every few minutes, and act on what is `broken`.

        Those that are missing are waited for together, `within` seconds.
        """
        return await self._runner.run(self._core.prove_due(within))

    def receipts_due(self) -> tuple[Kept, ...]:
        """List the receipts whose entries must be in the log by now: `prove` each."""
        return self._core.receipts_due()

    async def follow_log(self) -> Checkpoint:
        """Accept the log's newest checkpoint if it extends the last one; run it every minute to be a witness."""
        return await self._runner.run(self._core.follow_log())
