"""An appeal in words, in the reader's language: grounds, answers, states, exhibits; each sentence is a message id."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.appeal_case import AppealState, Ground, ReporterAnswer
from registry.domain.appeal_files import EvidenceKind, MessageKind

GROUND_TEXT: Mapping[Ground, str] = MappingProxyType(
    {
        Ground.NOT_ME: "It was not me.",
        Ground.SOMEONE_ELSE: "It was somebody else, or the number belonged to somebody else before.",
        Ground.ACCOUNT_HIJACKED: "My account had been taken over.",
        Ground.MINOR: "The person was a minor or under guardianship.",
        Ground.DAMAGE_REAL: "The damage was real.",
        Ground.NOT_AI: "The picture was not made by AI, or AI only changed how it looks.",
        Ground.CARRIER_OR_BATCH: "The carrier damaged it, or the whole batch was faulty.",
        Ground.WRONG_FACTS: "The facts are wrong.",
        Ground.DUPLICATE: "The same matter is recorded twice.",
        Ground.NO_NOTICE: "I was not told, or not properly.",
        Ground.NO_LEGAL_BASIS: "There is no legal basis for the record.",
        Ground.EXPIRED: "The record has expired, or its period is wrong.",
        Ground.SETTLED: "The money was paid back and the matter settled.",
        Ground.DISPROPORTIONATE: "The record is out of proportion.",
        Ground.RETALIATION: "The record answers a complaint of mine.",
        Ground.AUTOMATION_ALONE: "Automation alone decided.",
        Ground.DECIDED_ELSEWHERE: "A court or a mediator decided for me.",
    }
)
ANSWER_TEXT: Mapping[ReporterAnswer, str] = MappingProxyType(
    {
        ReporterAnswer.ACCURATE: "The report is accurate as it stands.",
        ReporterAnswer.AMEND: "The report needs a correction.",
        ReporterAnswer.WITHDRAW: "The report is withdrawn.",
        ReporterAnswer.MISROUTED: "The report is withdrawn, because it was about something or somebody else.",
        ReporterAnswer.SUBJECT_IS_VICTIM: "The report is withdrawn, because the person is a victim.",
    }
)
# Where it stands, and who acts next.
STATE_TEXT: Mapping[AppealState, str] = MappingProxyType(
    {
        AppealState.RECEIVED: "Received. Waits for the proof that the contact is yours.",
        AppealState.INADMISSIBLE: "Lapsed, because nobody proved that the contact is theirs. You can appeal again.",
        AppealState.AWAITING_REPORTER: "Admitted. The member that filed the record must answer.",
        AppealState.AWAITING_SUBJECT: "A reviewer has a question for you.",
        AppealState.IN_REVIEW: "A reviewer who never dealt with the record is examining it.",
        AppealState.PENDING_APPROVAL: "A decision is drafted. Another person must confirm it.",
        AppealState.DECIDED: "Decided. The letter has the reasons.",
        AppealState.SECOND_INSTANCE: "A panel of three is examining it again.",
        AppealState.CLOSED_EXTERNAL: "Closed by the decision of a court, a regulator or a mediator.",
        AppealState.WITHDRAWN_BY_SUBJECT: "Taken back by the person who appealed.",
    }
)
MESSAGE_TEXT: Mapping[MessageKind, str] = MappingProxyType(
    {
        MessageKind.APPEAL: "Appeal",
        MessageKind.ANSWER: "Answer",
        MessageKind.QUESTION: "Question",
        MessageKind.REPLY: "Reply",
        MessageKind.REMARK: "Remark",
    }
)
EXHIBIT_TEXT: Mapping[EvidenceKind, str] = MappingProxyType(
    {
        EvidenceKind.CHAT: "Conversation",
        EvidenceKind.DECISION: "Decision of a court, regulator or mediator",
        EvidenceKind.DOCUMENT: "Document",
        EvidenceKind.PHOTO: "Photo",
        EvidenceKind.VIDEO: "Video",
        EvidenceKind.OTHER: "Something else",
    }
)
