"""Who was told what: the claim a query is bound to, each incident disclosed."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Uuid

from registry.store.schema.columns import digest, instant, metadata, refers

claim = Table(
    "claim",
    metadata,
    refers("member_id", "member", primary_key=True),
    digest("claim_ref", primary_key=True),
    # Of each epoch by itself: one that opens between two queries of a claim changes nobody's identity.
    Column("epoch", SmallInteger, primary_key=True, autoincrement=False),
    # Digest of the stored tokens of the first query; another set is another claim.
    digest("identifiers"),
    instant("first_at"),
    Index("ix_claim_first_at", "first_at"),
)

disclosure = Table(
    "disclosure",
    metadata,
    Column("query_id", Uuid, primary_key=True),
    refers("report_id", "report", primary_key=True),
    Column("revision", Integer, nullable=False),
    refers("member_id", "member"),
    Column("entry_id", Uuid, nullable=False),
    instant("at"),
    digest("claim_ref", nullable=True),
    # How many of the actions A1 to A5 the answer permitted.
    Column("permitted", SmallInteger, nullable=True),
    Index("ix_disclosure_report_id_member_id", "report_id", "member_id"),
    Index("ix_disclosure_at", "at", postgresql_include=["member_id", "query_id", "entry_id"]),
)

group_reliability = Table(
    "group_reliability",
    metadata,
    refers("group_id", "group_", primary_key=True),
    Column("heard", Integer, nullable=False),
    Column("overturned", Integer, nullable=False),
    Column("sampled", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    instant("as_of"),
    comment="Counts over the last 24 months, renewed by the worker's sweep",
)
