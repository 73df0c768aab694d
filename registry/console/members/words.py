"""What stands in tables, in words for members' people; each sentence is a message id."""

from collections.abc import Iterator, Mapping

from registry.console.members.rooms import NAMES
from registry.domain.appeal_case import AppealState, ReporterAnswer, Result
from registry.domain.appeal_files import LetterKind, Side
from registry.domain.appeal_words import ANSWER_TEXT, EXHIBIT_TEXT, GROUND_TEXT, MESSAGE_TEXT
from registry.domain.go_live import GoLive
from registry.domain.ids import MemberIntegrity, ReportState
from registry.domain.integrity import Sanction
from registry.domain.lifecycle import RestrictReason, WithdrawReason
from registry.domain.outcomes import Flag
from registry.domain.quotas import Quota
from registry.domain.record_words import CONFIDENCE_TEXT, SEVERITY_TEXT
from registry.domain.webhooks import DeliveryState, EndReason, Event, Failure
from registry.services.appeals import MemberTab

RECORD: Mapping[ReportState, str] = {
    ReportState.SUBMITTED: "Being told",
    ReportState.NOTICE_WINDOW: "May be answered",
    ReportState.ACTIVE: "In force",
    ReportState.DISPUTED: "Contested",
    ReportState.SUSPENDED: "Suspended",
    ReportState.RESTRICTED: "Restricted",
    ReportState.OVERTURNED: "Overturned",
    ReportState.INCONCLUSIVE: "Inconclusive",
    ReportState.WITHDRAWN: "Taken back",
    ReportState.EXPIRED: "Run out",
    ReportState.SEALED: "Sealed",
}
RECORD_MEANS: Mapping[ReportState, str] = {
    ReportState.SUBMITTED: "The relay is telling the person. Nobody else sees it yet.",
    ReportState.NOTICE_WINDOW: "The person was told and may answer. It does not count yet.",
    ReportState.ACTIVE: "It counts, until the day it ends.",
    ReportState.DISPUTED: "The person contests it. It counts nothing until that is decided.",
    ReportState.SUSPENDED: "The decision is late. It counts nothing until there is one.",
    ReportState.RESTRICTED: "It is kept, and neither shown nor counted.",
    ReportState.OVERTURNED: "It was overturned on appeal. Whoever was told of it must forget it.",
    ReportState.INCONCLUSIVE: "Nobody could tell what happened. It counts nothing, and is deleted after 90 days.",
    ReportState.WITHDRAWN: "It was taken back. Whoever was told of it must forget it.",
    ReportState.EXPIRED: "Its time is over. Nobody can be found by it any more.",
    ReportState.SEALED: "The person was under age. Nobody sees it any more.",
}
RECORD_KIND: Mapping[ReportState, str] = {
    ReportState.ACTIVE: "good",
    ReportState.DISPUTED: "warn",
    ReportState.SUSPENDED: "warn",
    ReportState.OVERTURNED: "bad",
}
REASON: Mapping[str, str] = {
    WithdrawReason.MISTAKE: "It was a mistake",
    WithdrawReason.MISROUTED: "It was about somebody or something else",
    WithdrawReason.SUBJECT_IS_VICTIM: "The person is a victim of somebody else",
    WithdrawReason.SETTLED: "The matter was settled",
    WithdrawReason.UNVERIFIED: "An appeal was not answered in time",
    WithdrawReason.UNSERVED: "The person could not be told",
    RestrictReason.COURT_ORDER: "A court ordered it",
    RestrictReason.LEGAL_BASIS_GONE: "The legal basis is missing",
    ReportState.OVERTURNED: "Overturned on appeal",
    ReportState.INCONCLUSIVE: "Nobody could tell what happened",
    ReportState.EXPIRED: "Run out",
    ReportState.SEALED: "Sealed: the person was under age",
}
OFFERED = tuple((one, REASON[one]) for one in WithdrawReason if one not in {"unverified", "unserved"})
REVISION: Mapping[str, str] = {
    "filed": "It was filed",
    "amended": "Corrected",
    "withdrawn": "Taken back",
    "repaid": "Marked as repaid",
}
APPEAL_STATE: Mapping[AppealState, str] = {
    AppealState.RECEIVED: "Received",
    AppealState.INADMISSIBLE: "Lapsed",
    AppealState.AWAITING_REPORTER: "Your answer is awaited",
    AppealState.AWAITING_SUBJECT: "The person was asked a question",
    AppealState.IN_REVIEW: "A reviewer is examining it",
    AppealState.PENDING_APPROVAL: "A second person is confirming the decision",
    AppealState.DECIDED: "Decided",
    AppealState.SECOND_INSTANCE: "A panel is examining it again",
    AppealState.CLOSED_EXTERNAL: "Closed by a decision from outside",
    AppealState.WITHDRAWN_BY_SUBJECT: "Taken back by the person",
}
RESULT: Mapping[Result, str] = {
    Result.UPHELD: "The record stays as it is.",
    Result.AMENDED: "The record has been corrected.",
    Result.INCONCLUSIVE: "It could not be established what happened.",
    Result.OVERTURNED: "The record has been removed.",
    Result.WITHDRAWN: "The record has been taken back.",
    Result.ENDED: "The record has ended, so there is nothing left to decide.",
}
TAB: Mapping[MemberTab, str] = {
    MemberTab.ANSWER: "Answer due",
    MemberTab.OPEN: "All open",
    MemberTab.OVER: "Closed",
}
NOTHING: Mapping[MemberTab, str] = {
    MemberTab.ANSWER: "No appeal waits for your answer.",
    MemberTab.OPEN: "None of your reports is contested.",
    MemberTab.OVER: "No appeal against a report of yours is over yet.",
}
SIDE: Mapping[Side, str] = {Side.MEMBER: "Your platform", Side.REGISTRY: "The registry", Side.SUBJECT: "The person"}
LETTER: Mapping[LetterKind, str] = {
    LetterKind.ARRIVAL: "The appeal arrived",
    LetterKind.LAPSE: "The appeal lapsed",
    LetterKind.ADMISSION: "The appeal was admitted",
    LetterKind.REMINDER: "Reminder",
    LetterKind.QUESTION: "A question",
    LetterKind.DECISION: "The decision",
}
ANSWER: Mapping[ReporterAnswer, str] = ANSWER_TEXT
GROUND = GROUND_TEXT
MESSAGE, EVIDENCE, SEVERITY, CONFIDENCE = MESSAGE_TEXT, EXHIBIT_TEXT, SEVERITY_TEXT, CONFIDENCE_TEXT
CHANGE: Mapping[str, str] = {
    "amended": "Corrected",
    "disputed": "Contested",
    "removed": "Removed",
    "suspended": "Suspended",
}
CHANGE_MEANS: Mapping[str, str] = {
    "amended": "The record says something else now. Ask again before you rest on it.",
    "disputed": "The person contests the record. It counts nothing until that is decided.",
    "removed": "The record is gone. Rest on it no more, and lift what rested on it.",
    "suspended": "The record counts nothing until it is decided. Lift what rests on it.",
}
FLAG: Mapping[Flag, str] = {
    Flag.BEYOND_ANSWER: "more than the answer permitted",
    Flag.PERIOD: "for a period that is not allowed",
}
QUOTA: Mapping[Quota, str] = {
    Quota.EVALUATIONS: "Blinded elements evaluated",
    Quota.QUERIES: "Claims asked about",
    Quota.REPORTS: "Reports filed",
    Quota.CHANGES: "Checks and changes of reports",
}
FINDING: Mapping[MemberIntegrity, str] = {
    MemberIntegrity.FALSE_REPORT: "A report that you knew to be false",
    MemberIntegrity.QUERY_WITHOUT_CLAIM: "A question without a claim",
    MemberIntegrity.LATE_ANSWER: "An appeal that you did not answer in time",
    MemberIntegrity.NO_NOTICE: "A report whose person you had not told",
}
SANCTION: Mapping[Sanction, str] = {
    Sanction.FILING_SUPERVISED: "Each new report waits for a supervisor of the registry",
    Sanction.QUERY_SUSPENDED: "Questions about people are suspended",
}
EVENT: Mapping[Event, str] = {
    Event.APPEAL_ANSWER_DUE: "An answer to an appeal is due soon",
    Event.APPEAL_DECIDED: "An appeal was decided",
    Event.APPEAL_OPENED: "A report of yours is contested",
    Event.KEY_EPOCH_OPENED: "A new epoch of keys was opened",
    Event.MEMBER_WARNING: "Something was found of your own conduct",
    Event.RECORD_AMENDED: "A record that you were told of was corrected",
    Event.RECORD_RECALLED: "A record that you were told of was recalled",
    Event.REPORT_STATE: "A report of yours changed its state",
    Event.RESTRICTION_LIFT_REQUIRED: "A restriction must be lifted",
    Event.TEST: "A test",
}
DELIVERY: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "Waiting",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.DEAD: "Given up",
}
DELIVERY_KIND: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "warn",
    DeliveryState.DELIVERED: "good",
    DeliveryState.DEAD: "bad",
}
FAILURE: Mapping[Failure, str] = {
    Failure.ADDRESS: "The name leads to an address that is not public",
    Failure.CONNECTION: "No connection",
    Failure.RESOLUTION: "The name leads nowhere",
    Failure.TIMEOUT: "No answer in time",
}
END: Mapping[EndReason, str] = {
    EndReason.GONE: "It answered 410 Gone",
    EndReason.REMOVED: "You removed it",
}
# What the step is, and how it is done.
GO_LIVE: Mapping[GoLive, tuple[str, str]] = {
    GoLive.SIGNED_IN: (
        "Signed in with a key of your own",
        "Sign a client assertion with the private half of your key and ask for an access token at /oauth/token.",
    ),
    GoLive.EVALUATED: (
        "Had tokens evaluated",
        "Let the client library make tokens of a phone number and an e-mail address; it blinds them first.",
    ),
    GoLive.CHECKED: (
        "Had a report checked that passes",
        "Send a signed report to /v1/reports:check until nothing is refused. Nothing is stored.",
    ),
    GoLive.REFUSED: (
        "Had a report checked that is refused",
        "Send one whose only proof is a detector to /v1/reports:check, and see that your systems show the reasons.",
    ),
    GoLive.FILED: (
        "Filed a report",
        "Send the same signed statement to /v1/reports, under a reference of your own.",
    ),
    GoLive.SERVED: (
        "Had a person told of a report",
        "Ask the relay to deliver the registry's notice; the report counts seven days later.",
    ),
    GoLive.QUERIED: (
        "Asked for a score with a claim",
        "Ask /v1/scores:query about an open claim, under a claim reference that only you can name.",
    ),
    GoLive.PROVED: (
        "Fetched the proof that an answer is in the log",
        "Keep the receipt of an answer, and let the client library check it against the log a minute later.",
    ),
    GoLive.HEARD: (
        "Had a webhook endpoint answer within the last 30 days",
        "Add an endpoint under Webhooks and send it a test; it answers 2xx once the signature is checked.",
    ),
    GoLive.ACKNOWLEDGED: (
        "Acknowledged a recall",
        "In a sandbox, ask about a report of another member, let that one take it back, and acknowledge under Recalls.",
    ),
    GoLive.ANSWERED: (
        "Answered an appeal",
        "In a sandbox, appeal against a report of yours in the portal; then answer it under Appeals.",
    ),
}


def sentences() -> Iterator[str]:
    """List all of them, for the check of the catalogues."""
    for table in (
        *(
            RECORD,
            RECORD_MEANS,
            REASON,
            REVISION,
            APPEAL_STATE,
            RESULT,
            TAB,
            NOTHING,
            SIDE,
        ),
        *(LETTER, CHANGE, CHANGE_MEANS, FLAG, QUOTA, FINDING, SANCTION, EVENT, DELIVERY, FAILURE, END),
    ):
        yield from table.values()
    for step in GO_LIVE.values():
        yield from step
    yield from NAMES
