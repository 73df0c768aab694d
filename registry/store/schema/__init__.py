"""The tables. There is no table of people: a person is never a row, and identities are never merged.

`metadata` holds them all; `audit` has a schema of its own so that grants on it can be as narrow as they are.
"""

from registry.store.schema.audit import (
    audit_batch_item,
    audit_checkpoint,
    audit_cosignature,
    audit_entry,
    audit_entry_tag,
    audit_erased,
    audit_key,
    audit_leaf,
    audit_outbox,
    audit_shard,
    audit_state,
    audit_tile,
    audit_writer,
    audit_writer_end,
    audit_writer_key,
    audit_writer_progress,
)
from registry.store.schema.auditing import finding, member_staff_tag, sample, sample_item, saved_search, sign_off
from registry.store.schema.columns import metadata
from registry.store.schema.disclosures import claim, disclosure, group_reliability
from registry.store.schema.erasures import erasure
from registry.store.schema.jobs import idempotency, import_job, import_line
from registry.store.schema.members import assertion_seen, group, member, member_key, quota_use
from registry.store.schema.recalls import outcome, recall, recall_acknowledgement, recall_lift, recall_step
from registry.store.schema.reports import (
    evidence_artefact,
    notice,
    report,
    report_event,
    report_identity,
    report_revision,
)
from registry.store.schema.staff import credential, session_, sign_in_attempt, staff
from registry.store.schema.webhooks import webhook_attempt, webhook_delivery, webhook_endpoint, webhook_message

__all__ = [
    "assertion_seen",
    "audit_batch_item",
    "audit_checkpoint",
    "audit_cosignature",
    "audit_entry",
    "audit_entry_tag",
    "audit_erased",
    "audit_key",
    "audit_leaf",
    "audit_outbox",
    "audit_shard",
    "audit_state",
    "audit_tile",
    "audit_writer",
    "audit_writer_end",
    "audit_writer_key",
    "audit_writer_progress",
    "claim",
    "credential",
    "disclosure",
    "erasure",
    "evidence_artefact",
    "finding",
    "group",
    "group_reliability",
    "idempotency",
    "import_job",
    "import_line",
    "member",
    "member_key",
    "member_staff_tag",
    "metadata",
    "notice",
    "outcome",
    "quota_use",
    "recall",
    "recall_acknowledgement",
    "recall_lift",
    "recall_step",
    "report",
    "report_event",
    "report_identity",
    "report_revision",
    "sample",
    "sample_item",
    "saved_search",
    "session_",
    "sign_in_attempt",
    "sign_off",
    "staff",
    "webhook_attempt",
    "webhook_delivery",
    "webhook_endpoint",
    "webhook_message",
]
