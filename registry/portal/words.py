"""What the portal calls things: states, kinds of evidence, reasons to look, in sentences for the person concerned."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from babel.lists import format_list

from registry.domain.appeal_case import Ground, Party, Result
from registry.domain.appeal_files import LetterKind, Side
from registry.domain.appeal_words import EXHIBIT_TEXT, MESSAGE_TEXT
from registry.domain.evidence import EvidenceClass
from registry.domain.ids import Band, IdentifierKind, Protective, Purpose, ReportState
from registry.domain.subjects import Capacity

KIND_TEXT: Mapping[str, str] = MappingProxyType(
    {
        IdentifierKind.PHONE: "your phone number",
        IdentifierKind.EMAIL: "your e-mail address",
        IdentifierKind.NATIONAL_ID: "the number of an identity document",
        IdentifierKind.PAYMENT: "a means of payment",
        IdentifierKind.ADDRESS: "an address",
        IdentifierKind.DEVICE: "a device",
    }
)
STATE_SHORT: Mapping[ReportState, str] = MappingProxyType(
    {
        ReportState.SUBMITTED: "Newly filed",
        ReportState.NOTICE_WINDOW: "You can answer",
        ReportState.ACTIVE: "In force",
        ReportState.DISPUTED: "Contested",
        ReportState.SUSPENDED: "Suspended",
        ReportState.RESTRICTED: "Locked",
        ReportState.OVERTURNED: "Overturned",
        ReportState.INCONCLUSIVE: "Not settled",
        ReportState.WITHDRAWN: "Taken back",
        ReportState.EXPIRED: "Has ended",
        ReportState.SEALED: "Sealed",
    }
)
RECORD_TEXT: Mapping[ReportState, str] = MappingProxyType(
    {
        ReportState.SUBMITTED: "It has been filed. It counts for nothing before you have been told of it.",
        ReportState.NOTICE_WINDOW: "You have been told of it. It counts for nothing before the time to answer is over.",
        ReportState.ACTIVE: "It stands, and it counts as long as nothing about it is contested.",
        ReportState.DISPUTED: "It is contested. It counts for nothing until that is decided.",
        ReportState.SUSPENDED: "The decision about it is late. It counts for nothing until it is taken.",
        ReportState.RESTRICTED: "It is locked: kept, but neither shown to members nor counted.",
        ReportState.OVERTURNED: "It was overturned. It counts for nothing, and members may not rest on it any more.",
        ReportState.INCONCLUSIVE: "What happened could not be settled. It counts for nothing, and will be deleted.",
        ReportState.WITHDRAWN: "The member has taken it back. It counts for nothing.",
        ReportState.EXPIRED: "It has ended. Everything in it that named you is destroyed.",
        ReportState.SEALED: "It is sealed because of your age at the time. Nobody sees it, and it counts for nothing.",
    }
)
STATE_KIND: Mapping[ReportState, str] = MappingProxyType(
    {
        ReportState.ACTIVE: "bad",
        ReportState.NOTICE_WINDOW: "warn",
        ReportState.DISPUTED: "warn",
        ReportState.SUSPENDED: "warn",
        ReportState.OVERTURNED: "good",
        ReportState.WITHDRAWN: "good",
    }
)
BAND_TEXT: Mapping[Band, str] = MappingProxyType(
    {
        Band.NONE: "Nothing counts against you.",
        Band.LOW: "Little counts against you.",
        Band.GUARDED: "Something counts against you.",
        Band.HIGH: "Much counts against you.",
        Band.SEVERE: "Very much counts against you.",
    }
)
EVIDENCE_TEXT: Mapping[EvidenceClass, str] = MappingProxyType(
    {
        EvidenceClass.IMAGE_MATCH: "A picture that was used for an earlier claim",
        EvidenceClass.PROVENANCE: "A label of where a picture comes from, such as an AI label",
        EvidenceClass.INCONSISTENCY: "Pictures that do not fit each other",
        EvidenceClass.PACKING_RECORD: "A record of packing or unpacking: video, weight, seal or serial number",
        EvidenceClass.CARRIER_DATA: "Data of the carrier",
        EvidenceClass.INSPECTION: "An inspection of the returned goods by somebody else",
        EvidenceClass.WORDS: "A conversation, or an admission",
        EvidenceClass.GRAPH: "A connection to other confirmed cases (counts for nothing)",
        EvidenceClass.EXPERT_REPORT: "The report of an expert",
        EvidenceClass.DETECTOR: "The result of an AI detector (counts for nothing)",
        EvidenceClass.MERCHANT_STATEMENT: "A statement of the merchant (counts for nothing)",
    }
)
PURPOSE_TEXT: Mapping[str, str] = MappingProxyType(
    {
        Purpose.OPEN_CLAIM: "An open after-sales claim",
        Purpose.RESTRICTION_REVIEW: "The review of a restriction",
        Purpose.APPEAL: "An appeal",
        Purpose.SUBJECT_ACCESS: "Your own access",
        Purpose.AUDIT_SAMPLE: "A check by the auditor",
        Purpose.COURT_OR_REGULATOR: "A court or an authority",
    }
)
PROTECTION_TEXT: Mapping[Protective, str] = MappingProxyType(
    {
        Protective.ACCOUNT_TAKEN_OVER: "My account was taken over",
        Protective.IDENTITY_MISUSED: "Somebody else uses my identity",
        Protective.FROZEN_BY_SUBJECT: "Freeze: verify that it is me, whatever happens",
    }
)
RESULT_TEXT: Mapping[Result, str] = MappingProxyType(
    {
        Result.UPHELD: "The record stands as it is.",
        Result.AMENDED: "The record was corrected.",
        Result.INCONCLUSIVE: "It could not be settled. The record counts for nothing and will be deleted.",
        Result.OVERTURNED: "The record was overturned. It counts for nothing any more.",
        Result.WITHDRAWN: "The record was withdrawn. It counts for nothing any more.",
        Result.ENDED: "The record has ended, so there was nothing left to decide.",
    }
)
LETTER_TEXT: Mapping[LetterKind, str] = MappingProxyType(
    {
        LetterKind.ARRIVAL: "Your appeal has arrived",
        LetterKind.LAPSE: "Your appeal has lapsed",
        LetterKind.ADMISSION: "Your appeal is admitted",
        LetterKind.REMINDER: "A reminder",
        LetterKind.QUESTION: "A question to you",
        LetterKind.DECISION: "The decision",
    }
)
SIDE_TEXT: Mapping[Side, str] = MappingProxyType(
    {Side.SUBJECT: "You", Side.MEMBER: "The member that filed the record", Side.REGISTRY: "The registry"}
)
CHANGE_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "amended": "The record was corrected.",
        "disputed": "The record is contested and counts for nothing meanwhile.",
        "removed": "The record is gone. Nothing may rest on it any more.",
        "suspended": "The record is suspended and counts for nothing.",
    }
)
CHAIN_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "told": "The registry told the member.",
        "acknowledged": "The member said that it has taken note.",
        "alert": "The member kept silent, and the auditor was alerted.",
        "suspend": "The member kept silent, and may ask nothing more until it answers.",
        "lift_demanded": "The member must now lift:",
        "lifted": "The member has lifted:",
    }
)
CAPACITY_TEXT: Mapping[Capacity, str] = MappingProxyType(
    {
        Capacity.SELF: "For yourself",
        Capacity.AGENT: "As somebody's agent",
        Capacity.GUARDIAN: "As somebody's guardian",
    }
)
ACTING_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "self": "For myself",
        "agent:lawyer": "As a lawyer, for a client",
        "agent:power_of_attorney": "For somebody who gave me power of attorney",
        "guardian:parent": "As a parent, for my child",
        "guardian:court": "As a guardian whom a court appointed",
    }
)
AWAITED_TEXT: Mapping[Party, str] = MappingProxyType(
    {
        Party.SUBJECT: "You act next:",
        Party.MEMBER: "The platform must answer:",
        Party.REGISTRY: "The registry acts next:",
        Party.REVIEWER: "It must be decided:",
        Party.PANEL: "The panel must decide:",
        Party.OFFICER: "The registry must carry it out:",
    }
)
PLACE_TEXT: Mapping[str, str] = MappingProxyType(
    {"CN": "Mainland China", "GB": "United Kingdom", "US": "United States", "EU": "European Union"}
)
STAGES: tuple[str, ...] = (
    "It arrived",
    "It was admitted; the record is contested",
    "The platform has answered",
    "It was decided",
    "Everybody was told",
)
# Grounds as a person looks for theirs: who, what, whether it may be recorded at all.
GROUNDS: Mapping[str, tuple[Ground, ...]] = MappingProxyType(
    {
        "It is about somebody else": (Ground.NOT_ME, Ground.SOMEONE_ELSE, Ground.ACCOUNT_HIJACKED, Ground.MINOR),
        "What it says is wrong": (
            *(Ground.DAMAGE_REAL, Ground.NOT_AI, Ground.CARRIER_OR_BATCH),
            *(Ground.WRONG_FACTS, Ground.DUPLICATE),
        ),
        "It should not be recorded, or no longer": (
            *(Ground.NO_NOTICE, Ground.NO_LEGAL_BASIS, Ground.EXPIRED, Ground.SETTLED),
            *(Ground.DISPROPORTIONATE, Ground.RETALIATION, Ground.AUTOMATION_ALONE, Ground.DECIDED_ELSEWHERE),
        ),
    }
)
LOOK_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "score.query": "Asked what is recorded",
        "score.batch": "Asked what is recorded, among other claims",
        "statement.read": "Read your statement",
        "evidence.look": "Opened a file of the appeal",
        "appeal.read": "Read the appeal",
        "appeal.letter_read": "Read a letter of the appeal",
        "subject.file": "Looked at your own records",
        "subject.explain": "Looked at how your score comes about",
        "subject.looks": "Looked at who looked",
        "subject.recalls": "Looked at who was told of a change",
        "subject.statement": "Read your own statement",
        "subject.protective": "Looked at your own protection",
        "subject_link.open": "Opened a link that a member sent",
    }
)
SENTENCES: tuple[str, ...] = (*STAGES, *GROUNDS)
OTHER_LOOK = "Looked at a record of yours"
# Every sentence above, for the catalogue.
# Kept elsewhere, named here for the templates.
EXHIBIT, MESSAGE = EXHIBIT_TEXT, MESSAGE_TEXT
TABLES: tuple[Mapping[Any, str], ...] = (
    *(KIND_TEXT, STATE_SHORT, RECORD_TEXT, BAND_TEXT, EVIDENCE_TEXT, PURPOSE_TEXT, PROTECTION_TEXT, RESULT_TEXT),
    *(LETTER_TEXT, SIDE_TEXT, CHANGE_TEXT, CHAIN_TEXT, CAPACITY_TEXT, ACTING_TEXT, LOOK_TEXT),
    *(AWAITED_TEXT, PLACE_TEXT),
)


def acting(say: Callable[[str], str]) -> list[tuple[str, str]]:
    """List for whom one may act, as a choice."""
    return [(value, say(text)) for value, text in ACTING_TEXT.items()]


def listed(say: Callable[[str], str], language: str, kinds: Iterable[str]) -> str:
    """Name kinds of contact one after the other, as the language does."""
    return format_list([say(KIND_TEXT[kind]) for kind in kinds], locale=language)


def protections(say: Callable[[str], str], kinds: Iterable[Protective]) -> list[tuple[str, str]]:
    """List warnings that can be placed, as a choice."""
    return [(kind, say(PROTECTION_TEXT[kind])) for kind in kinds]
