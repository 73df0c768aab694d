"""The audit log's tables (audit-log.md section 3). Append-only: grants and triggers of the migrations say so too."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from registry.store.schema.columns import digest, instant, metadata

SCHEMA = "audit"

audit_writer = Table(
    "writer",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("process", String(80), nullable=False),
    instant("started_at"),
    schema=SCHEMA,
    comment="A process that writes entries; its writer_seq has no gaps",
)

audit_writer_key = Table(
    "writer_key",
    metadata,
    Column("writer_id", Integer, primary_key=True, autoincrement=False),
    # Which master key wrapped it; all rows name the same one, because a rotation wraps all of them anew.
    Column("master", String(200), nullable=False),
    Column("wrapped", LargeBinary(60), nullable=False),
    schema=SCHEMA,
    comment="The key-encryption key of a writer, wrapped by the master key that is named",
)

audit_writer_progress = Table(
    "writer_progress",
    metadata,
    Column("writer_id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", BigInteger, nullable=False),
    # The highest number sealed: equal to `sealed` unless numbers are missing.
    Column("top", BigInteger, nullable=False),
    # Its last leaf is written, so nothing may follow.
    Column("ended", Boolean, nullable=False),
    schema=SCHEMA,
    comment="Counted by the sequencer; can be counted again from the entries",
)

audit_writer_end = Table(
    "writer_end",
    metadata,
    Column("writer_id", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", Uuid, nullable=False),
    # salt ‖ canonical detail of the entry's content group: no secret, and the leaf commits to it.
    Column("opening", LargeBinary, nullable=False),
    schema=SCHEMA,
    comment="Opens, for everybody, the entry that says where a crashed writer ended and which numbers it lost",
)

# What an auditor searches by, and what most entries have there.
_SOUGHT = {"type": "1", "member_id": None, "action": "'score.query'", "purpose": "'Q1'", "outcome": "'answered'"}

audit_entry = Table(
    "entry",
    metadata,
    # UUIDv7: the range partitions by month are ranges of this key.
    Column("id", Uuid, primary_key=True),
    Column("type", SmallInteger, nullable=False),
    Column("t_ms", BigInteger, nullable=False),
    Column("writer_id", Integer, nullable=False),
    Column("writer_seq", BigInteger, nullable=False),
    Column("leaf", LargeBinary(168), nullable=False),
    Column("member_id", Uuid, nullable=True),
    # Null in what the first release wrote; the sealed org group has it.
    Column("action", String(60), nullable=True),
    Column("purpose", String(2), nullable=True),
    Column("outcome", String(40), nullable=False),
    Column("staff_tag", LargeBinary(32), nullable=True),
    # salt ‖ canonical detail of each group, AES-256-GCM; org and staff under the member's key of the month
    # `month_key_id`, subject and content under the entry's own key (audit.key with the entry's id).
    Column("sealed_org", LargeBinary, nullable=False),
    Column("sealed_staff", LargeBinary, nullable=False),
    Column("sealed_subject", LargeBinary, nullable=False),
    Column("sealed_content", LargeBinary, nullable=False),
    Column("month_key_id", Uuid, nullable=False),
    Index("ix_entry_member_id_id", "member_id", "id"),
    Index("ix_entry_staff_tag_id", "staff_tag", "id"),
    # What is counted over long times, without its sealed details.
    Index(
        "ix_entry_seen",
        "id",
        postgresql_include=["t_ms", "type", "member_id", "action", "purpose", "outcome", "writer_id", "writer_seq"],
    ),
    # The bulk of the log is answered questions about open claims; what is rarer is found without passing over it.
    *(
        Index(
            f"ix_entry_{column}_id",
            column,
            "id",
            postgresql_include=[name for name in _SOUGHT if name != column],
            postgresql_where=text(f"{column} <> {usual}"),
        )
        for column, usual in _SOUGHT.items()
        if usual is not None
    ),
    schema=SCHEMA,
    postgresql_partition_by="RANGE (id)",
)

audit_entry_tag = Table(
    "entry_tag",
    metadata,
    digest("tag", primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Index("ix_entry_tag_entry_id", "entry_id", postgresql_include=["tag"]),
    schema=SCHEMA,
    comment="HMAC(tag key, stored token): finds the entries about a person without naming one",
)

audit_batch_item = Table(
    "batch_item",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    # Tags point here, and audit.key holds this item's own key, so that one person's item can be erased alone.
    Column("item_id", Uuid, nullable=False, unique=True),
    Column("purpose", String(2), nullable=False),
    Column("sealed_content", LargeBinary, nullable=False),
    # Kept beside the sealed content, so that erasing one item leaves the proofs of its neighbours.
    digest("commitment", nullable=True),
    schema=SCHEMA,
    comment="One claim of a batch query; the batch's leaf commits to the root over all of them",
)

audit_outbox = Table(
    "outbox",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    schema=SCHEMA,
    comment="Durable but not yet in the tree; order is the sequencer's business",
)

audit_key = Table(
    "key",
    metadata,
    Column("id", Uuid, primary_key=True),
    # Null once destroyed: what it sealed is then unreadable for ever.
    Column("wrapped", LargeBinary, nullable=True),
    # Both null for an entry's own key. A process makes its own key per member and month, so that it need not read any.
    Column("member_id", Uuid, nullable=True),
    Column("month", Integer, nullable=True),
    instant("destroyed_at", nullable=True),
    Index("ix_key_member_id_month", "member_id", "month", postgresql_where=text("month IS NOT NULL")),
    schema=SCHEMA,
)

audit_erased = Table(
    "erased",
    metadata,
    # An entry, or one item of a batch.
    Column("entry_id", Uuid, primary_key=True),
    Column("tombstone_id", Uuid, nullable=False),
    Index("ix_erased_tombstone_id", "tombstone_id"),
    schema=SCHEMA,
    comment="Which erasure entry destroyed the keys of an entry, or of one claim of a batch",
)

audit_shard = Table(
    "shard",
    metadata,
    Column("id", SmallInteger, Identity(always=True), primary_key=True),
    Column("origin", String(120), nullable=False, unique=True),
    instant("opened_at"),
    # Why it follows another one, and that one's last checkpoint as signed; both null for the first.
    Column("reason", String(20), nullable=True),
    Column("previous", Text, nullable=True),
    schema=SCHEMA,
)

audit_state = Table(
    "state",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    # Raised by each new leader; a deposed one fails its compare-and-swap.
    Column("epoch", BigInteger, nullable=False),
    schema=SCHEMA,
)

audit_leaf = Table(
    "leaf",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("entry_id", Uuid, nullable=False, unique=True),
    digest("hash"),
    schema=SCHEMA,
)

audit_tile = Table(
    "tile",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("level", SmallInteger, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("hashes", LargeBinary(8192), nullable=False),
    digest("root"),
    schema=SCHEMA,
    comment="Full tiles only: 256 hashes of 32 bytes",
)

audit_checkpoint = Table(
    "checkpoint",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    digest("root"),
    Column("t_ms", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_checkpoint_t_ms", "t_ms"),
    schema=SCHEMA,
)

audit_cosignature = Table(
    "cosignature",
    metadata,
    Column("shard_id", SmallInteger, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    Column("key_name", String(255), primary_key=True),
    Column("key_id", LargeBinary(4), primary_key=True),
    # Seconds since 1970, as the witness says; the signature is over them too.
    Column("t_s", BigInteger, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    schema=SCHEMA,
    comment="What witnesses said of a checkpoint; a checkpoint that has any here meets the quorum",
)
