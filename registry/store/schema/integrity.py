"""Conduct of members: what was found, what followed, which reports wait or are looked at again, who coincides."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from registry.domain.ids import IdentifierKind, MemberIntegrity
from registry.domain.integrity import Sanction
from registry.store.schema.columns import choice, digest, instant, metadata, refers, uuid_key

integrity_finding = Table(
    "integrity_finding",
    metadata,
    uuid_key(),
    refers("member_id", "member"),
    *choice("kind", MemberIntegrity, length=8),
    # When the member did it, or failed to.
    instant("at"),
    # What says so: an appeal, a second look at a report, an item of an auditor's sample.
    Column("source", String(24), nullable=False),
    Column("source_id", Uuid, nullable=False),
    instant("recorded_at"),
    # Whoever finds the same twice has found it once.
    UniqueConstraint("member_id", "kind", "source", "source_id"),
    comment="MI-01 to MI-04",
)

member_sanction = Table(
    "member_sanction",
    metadata,
    uuid_key(),
    refers("member_id", "member"),
    *choice("sanction", Sanction),
    instant("began_at"),
    # By the rule itself, or lifted by two people.
    instant("ended_at", nullable=True),
    Column("lift_proposed_by", Uuid, nullable=True),
    instant("lift_proposed_at", nullable=True),
    Column("lift_reason", String(500), nullable=True),
    Column("lifted_by", Uuid, nullable=True),
    Index(
        "uq_member_sanction_member_id_sanction",
        "member_id",
        "sanction",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="One of a kind at a time",
)

filing_day = Table(
    "filing_day",
    metadata,
    refers("member_id", "member", primary_key=True),
    Column("day", Date, primary_key=True),
    Column("filed", Integer, nullable=False),
    comment="Reports that were taken, by UTC day: what is usual for a member",
)

transparency = Table(
    "transparency",
    metadata,
    # The first day of the quarter.
    Column("quarter", Date, primary_key=True),
    Column("figures", JSONB, nullable=False),
    instant("as_of"),
    comment="What is published, computed by the worker",
)

readjudication_week = Table(
    "readjudication_week",
    metadata,
    Column("begins_on", Date, primary_key=True),
    # Drawn when the week is over, published once all its reports are judged.
    digest("seed"),
    instant("drawn_at"),
)

readjudication = Table(
    "readjudication",
    metadata,
    refers("report_id", "report", primary_key=True),
    Column("week", Date, ForeignKey("readjudication_week.begins_on"), nullable=False, index=True),
    instant("drawn_at"),
    Column("reviewer_id", Uuid, nullable=True),
    instant("claimed_at", nullable=True),
    Column("result", String(16), nullable=True),
    Column("note", String(2_000), nullable=True),
    instant("judged_at", nullable=True),
    comment="Reports drawn for a second look",
)

brake = Table(
    "brake",
    metadata,
    uuid_key(),
    refers("member_id", "member", index=True),
    instant("began_at"),
    # Which of its reports are audited depends on this alone.
    digest("seed"),
    # Since then further reports wait for another one.
    instant("drawn_at", nullable=True),
    comment="A wave of reports that came too fast",
)

report_hold = Table(
    "report_hold",
    metadata,
    refers("report_id", "report", primary_key=True),
    Column("brake_id", Uuid, ForeignKey("brake.id"), nullable=True, index=True),
    Column("supervised", Boolean, nullable=False),
    instant("held_at"),
    # It must be judged by itself; the rest of a wave is released with the last of its sample.
    Column("sampled", Boolean, nullable=False),
    Column("verdict", String(16), nullable=True),
    Column("settled_by", Uuid, nullable=True),
    instant("settled_at", nullable=True),
    Index("ix_report_hold_held_at", "held_at", "report_id", postgresql_where=text("settled_at IS NULL")),
    comment="Reports that do not begin to count before somebody lets them",
)

overlap_alarm = Table(
    "overlap_alarm",
    metadata,
    uuid_key(),
    refers("low_id", "member"),
    refers("high_id", "member"),
    *choice("kind", IdentifierKind),
    Column("common", Integer, nullable=False),
    # In thousandths.
    Column("expected", Integer, nullable=False),
    instant("found_at"),
    Index("ix_overlap_alarm_found_at", "found_at", "id"),
    comment="Two members whose subjects coincide far above chance",
)
