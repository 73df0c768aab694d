"""What subjects do: sessions that vanish, one-time links, statements, answers, and warnings in their favour."""

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, String, Table, Uuid

from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

subject_session = Table(
    "subject_session",
    metadata,
    uuid_key(),
    # SHA-256 of the bearer, which exists nowhere else.
    digest("bearer_hash"),
    # What was proved and in which capacity, sealed: beside it nothing says who this is.
    Column("sealed_proof", LargeBinary, nullable=False),
    Column("used", Integer, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    Index("uq_subject_session__bearer_hash", "bearer_hash", unique=True),
    Index("ix_subject_session__expires_at", "expires_at"),
    comment="Rows live for minutes and are deleted, not ended: there is no table of people",
)

subject_link = Table(
    "subject_link",
    metadata,
    uuid_key(),
    refers("report_id", "report", index=True),
    # The member that filed the report and issued the link.
    refers("member_id", "member"),
    digest("secret_hash"),
    instant("created_at"),
    instant("expires_at"),
    instant("opened_at", nullable=True),
    Index("uq_subject_link__secret_hash", "secret_hash", unique=True),
    Index("ix_subject_link__expires_at", "expires_at"),
)

subject_draft = Table(
    "subject_draft",
    metadata,
    uuid_key(),
    refers("report_id", "report", index=True),
    # What is said so far, and by whom: under the report's own key, with which it dies.
    Column("sealed_draft", LargeBinary, nullable=False),
    instant("expires_at"),
    Index("ix_subject_draft__expires_at", "expires_at"),
    comment="Rows live for days and are deleted; beside the sealed text nothing says whose they are",
)

subject_statement = Table(
    "subject_statement",
    metadata,
    refers("report_id", "report", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # Under the report's own key, with which it dies; null where the statement was taken back.
    Column("sealed_text", LargeBinary, nullable=True),
    instant("created_at"),
    comment="What the subject says beside a record; the highest number holds",
)

subject_answer = Table(
    "subject_answer",
    metadata,
    refers("report_id", "report", primary_key=True),
    # A token whose control was proved by who answered: only a query that matches it treats the report as heard.
    digest("stored", primary_key=True),
    instant("at"),
)

protective_record = Table(
    "protective_record",
    metadata,
    uuid_key(),
    *choice("kind", ("PV-01", "PV-02", "PV-03"), length=8),
    *choice("placed_by", ("subject", "officer", "registry")),
    instant("placed_at"),
    # Of the staff, who placed it and why.
    Column("staff_id", Uuid, nullable=True),
    Column("reason", String(2_000), nullable=True),
    comment="Warnings in favour of a person; they never change a score",
)

protective_token = Table(
    "protective_token",
    metadata,
    # Whom a warning protects, while it is in force; deleted when it is lifted.
    digest("stored", primary_key=True),
    refers("record_id", "protective_record", primary_key=True, index=True),
    Column("epoch", SmallInteger, nullable=False),
)

protective_check = Table(
    "protective_check",
    metadata,
    refers("record_id", "protective_record", primary_key=True),
    refers("member_id", "member", primary_key=True),
    instant("at"),
    comment="Members that verified the identity afresh since",
)

protective_lift = Table(
    "protective_lift",
    metadata,
    refers("record_id", "protective_record", primary_key=True),
    *choice("lifted_by", ("subject", "officer")),
    instant("at"),
    Column("staff_id", Uuid, nullable=True),
    Column("reason", String(2_000), nullable=True),
)
