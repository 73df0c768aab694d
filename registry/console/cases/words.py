"""What stands in tables, in words for those who work on cases; each sentence is a message id."""

from collections.abc import Mapping
from typing import Any

from registry.domain import refusals
from registry.domain.appeal_case import AppealState, AppealStep, Party, Result, Seat
from registry.domain.appeal_files import LetterKind, Side
from registry.domain.appeal_skips import SkipReason
from registry.domain.appeal_words import ANSWER_TEXT, EXHIBIT_TEXT, GROUND_TEXT, MESSAGE_TEXT
from registry.domain.evidence import (
    C2paValidation,
    CaptureChannel,
    CustodyAction,
    CustodyRole,
    DisclosureMode,
    EvidenceClass,
    SourceType,
)
from registry.domain.evidence import LabelState as Label
from registry.domain.ids import Band, IdentifierKind, MemberIntegrity, ReportState
from registry.domain.pillars import Pillar
from registry.domain.record_words import CONFIDENCE_TEXT, SEVERITY_TEXT
from registry.store.appeal_lists import Tab

TAB: Mapping[Tab, str] = {
    Tab.MINE: "Mine",
    Tab.UNCLAIMED: "Unclaimed",
    Tab.AWAITING_OTHERS: "Awaiting others",
    Tab.SECOND_PERSON: "Second person",
    Tab.SECOND_INSTANCE: "Second instance",
    Tab.OPEN: "All open",
}
NOTHING: Mapping[Tab, str] = {
    Tab.MINE: "You hold no case. Take one from those that nobody has claimed.",
    Tab.UNCLAIMED: "Every case has somebody who works on it.",
    Tab.AWAITING_OTHERS: "Nothing waits for a member or for a person.",
    Tab.SECOND_PERSON: "No draft waits for a second person.",
    Tab.SECOND_INSTANCE: "Nothing is in second instance.",
    Tab.OPEN: "No appeal is open.",
}
SKIP: Mapping[SkipReason, str] = {
    SkipReason.KNOWS_SOMEBODY: "I know somebody in it",
    SkipReason.LANGUAGE: "It is in a language that I do not read",
    SkipReason.KNOWLEDGE: "It needs what I do not know",
    SkipReason.NO_TIME: "I have no time for it before it is due",
}
STATE: Mapping[AppealState, str] = {
    AppealState.RECEIVED: "Waits for proof of identity",
    AppealState.INADMISSIBLE: "Lapsed",
    AppealState.AWAITING_REPORTER: "Waits for the member",
    AppealState.AWAITING_SUBJECT: "Waits for the person",
    AppealState.IN_REVIEW: "In review",
    AppealState.PENDING_APPROVAL: "Waits for a second person",
    AppealState.DECIDED: "Decided",
    AppealState.SECOND_INSTANCE: "In second instance",
    AppealState.CLOSED_EXTERNAL: "Decided outside",
    AppealState.WITHDRAWN_BY_SUBJECT: "Taken back",
}
RECORD: Mapping[ReportState, str] = {
    ReportState.SUBMITTED: "Filed, the person is not told yet",
    ReportState.NOTICE_WINDOW: "The person is told and may answer",
    ReportState.ACTIVE: "Counts",
    ReportState.DISPUTED: "Disputed, does not count",
    ReportState.SUSPENDED: "Suspended, does not count",
    ReportState.RESTRICTED: "Restricted by an order",
    ReportState.OVERTURNED: "Overturned",
    ReportState.INCONCLUSIVE: "Inconclusive, does not count",
    ReportState.WITHDRAWN: "Withdrawn",
    ReportState.EXPIRED: "Expired",
    ReportState.SEALED: "Sealed",
}
# Buttons are named by their effect.
EFFECT: Mapping[Result, str] = {
    Result.UPHELD: "Uphold the record",
    Result.AMENDED: "Correct the record",
    Result.OVERTURNED: "Overturn the record",
    Result.INCONCLUSIVE: "It cannot be established",
}
MEANS: Mapping[Result, str] = {
    Result.UPHELD: "It stays as it is and counts again.",
    Result.AMENDED: "It counts from now on only as corrected.",
    Result.OVERTURNED: "It is removed, and everybody who was told of it is told so.",
    Result.INCONCLUSIVE: "Both accounts are kept; it does not count and is deleted after 90 days.",
}
RESULT: Mapping[Result, str] = {
    Result.UPHELD: "Upheld",
    Result.AMENDED: "Corrected",
    Result.INCONCLUSIVE: "Not established",
    Result.OVERTURNED: "Overturned",
    Result.WITHDRAWN: "Withdrawn",
    Result.ENDED: "Ended",
}
STEP: Mapping[str, str] = {
    "lodge": "Appeal lodged",
    AppealStep.PROVE: "Identity proved",
    AppealStep.LAPSE: "Lapsed: nobody proved who they are",
    AppealStep.ADMIT: "Admitted, record marked as disputed",
    AppealStep.ANSWER: "The member answered",
    AppealStep.MISS_ANSWER: "The member did not answer in time",
    AppealStep.CLAIM: "Claimed",
    AppealStep.ASSIGN: "Assigned",
    AppealStep.RELEASE: "Released",
    AppealStep.ASK: "The person was asked",
    AppealStep.REPLY: "The person replied",
    AppealStep.MISS_REPLY: "The person did not reply in time",
    AppealStep.ADD_EVIDENCE: "Evidence added",
    AppealStep.ADMIT_ARTEFACT: "New evidence admitted",
    AppealStep.DRAFT: "Decision drafted",
    AppealStep.APPROVE: "Draft approved",
    AppealStep.RETURN: "Draft returned",
    AppealStep.MISS_DECISION: "Decision overdue",
    AppealStep.TELL: "Everybody was told",
    AppealStep.MISS_TELLING: "Not told in time",
    AppealStep.ASK_SECOND: "Second instance asked for",
    AppealStep.SEAT: "Seat filled",
    AppealStep.VOTE: "Vote given",
    AppealStep.MISS_SECOND: "The panel did not decide in time",
    AppealStep.DROP_SECOND: "Second instance dropped",
    AppealStep.RECORD_EXTERNAL: "Decision from outside entered",
    AppealStep.APPLY_EXTERNAL: "Decision from outside applied",
    AppealStep.MISS_EXTERNAL: "Decision from outside not applied in time",
    AppealStep.WITHDRAW: "Taken back",
    AppealStep.CLOSE: "Closed with its record",
}
PARTY: Mapping[Party, str] = {
    Party.SUBJECT: "The person",
    Party.MEMBER: "The member",
    Party.REGISTRY: "The registry",
    Party.CLOCK: "The clock",
    Party.AUDITOR: "Auditor",
    Party.OFFICER: "Officer",
    Party.OPERATOR: "Operator",
    Party.PANEL: "Panel",
    Party.REVIEWER: "Reviewer",
    Party.SUPERVISOR: "Supervisor",
}
SIDE: Mapping[Side, str] = {
    Side.MEMBER: "The member",
    Side.REGISTRY: "The registry",
    Side.SUBJECT: "The person",
}
LETTER: Mapping[LetterKind, str] = {
    LetterKind.ARRIVAL: "Your appeal has arrived",
    LetterKind.LAPSE: "Your appeal has lapsed",
    LetterKind.ADMISSION: "Your appeal is being examined",
    LetterKind.REMINDER: "Reminder",
    LetterKind.QUESTION: "A question to you",
    LetterKind.DECISION: "The decision",
}
PILLAR: Mapping[Pillar, str] = {
    Pillar.GROUNDS: "At least one sentence of fact",
    Pillar.PROOF: "Two independent kinds of proof, one of them not from the claimant",
    Pillar.DEFINITION: "The act is what the category says",
    Pillar.HARM: "A refund was paid, or a claim refused",
    Pillar.IDENTITY: "The account belongs to the person",
    Pillar.HEARING: "The person was told and could answer",
    Pillar.REVIEW: "The merchant was heard, and independent people confirmed",
    Pillar.ALTERNATIVES: "Innocent explanations were ruled out",
    Pillar.LEGAL_BASIS: "A legal basis for sharing",
    Pillar.IMPACT_ASSESSMENT: "An impact assessment",
}
CLASS: Mapping[EvidenceClass, str] = {
    EvidenceClass.IMAGE_MATCH: "Match with the image of an earlier claim",
    EvidenceClass.PROVENANCE: "Origin: content credentials, AI label or text of a generator",
    EvidenceClass.INCONSISTENCY: "Contradiction between pictures",
    EvidenceClass.PACKING_RECORD: "Record of packing or unpacking",
    EvidenceClass.CARRIER_DATA: "Data of the carrier",
    EvidenceClass.INSPECTION: "Inspection of the returned goods",
    EvidenceClass.WORDS: "Chat or admission",
    EvidenceClass.GRAPH: "Link to confirmed incidents; counts nothing",
    EvidenceClass.EXPERT_REPORT: "Report of an expert",
    EvidenceClass.DETECTOR: "An AI detector; a lead that counts nothing",
    EvidenceClass.MERCHANT_STATEMENT: "Statement of the merchant; counts nothing",
}
CHANNEL: Mapping[CaptureChannel, str] = {
    CaptureChannel.IN_APP_CAMERA: "Camera inside the app",
    CaptureChannel.ALBUM: "Album",
    CaptureChannel.CHAT: "Chat",
    CaptureChannel.CCTV: "Surveillance camera",
}
LABEL: Mapping[Label, str] = {
    Label.ABSENT: "No AI label, which means nothing",
    Label.GENERATED: "Labelled as generated by AI",
    Label.DECLARED: "Declared as AI by its user",
    Label.SUSPECTED: "Suspected by a detector; a lead that counts nothing",
    Label.GENERATOR_TEXT: "Holds the text of a generator",
}
HOLDER: Mapping[CustodyRole, str] = {
    CustodyRole.CLAIMANT: "Claimant",
    CustodyRole.MERCHANT: "Merchant",
    CustodyRole.CARRIER: "Carrier",
    CustodyRole.INSPECTOR: "Inspector",
    CustodyRole.PLATFORM: "Platform",
    CustodyRole.REVIEWER: "Reviewer",
    CustodyRole.COURT: "Court",
}
HANDLED: Mapping[CustodyAction, str] = {
    CustodyAction.CAPTURED: "captured",
    CustodyAction.RECEIVED: "received",
    CustodyAction.HASHED: "hashed",
    CustodyAction.COPIED: "copied",
    CustodyAction.REDACTED: "redacted",
    CustodyAction.REVIEWED: "reviewed",
    CustodyAction.SEALED: "sealed",
}
DISCLOSE: Mapping[DisclosureMode, str] = {
    DisclosureMode.FULL: "The person may see it",
    DisclosureMode.REDACTED: "The person may see a redacted copy",
    DisclosureMode.NONE: "Kept from the person",
}
IDENTIFIER: Mapping[IdentifierKind, str] = {
    IdentifierKind.PHONE: "Phone",
    IdentifierKind.EMAIL: "E-mail",
    IdentifierKind.NATIONAL_ID: "Identity document",
    IdentifierKind.PAYMENT: "Payment account",
    IdentifierKind.ADDRESS: "Address",
    IdentifierKind.DEVICE: "Device",
}
BAND: Mapping[Band, str] = {
    Band.NONE: "No band",
    Band.LOW: "Low",
    Band.GUARDED: "Guarded",
    Band.HIGH: "High",
    Band.SEVERE: "Severe",
}
FINDING: Mapping[MemberIntegrity, str] = {
    MemberIntegrity.FALSE_REPORT: "The member filed a false report",
    MemberIntegrity.NO_NOTICE: "The member gave no notice, or a defective one",
}
SEAT: Mapping[Seat, str] = {
    Seat.CONSUMER: "Consumers' seat",
    Seat.MERCHANT: "Merchants' seat",
    Seat.NEUTRAL: "Neutral seat",
}
C2PA: Mapping[C2paValidation | None, str] = {
    C2paValidation.VALID: "Valid signature",
    C2paValidation.UNTRUSTED: "Signature of somebody unknown",
    C2paValidation.INVALID: "Invalid signature",
    None: "Signature not checked",
}
SOURCE: Mapping[SourceType, str] = {
    SourceType.CAMERA: "taken by a camera",
    SourceType.COMPUTATIONAL_CAMERA: "taken and computed by a camera",
    SourceType.AI_GENERATED: "made by AI",
    SourceType.AI_COMPOSITE: "partly made by AI",
    SourceType.OTHER: "of another source",
}
# Kept elsewhere, named here for the templates.
GROUND, ANSWER, REFUSALS = GROUND_TEXT, ANSWER_TEXT, refusals.REFUSALS
MESSAGE, KIND, SEVERITY, CONFIDENCE = MESSAGE_TEXT, EXHIBIT_TEXT, SEVERITY_TEXT, CONFIDENCE_TEXT
TABLES: tuple[Mapping[Any, str], ...] = (
    *(TAB, NOTHING, STATE, RECORD, EFFECT, MEANS, RESULT, STEP, PARTY, SIDE, LETTER, PILLAR, CLASS),
    *(CHANNEL, LABEL, HOLDER, HANDLED, DISCLOSE, IDENTIFIER, BAND, FINDING, SEAT, C2PA),
    *(SOURCE, SKIP),
)
