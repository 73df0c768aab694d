"""What makes a repeated request safe and a long one resumable."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

idempotency = Table(
    "idempotency",
    metadata,
    refers("member_id", "member", primary_key=True),
    Column("key", String(64), primary_key=True),
    digest("fingerprint"),
    # Null while the first request is in flight.
    Column("status", SmallInteger, nullable=True),
    Column("body", LargeBinary, nullable=True),
    instant("created_at"),
    Index("ix_idempotency_created_at", "created_at"),
)

import_job = Table(
    "import_job",
    metadata,
    uuid_key(),
    refers("member_id", "member", index=True),
    *choice("state", ("running", "finished")),
    Column("lines", Integer, nullable=False),
    Column("filed", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    instant("created_at"),
    instant("finished_at", nullable=True),
)

import_line = Table(
    "import_line",
    metadata,
    Column("job_id", Uuid, ForeignKey("import_job.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    # The answer for this line: the report's id, or the problem's code and faults. Never the line itself.
    Column("result", JSONB, nullable=False),
)
