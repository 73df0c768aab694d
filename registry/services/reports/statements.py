"""Statements: what a member signed (RFC 7515 over RFC 8785), verified, sealed under the report's own key, opened."""

from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from registry.crypto.sealed import (
    KEY_BYTES,
    NONCE_BYTES,
    report_key_context,
    seal,
    statement_context,
    unseal,
    unwrap_key,
    wrap_key,
)
from registry.domain.access import Caller
from registry.domain.filings import Filing
from registry.services.reports.desk import Desk
from registry.store import members
from registry.store.database import WriteSession
from registry.store.reports import Report, Revision
from registry_formats import jws

STATEMENT = "registry-report"


@dataclass(frozen=True, slots=True)
class Statement:
    """A filing as its member signed it."""

    compact: str = field(repr=False)
    key_id: str
    filing: Filing = field(repr=False)

    @property
    def sha256(self) -> bytes:
        """Name exactly these bytes."""
        return sha256(self.compact.encode("ascii")).digest()


async def verify(session: WriteSession, compact: str, *, caller: Caller, desk: Desk) -> Statement:
    """Check that this member signed this filing with a key that is live now, and read it.

    Raises:
        FormatError: `jws_…`.
        Malformed: `request_invalid` or `raw_identifier_refused`, with every place.
    """
    keys = await members.live_keys(session, member_id=caller.member_id, now=desk.signing_time())
    key_id, payload = jws.verify(compact, keys, typ=STATEMENT)
    return Statement(compact, key_id, desk.read(payload))


def new_key(report_id: UUID, desk: Desk) -> bytes:
    """Make a data key for a report and return it wrapped: destroying that destroys every statement of the report."""
    random = desk.entropy(NONCE_BYTES + KEY_BYTES)
    return wrap_key(desk.keys.wrapping, random[:NONCE_BYTES], random[NONCE_BYTES:], report_key_context(report_id.bytes))


def sealed(report: Report, statement: Statement, desk: Desk) -> bytes:
    """Seal the statement of the report's present revision."""
    context = statement_context(report.id.bytes, report.revision)
    return seal(data_key(report, desk), desk.entropy(NONCE_BYTES), statement.compact.encode("ascii"), context)


def filing_of(report: Report, revision: Revision, desk: Desk) -> Filing:
    """Read what was filed; its signature was checked then, and its key may have ended since."""
    return desk.read(jws.payload(statement_of(report, revision, desk)))


def statement_of(report: Report, revision: Revision, desk: Desk) -> str:
    """Open what the member signed."""
    if revision.sealed_jws is None:
        raise ValueError("revision without a statement")
    context = statement_context(report.id.bytes, revision.revision)
    return unseal(data_key(report, desk), revision.sealed_jws, context).decode("ascii")


def data_key(report: Report, desk: Desk) -> bytes:
    """Open the key under which everything said in a report is sealed."""
    if report.wrapped_key is None:
        raise ValueError("report without a key")
    return unwrap_key(desk.keys.wrapping, report.wrapped_key, report_key_context(report.id.bytes))
