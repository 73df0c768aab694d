"""SDK of the refund-integrity registry for member platforms: tokenise, report, query, verify."""

from registry_client._core import Demanded, Options
from registry_client._retry import Retry
from registry_client.async_client import AsyncClient
from registry_client.client import Client
from registry_client.errors import (
    AnswerMalformed,
    Conflict,
    Fault,
    Forbidden,
    ImportStopped,
    NotFound,
    ProofUnverified,
    RateLimited,
    ReceiptUnsaved,
    ReceiptUnverified,
    RegistryClientError,
    RegistryUnavailable,
    RegistryUnreachable,
    ReportRefused,
    RequestRefused,
    SignInRefused,
    TokensUnavailable,
    WebhookUnverified,
)
from registry_client.imports import Imported, Line, LineResult, Progress
from registry_client.log import CheckpointStore, FileCheckpoints, MemoryCheckpoints
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
from registry_client.receipt_files import FileReceipts
from registry_client.scores import ClaimReference, Question, Tokens, claim_reference
from registry_client.tokens import IdentifierRefused, Identifiers
from registry_client.trust import Trust
from registry_client.vocabulary import Action, Band, Change, MatchStrength, Purpose, ReportState, WithdrawReason

__all__ = [
    "Action",
    "AnswerMalformed",
    "AsyncClient",
    "Band",
    "Change",
    "Checked",
    "CheckpointStore",
    "ClaimReference",
    "Client",
    "Conflict",
    "Demanded",
    "Fault",
    "FileCheckpoints",
    "FileReceipts",
    "Filed",
    "Forbidden",
    "IdentifierRefused",
    "Identifiers",
    "ImportStopped",
    "Imported",
    "ItemRefused",
    "Line",
    "LineResult",
    "MatchStrength",
    "MemoryCheckpoints",
    "NotFound",
    "NoticeServed",
    "NoticeStatus",
    "Options",
    "Outcome",
    "Outcomes",
    "Progress",
    "ProofUnverified",
    "Purpose",
    "Question",
    "RateLimited",
    "Recall",
    "Recalls",
    "ReceiptUnsaved",
    "ReceiptUnverified",
    "RegistryClientError",
    "RegistryUnavailable",
    "RegistryUnreachable",
    "ReportRefused",
    "ReportState",
    "RequestRefused",
    "Retry",
    "ScoreAnswer",
    "SignInRefused",
    "Tokens",
    "TokensUnavailable",
    "Trust",
    "Unknown",
    "WebhookUnverified",
    "WithdrawReason",
    "claim_reference",
]
