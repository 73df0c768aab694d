"""What makes a repeated request safe and a long one resumable."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
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
    refers("member_id", "member"),
    # The Idempotency-Key of the request; the same request under it goes on where the first one stopped.
    Column("key", String(64), nullable=False),
    *choice("state", ("running", "finished")),
    # How many lines are done: always the first ones, because lines are done in order.
    Column("lines", Integer, nullable=False),
    Column("filed", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    # SHA-256 over the chain before and the digest of each line done, so that a resumed body proves to be the same.
    digest("chain"),
    instant("created_at"),
    instant("finished_at", nullable=True),
    UniqueConstraint("member_id", "key"),
)

import_line = Table(
    "import_line",
    metadata,
    Column("job_id", Uuid, ForeignKey("import_job.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    # The answer for this line: the report's id, or the problem's code and faults. Never the line itself.
    Column("result", JSONB, nullable=False),
)
