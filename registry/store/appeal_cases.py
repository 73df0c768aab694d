"""A case as JSON and back: all of it in one tree, its reasons apart, because those are sealed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from registry.domain.appeal_case import Case
from registry.domain.appeal_corrections import Gravity
from registry.store.reports import Report

_CASE: TypeAdapter[Case] = TypeAdapter(Case)
Reasons = Mapping[str, str]
_DRAFT = "draft"


def write(case: Case) -> dict[str, Any]:
    """Return the case as a tree without its reasons."""
    tree: dict[str, Any] = _CASE.dump_python(_with(case, {}), mode="json")
    return tree


def reasons(case: Case) -> dict[str, str]:
    """Return the reasons of the draft, and of each vote by the person who gave it."""
    found = {} if case.draft is None else {_DRAFT: case.draft.reasons}
    votes = case.second.votes if case.second is not None else ()
    return found | {str(person): vote.reasons for person, vote in votes}


def read(tree: Mapping[str, Any], texts: Reasons, report: Report) -> Case:
    """Return the case that a tree tells of, beside the record as it stands now."""
    beside = {"report_state": report.state, "severity": report.severity, "stated": gravity_of(report)}
    return _with(_CASE.validate_python({**tree, **beside}), texts)


def gravity_of(report: Report) -> Gravity:
    """Return what a record says about how grave the act was."""
    return Gravity(report.amount_minor, report.confidence, frozenset(report.aggravations))


def _with(case: Case, texts: Reasons) -> Case:
    if case.draft is not None:
        case = replace(case, draft=replace(case.draft, reasons=texts.get(_DRAFT, "")))
    if case.second is not None:
        votes = tuple((person, replace(vote, reasons=_of(texts, person))) for person, vote in case.second.votes)
        case = replace(case, second=replace(case.second, votes=votes))
    return case


def _of(texts: Reasons, person: UUID) -> str:
    return texts.get(str(person), "")
