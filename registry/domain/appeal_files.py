"""What is kept beside an appeal: messages of three sides, evidence, letters; each word is stored as it stands here."""

from enum import StrEnum


class Side(StrEnum):
    """The three who talk; a message names which of them may read it."""

    MEMBER = "member"
    REGISTRY = "registry"
    SUBJECT = "subject"


class MessageKind(StrEnum):
    """What a message is."""

    APPEAL = "appeal"  # why the subject appeals
    ANSWER = "answer"  # of the member, signed by it
    QUESTION = "question"  # the one question to the subject
    REPLY = "reply"  # to that question
    REMARK = "remark"  # anything else


class EvidenceKind(StrEnum):
    """What was put forward. Decisions are of a court, regulator or mediator."""

    CHAT = "chat"
    DECISION = "decision"
    DOCUMENT = "document"
    PHOTO = "photo"
    VIDEO = "video"
    OTHER = "other"


class LetterKind(StrEnum):
    """The letters of an appeal, in the order in which they may follow."""

    ARRIVAL = "arrival"
    LAPSE = "lapse"
    ADMISSION = "admission"
    REMINDER = "reminder"
    QUESTION = "question"
    DECISION = "decision"
