"""The guards of a review: one reviewer who never touched the case, then another person who approves (domain.md 7)."""

from dataclasses import replace
from uuid import UUID

from registry.domain import appeal_records as records
from registry.domain.appeal_case import AppealState, Approval, Assignee, Case, Draft, Evidence, Party, Result
from registry.domain.appeal_digests import draft_digest
from registry.domain.appeal_turn import After, Turn, decided
from registry.domain.deadlines import decision_due
from registry.domain.ids import MemberIntegrity
from registry.errors import Conflict, Denied

S = AppealState
_FINDINGS = frozenset({MemberIntegrity.FALSE_REPORT, MemberIntegrity.NO_NOTICE})


def _give_to(case: Case, person: UUID) -> After:
    if person in case.involved | case.approvers:
        raise Denied("appeal_involved")
    return After(replace(case, holder=person, reviewers=case.reviewers | {person}))


def claim(turn: Turn) -> After:
    """Take a case that nobody holds. Conflict `appeal_claimed`; Denied `appeal_involved`."""
    if turn.case.holder is not None:
        raise Conflict("appeal_claimed")
    return _give_to(turn.case, turn.person)


def assign(turn: Turn) -> After:
    """Give the case to somebody, whoever held it before. Denied `appeal_involved`."""
    return _give_to(turn.case, turn.words(Assignee).staff_id)


def release(turn: Turn) -> After:
    """Lay the case down; a supervisor may take it from anybody. Denied `appeal_not_held`."""
    if turn.case.holder is None:
        turn.refuse()
    if Party.SUPERVISOR not in turn.by.parties:
        _check_holder(turn)
    return After(replace(turn.case, holder=None))


def _check_holder(turn: Turn) -> None:
    if turn.person != turn.case.holder:
        raise Denied("appeal_not_held")


def ask(turn: Turn) -> After:
    """Put the one question to the subject.

    Errors: Conflict `appeal_question_asked`, `appeal_question_late`; Denied `appeal_not_held`.
    """
    _check_holder(turn)
    if turn.case.asked_at is not None:
        raise Conflict("appeal_question_asked")
    due = decision_due(turn.case, turn.policy)
    if due is None or turn.now >= due:
        raise Conflict("appeal_question_late")
    return After(replace(turn.case, state=S.AWAITING_SUBJECT, asked_at=turn.now))


def add_evidence(turn: Turn) -> After:
    """Note that the evidence has changed; approvals given so far are void, and so is the draft."""
    # The draft stays, void, so that whoever approves it learns why they cannot.
    state = S.IN_REVIEW if turn.case.state is S.PENDING_APPROVAL else turn.case.state
    return After(replace(turn.case, state=state, evidence=turn.words(Evidence).digest, approved_by=()))


def admit_artefact(turn: Turn) -> After:
    """Let a new artefact take the record's weight away although it was upheld before."""
    if not turn.case.flag_only:
        turn.refuse()
    case = replace(turn.case, flag_only=False)
    return After(case, records.by_admission(case))


def draft(turn: Turn) -> After:
    """Draft the decision on the evidence as it is.

    Errors: Conflict `appeal_reasons_missing`, `appeal_draft_void`, `appeal_finding_refused`, `appeal_result_refused`;
    Denied `appeal_not_held`.
    """
    draft = turn.words(Draft)
    _check_holder(turn)
    if not draft.reasons.strip():
        raise Conflict("appeal_reasons_missing")
    if draft.evidence != turn.case.evidence:
        raise Conflict("appeal_draft_void")
    if (draft.act_denied or draft.findings) and draft.result is not Result.OVERTURNED:
        raise Conflict("appeal_finding_refused")
    if not draft.findings <= _FINDINGS:
        raise Conflict("appeal_finding_refused")
    records.by_result(turn.case, draft.result)
    return After(replace(turn.case, state=S.PENDING_APPROVAL, draft=draft))


def approve(turn: Turn) -> After:
    """Approve the draft that was read; the last approval that its severity needs decides.

    Errors: Conflict `appeal_changed` if another draft has taken its place, `appeal_approved`, `appeal_result_refused`;
    Denied `appeal_second_person`, `appeal_involved`.
    """
    case, draft = _second_person(turn)
    if isinstance(turn.said, Approval) and turn.said.draft != draft_digest(draft):
        raise Conflict("appeal_changed")
    if turn.person in case.approved_by:
        raise Conflict("appeal_approved")
    approved = replace(case, approved_by=(*case.approved_by, turn.person), approvers=case.approvers | {turn.person})
    move = records.by_result(case, draft.result)
    if len(approved.approved_by) < turn.policy.review.approvals[case.severity]:
        return After(approved)
    return decided(replace(turn, case=approved), draft.result, move, draft.findings)


def give_back(turn: Turn) -> After:
    """Return the draft to its maker. Denied `appeal_second_person`, `appeal_involved`."""
    case, _ = _second_person(turn)
    approvers = case.approvers | {turn.person}
    return After(replace(case, state=S.IN_REVIEW, draft=None, approved_by=(), approvers=approvers))


def _second_person(turn: Turn) -> tuple[Case, Draft]:
    case = turn.case
    if case.draft is None:
        turn.refuse()
    if turn.person in case.reviewers:
        raise Denied("appeal_second_person")
    if turn.person in case.involved:
        raise Denied("appeal_involved")
    return case, case.draft
