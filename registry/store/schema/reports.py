"""Reports: facts in columns that never change, each telling of them a revision, each identifier a row that can die."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from registry.domain.ids import Category, Confidence, ReportState, Severity
from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

report = Table(
    "report",
    metadata,
    uuid_key(),
    refers("member_id", "member"),
    refers("group_id", "group_", index=True),
    Column("reference", String(80), nullable=False),
    # The claim the report came from; erased at expiry.
    digest("claim_ref", nullable=True),
    # The id of the first report on the same event (the order); two members that report one order tell of one event.
    Column("event_id", Uuid, nullable=False),
    *choice("category", Category, length=8),
    Column("aggravations", ARRAY(String(8)), nullable=False),
    *choice("severity", Severity, length=2),
    *choice("confidence", Confidence, length=1),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    # Fixed at filing; re-filing or amending cannot restart a clock.
    Column("act_ended_on", Date, nullable=False),
    Column("confirmed_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("taxonomy_version", String(16), nullable=False),
    Column("policy", String(8), nullable=False),
    digest("policy_digest"),
    # Severity S1 is seen and scored only by the member that filed it.
    Column("own_only", Boolean, nullable=False),
    # The person was 18 to 20 at the act.
    Column("retention_halved", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    *choice("state", ReportState),
    Column("state_reason", String(40), nullable=True),
    instant("state_at"),
    instant("filed_at"),
    instant("served_at", nullable=True),
    # Since when it counts; what is disputed inside its notice window has never been shown and never is.
    instant("activated_at", nullable=True),
    Column("repaid_on", Date, nullable=True),
    # An appeal against it is admitted and undecided, whatever its state.
    Column("appeal_open", Boolean, nullable=False, server_default=false()),
    # A decision stated that the act did not happen, which silences the whole event.
    Column("act_denied", Boolean, nullable=False, server_default=false()),
    # It does not begin to count before somebody lets it (report_hold says why).
    Column("held", Boolean, nullable=False, server_default=false()),
    # When the current revision was made, if it is not the first.
    instant("revised_at", nullable=True),
    # The key under which every revision of this report is sealed; wrapped, and erased at expiry.
    Column("wrapped_key", LargeBinary, nullable=True),
    UniqueConstraint("member_id", "reference"),
    Index("ix_report_member_id_filed_at", "member_id", "filed_at", "id"),
    Index("ix_report_member_id_state", "member_id", "state", "filed_at", "id"),
    Index("ix_report_event_id", "event_id"),
    Index("ix_report_state_served_at", "state", "served_at"),
    Index("ix_report_expires_on", "expires_on"),
)

report_revision = Table(
    "report_revision",
    metadata,
    refers("report_id", "report", primary_key=True),
    Column("revision", Integer, primary_key=True),
    *choice("change", ("filed", "amended", "withdrawn", "repaid", "merged", "reinstated")),
    Column("reason", String(40), nullable=True),
    # The member's JWS over the canonical report, sealed under the report's key: it contains tokens. Null where the
    # revision changes no statement (withdrawn, repaid).
    Column("sealed_jws", LargeBinary, nullable=True),
    digest("jws_sha256", nullable=True),
    instant("created_at"),
)

report_identity = Table(
    "report_identity",
    metadata,
    refers("report_id", "report", primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("epoch", SmallInteger, primary_key=True),
    digest("stored", primary_key=True),
    # The last day on which the member knew that the person held it; a phone fades from here.
    Column("known_on", Date, nullable=False),
    # The first day on which it no longer matches anyone. The row stays until the report goes: a number that differs
    # speaks for the person.
    Column("ends_on", Date, nullable=True),
    # One look-up of a token answers from the index alone.
    Index(
        "ix_report_identity_stored",
        "stored",
        postgresql_include=["report_id", "kind", "epoch", "known_on", "ends_on"],
    ),
)

report_event = Table(
    "report_event",
    metadata,
    # A stored event token (CFR1 type 7), one per epoch, or a keyed hash of (member, order reference).
    digest("stored", primary_key=True),
    refers("report_id", "report", primary_key=True, index=True),
)

evidence_artefact = Table(
    "evidence_artefact",
    metadata,
    Column("report_id", report.c.id.type, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("artefact_id", String(64), primary_key=True),
    # One artefact may prove two things.
    Column("class_", String(4), primary_key=True),
    digest("sha256"),
    Column("retain_until", Date, nullable=False),
    ForeignKeyConstraint(["report_id", "revision"], ["report_revision.report_id", "report_revision.revision"]),
    Index("ix_evidence_artefact_sha256", "sha256"),
)

notice = Table(
    "notice",
    metadata,
    uuid_key(),
    refers("report_id", "report", index=True),
    refers("relay_id", "member"),
    *choice("kind", ("phone", "email")),
    *choice("channel", ("file", "sms", "email")),
    Column("epoch", SmallInteger, nullable=False),
    # The token that was served: only a query that matches it can treat the report as heard.
    digest("stored"),
    instant("served_at"),
    # The letter came back after all: nothing is heard by it, and the contact may be served anew.
    instant("bounced_at", nullable=True),
    Index(
        "uq_notice_report_id_stored",
        "report_id",
        "stored",
        unique=True,
        postgresql_where=text("bounced_at IS NULL"),
    ),
)
