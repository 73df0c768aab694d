"""Texts of subjects, sealed under the key of the report that they stand beside: they end with it."""

from registry.crypto.sealed import NONCE_BYTES, seal, subject_statement_context, unseal
from registry.services.subjects.desk import Desk
from registry.store.reports import Report
from registry.store.subject_records import Statement


def seal_text(report: Report, number: int, text: str, desk: Desk) -> bytes:
    """Seal a statement."""
    context = subject_statement_context(report.id.bytes, number)
    return seal(desk.data_key(report), desk.entropy(NONCE_BYTES), text.encode(), context)


def open_text(report: Report, said: Statement, desk: Desk) -> str | None:
    """Open a statement; None where it was taken back, or its report has ended."""
    if said.sealed_text is None or report.wrapped_key is None:
        return None
    return unseal(
        desk.data_key(report), said.sealed_text, subject_statement_context(report.id.bytes, said.number)
    ).decode()
