"""What decisions of every kind say: a result, its reasons, and what the record says from now on if it is corrected."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from babel.numbers import get_currency_precision
from pydantic import Field

from registry.api.filing_models import Code
from registry.api.strings import Remark, RequestModel
from registry.domain.appeal_case import Draft, Result
from registry.domain.appeal_corrections import Correction
from registry.domain.ids import Confidence
from registry.store.reports import Report

Decided = Literal[Result.UPHELD, Result.AMENDED, Result.INCONCLUSIVE, Result.OVERTURNED]


class Correctable(RequestModel):
    """A result; the other fields matter only where it corrects the record, which keeps what they leave out."""

    result: Decided
    amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)] | None = None
    confidence: Confidence | None = None
    dropped: Annotated[tuple[Code, ...], Field(max_length=8)] = ()

    def correction(self, report: Report) -> Correction | None:
        """Return what the rules take; amounts are given in whole units of the record's currency."""
        if self.result is not Result.AMENDED:
            return None
        places = get_currency_precision(report.currency)
        minor = None if self.amount is None else int(self.amount.scaleb(places))
        left = frozenset(report.aggravations) - frozenset(self.dropped) if self.dropped else None
        found = Correction(minor, self.confidence, left)
        return None if found == Correction() else found


class Corrected(Correctable):
    """A result with its reasons."""

    reasons: Annotated[Remark, Field(min_length=1)]


def draft_typed(draft: Draft, report: Report) -> Mapping[str, object]:
    """Return the fields of a form that says what a draft says."""
    says, places = draft.correction or Correction(), get_currency_precision(report.currency)
    left = frozenset(report.aggravations) if says.aggravations is None else says.aggravations
    return {
        "result": draft.result.value,
        "reasons": draft.reasons,
        "act_denied": ("yes",) if draft.act_denied else (),
        "findings": tuple(draft.findings),
        "automation": ", ".join(draft.automation),
        "amount": "" if says.amount_minor is None else str(Decimal(says.amount_minor).scaleb(-places)),
        "confidence": says.confidence or "",
        "dropped": tuple(sorted(frozenset(report.aggravations) - left)),
    }
