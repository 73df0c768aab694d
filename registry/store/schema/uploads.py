"""Sealed files of appeals: the bytes beside their entry in the manifest, in chunks, for a time."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from registry.store.schema.columns import instant, metadata

appeal_upload = Table(
    "appeal_upload",
    metadata,
    Column("evidence_id", Uuid, ForeignKey("appeal_evidence.id"), primary_key=True),
    # Who may see it, of the three sides; the registry always does.
    Column("visible_to", ARRAY(String(8)), nullable=False),
    Column("chunks", Integer, nullable=False),
    # The key of this file alone, wrapped; destroyed with the bytes.
    Column("wrapped_key", LargeBinary, nullable=True),
    instant("stored_at"),
    instant("deleted_at", nullable=True),
)

appeal_upload_chunk = Table(
    "appeal_upload_chunk",
    metadata,
    Column("evidence_id", Uuid, ForeignKey("appeal_upload.evidence_id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("sealed_bytes", LargeBinary, nullable=False),
)
