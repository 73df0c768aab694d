"""The words of the auditors' pages for what stands in closed lists. The Chinese ones are in `audit.po`."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.audit_filters import Facet
from registry.domain.ids import Purpose
from registry.domain.lenses import Lens
from registry.domain.samples import Finding
from registry.services import log_check
from registry_formats.exports import ExportFormat
from registry_formats.leaf import Group, LeafType
from registry_formats.openings import GroupState

PURPOSE_TEXT: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.OPEN_CLAIM: "An open claim",
        Purpose.RESTRICTION_REVIEW: "Review of a restriction",
        Purpose.APPEAL: "An appeal",
        Purpose.SUBJECT_ACCESS: "A request of the person concerned",
        Purpose.AUDIT_SAMPLE: "An audit",
        Purpose.COURT_OR_REGULATOR: "A court or a regulator",
    }
)
TYPE_TEXT: Mapping[LeafType, str] = MappingProxyType(
    {
        LeafType.QUERY: "Query",
        LeafType.REPORT: "Report",
        LeafType.APPEAL: "Appeal",
        LeafType.ADMIN: "Administration",
        LeafType.EXPORT: "Export",
        LeafType.ERASURE: "Erasure",
        LeafType.HEARTBEAT: "Heartbeat",
        LeafType.BREAK_GLASS: "Emergency access",
        LeafType.DENIED: "Refusal",
        LeafType.VOID: "Void number",
        LeafType.BATCH: "Batch of queries",
        LeafType.RECALL: "Recall",
        LeafType.AUTH: "Sign-in",
    }
)
FACET_TEXT: Mapping[Facet, str] = MappingProxyType(
    {
        Facet.TYPE: "Kind",
        Facet.MEMBER: "Member",
        Facet.ACTION: "Action",
        Facet.PURPOSE: "Purpose",
        Facet.OUTCOME: "Outcome",
    }
)
GROUP_TEXT: Mapping[Group, str] = MappingProxyType(
    {
        Group.ORG: "Who asked, why, on what basis",
        Group.CONTENT: "What was asked and answered",
        Group.SUBJECT: "Whom it concerns",
        Group.STAFF: "Which person or key acted",
    }
)
# A word, a sentence, and how grave it is.
STATE_TEXT: Mapping[GroupState, tuple[str, str, str]] = MappingProxyType(
    {
        GroupState.OK: ("OK", "It is what the log committed to.", "good"),
        GroupState.SHREDDED: ("Shredded", "It was destroyed, and an erasure entry of the log says so.", "warn"),
        GroupState.MISSING: ("Missing", "It is gone, and no erasure entry says why. This is an alarm.", "bad"),
        GroupState.MISMATCH: ("Mismatch", "It is not what the log committed to. This is an alarm.", "bad"),
    }
)
FINDING_TEXT: Mapping[Finding, str] = MappingProxyType(
    {
        Finding.IN_ORDER: "In order",
        Finding.PURPOSE_DOUBTFUL: "The purpose does not fit what was done",
        Finding.BASIS_MISSING: "No legal basis, or not that one",
        Finding.CLAIM_MISSING: "The member could not open the claim it named",
        Finding.EXCESSIVE: "More was looked at than the purpose needs",
        Finding.UNEXPLAINED: "Nobody can say why",
        Finding.UNREADABLE: "Nothing left to judge by",
    }
)
FORMAT_TEXT: Mapping[ExportFormat, str] = MappingProxyType(
    {
        ExportFormat.JSONL: "JSON lines: exact, for programs",
        ExportFormat.CSV: "CSV: for spreadsheets, with formulas made harmless",
        ExportFormat.PARQUET: "Parquet: for data tools",
        ExportFormat.OCSF: "OCSF: for security event systems",
    }
)
LENS_TEXT: Mapping[Lens, str] = MappingProxyType(
    {
        Lens.QUERY_RATE: "Questions per hour",
        Lens.DISTINCT_SUBJECTS: "Different people",
        Lens.HIT_RATE: "Rate of hits",
        Lens.CADENCE: "Regular gaps",
        Lens.OFF_HOURS: "At night",
        Lens.UNFOLLOWED: "Claims without a report",
        Lens.MANY_MEMBERS: "Many members, one person",
        Lens.OWN_PEOPLE: "Looks at own people",
        Lens.READS_WITHOUT_ACTS: "Reading without acting",
        Lens.EXPORTS: "Exports",
        Lens.BREAK_GLASS: "Emergency access",
        Lens.LATE_PROOFS: "Late proofs",
        Lens.WRITER_GAPS: "Missing numbers",
    }
)
# What makes a row stand out, by the thresholds in `domain/lens_judgements.py`, and what a lens cannot see.
MARK_TEXT: Mapping[Lens, str] = MappingProxyType(
    {
        Lens.QUERY_RATE: (
            "Marked: a busiest hour of 20 questions or more that is 3.5 median distances away from the member's own "
            "hours, or a total as far from its peers. Peers are compared where six members or more asked."
        ),
        Lens.DISTINCT_SUBJECTS: (
            "Marked: 20 people or more, and 3.5 median distances above the peers. A person asked about by other "
            "identifiers counts again."
        ),
        Lens.HIT_RATE: (
            "Marked: even the most that the rate can be, with 99 % certainty, is less than half of the peers' median. "
            "Below 100 questions nothing is marked."
        ),
        Lens.CADENCE: "Marked: a variation below 0.25 over 100 gaps or more. Batches count as one question.",
        Lens.OFF_HOURS: "Marked: 20 questions or more at night, with a share 3.5 median distances above the peers.",
        Lens.UNFOLLOWED: (
            "Marked: 20 claims or more, with a share 3.5 median distances above the peers. Outcomes that members send "
            "back are not counted."
        ),
        Lens.MANY_MEMBERS: "All are marked. One person with several tags can stand in several rows.",
        Lens.OWN_PEOPLE: "Marked: any look. Seen are only people whom a member registered of its own will.",
        Lens.READS_WITHOUT_ACTS: "Marked: 20 reads or more and not one act. Some roles only read.",
        Lens.EXPORTS: "Nothing is marked: an export is neither good nor bad by its number.",
        Lens.BREAK_GLASS: "All are marked.",
        Lens.LATE_PROOFS: "Marked: any late or missing proof. An entry never submitted is not seen here.",
        Lens.WRITER_GAPS: "Marked: any missing number. A number that is still on its way shows too.",
    }
)
COLUMN_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "queries": "Questions",
        "busiest_hour": "In the busiest hour",
        "busiest_at": "Busiest hour",
        "z_own": "Distance from its own hours",
        "z_peers": "Distance from its peers",
        "claims": "Claims",
        "subjects": "People",
        "hits": "Hits",
        "rate": "Hits in 100",
        "rate_at_most": "At most, in 100",
        "peers_rate": "Peers, in 100",
        "mean_gap_s": "Mean gap, seconds",
        "variation": "Variation of the gaps",
        "off_hours": "At night",
        "share": "Share, %",
        "unfollowed": "Without a report",
        "at": "When",
        "members": "Members",
        "looks": "Looks",
        "registered": "Registered people",
        "people": "People looked at",
        "reads": "Reads",
        "acts": "Acts",
        "exports": "Exports",
        "uses": "Uses",
        "last_at": "Last one",
        "entries": "Entries",
        "late": "Late",
        "never": "Never proved",
        "worst_s": "Longest wait, seconds",
        "first": "First number",
        "last": "Last number",
        "missing": "Missing",
    }
)
FAULT_TEXT: Mapping[log_check.Finding, str] = MappingProxyType(
    {
        log_check.Finding.LEAF_CHANGED: "The entry was changed after it was sealed",
        log_check.Finding.COLUMN_CHANGED: "What the entry is found by is not what it says",
        log_check.Finding.DETAIL_CHANGED: "A detail is not what the entry committed to",
        log_check.Finding.DETAIL_MISSING: "A detail is gone, and no erasure says why",
        log_check.Finding.DETAIL_KEPT: "A detail opens although an erasure says that it is gone",
        log_check.Finding.ENTRY_MISSING: "The entry is gone",
        log_check.Finding.INDEX_GAP: "Places of the tree are gone, or were put in",
        log_check.Finding.SIZE_DIFFERS: "The tree has fewer places than were signed",
        log_check.Finding.ROOT_DIFFERS: "The signed root does not follow from the entries",
        log_check.Finding.SIGNATURE_INVALID: "The checkpoint is not what the log's key signed",
    }
)
TEXTS = (
    *PURPOSE_TEXT.values(),
    *TYPE_TEXT.values(),
    *FACET_TEXT.values(),
    *GROUP_TEXT.values(),
    *(text for word, meaning, _ in STATE_TEXT.values() for text in (word, meaning)),
    *FINDING_TEXT.values(),
    *FORMAT_TEXT.values(),
    *LENS_TEXT.values(),
    *MARK_TEXT.values(),
    *COLUMN_TEXT.values(),
    *FAULT_TEXT.values(),
)
