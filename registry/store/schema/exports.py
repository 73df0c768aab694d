"""Exports as long work: what was ordered, how far it is, and the sealed bytes for as long as they are kept."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from registry.domain.export_jobs import ExportState
from registry.store.schema.audit import SCHEMA
from registry.store.schema.columns import choice, instant, metadata, refers, uuid_key

export_job = Table(
    "export_job",
    metadata,
    uuid_key(),
    refers("asked_by", "staff"),
    instant("asked_at"),
    Column("filter", JSONB, nullable=False),
    Column("format", String(16), nullable=False),
    Column("purpose", String(2), nullable=False),
    Column("reason", String(500), nullable=False),
    # Of the request that ordered it: its entries in the log bear it, too.
    Column("request_id", String(64), nullable=False),
    *choice("state", ExportState),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    instant("beat_at", nullable=True),
    # The entry `audit.export`.
    Column("export_id", Uuid, nullable=True),
    # Places of the log there are to look at, and how many have been looked at.
    Column("total", BigInteger, nullable=False, server_default=text("0")),
    Column("looked", BigInteger, nullable=False, server_default=text("0")),
    Column("rows", BigInteger, nullable=False, server_default=text("0")),
    Column("size", BigInteger, nullable=False, server_default=text("0")),
    Column("chunks", Integer, nullable=False, server_default=text("0")),
    # The code of what went wrong.
    Column("failure", String(64), nullable=True),
    # The key of this file alone, wrapped by the master key; destroyed with the bytes.
    Column("wrapped_key", LargeBinary, nullable=True),
    instant("finished_at", nullable=True),
    instant("ends_at", nullable=True),
    Index("ix_export_job_asked_by", "asked_by", "id"),
    Index("ix_export_job_open", "id", postgresql_where=text("state IN ('waiting', 'running', 'done')")),
    schema=SCHEMA,
    comment="An export that a worker writes and an auditor fetches",
)

export_chunk = Table(
    "export_chunk",
    metadata,
    Column("job_id", Uuid, ForeignKey(export_job.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("sealed_bytes", LargeBinary, nullable=False),
    schema=SCHEMA,
)
