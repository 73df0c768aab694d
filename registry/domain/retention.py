"""How long a record lives: whole months from the end of the act, by severity and age (domain.md 10).

The end of the act never changes, so nothing restarts this clock. A date returned here is the first day without it.
"""

import calendar
from datetime import date

from registry.domain.filings import AgeBand
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.policy import Retention

_LAST_YEAR = date.max.year


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of a month that is too short; at most `date.max`."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > _LAST_YEAR:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def expires_on(act_ended_on: date, severity: Severity, age_band: AgeBand, retention: Retention) -> date:
    """Return the first day on which the report is gone."""
    months = retention.months[severity]
    return add_months(act_ended_on, months // 2 if age_band in retention.halved_ages else months)


def identifier_expires_on(
    kind: IdentifierKind, *, known_on: date, report_expires_on: date, retention: Retention
) -> date:
    """Return the first day on which an identifier matches nobody.

    Args:
        kind: phones live at most 12 months, because carriers give numbers to other people.
        known_on: the last day on which the member knew that the person held it.
        report_expires_on: an identifier never outlives its report.
        retention: the pack's periods.
    """
    months = retention.identifier_months.get(kind)
    return report_expires_on if months is None else min(report_expires_on, add_months(known_on, months))
