"""Records and identifiers die on the day the rules say, counted in whole months from the act."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.filings import AgeBand
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.retention import add_months, expires_on, identifier_expires_on
from tests.filings import CN

DAYS = st.dates(date(2000, 1, 1), date(2200, 1, 1))
KEPT = CN.retention


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(9999, 6, 1), 12, date.max),
    ],
)
def test_a_month_that_is_too_short_ends_on_its_last_day(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(DAYS, st.integers(0, 120))
def test_months_are_counted_in_months(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day
    assert 28 * months <= (later - day).days <= 31 * months


@given(DAYS, DAYS, st.integers(0, 120))
def test_an_earlier_act_never_lives_longer(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)


@pytest.mark.parametrize(
    ("severity", "grown", "young"),
    [
        (Severity.S1, date(2027, 4, 20), date(2027, 1, 20)),
        (Severity.S2, date(2028, 10, 20), date(2027, 10, 20)),
        (Severity.S3, date(2029, 10, 20), date(2028, 4, 20)),
        (Severity.S4, date(2031, 10, 20), date(2029, 4, 20)),
    ],
)
def test_retention_follows_severity_and_is_halved_for_the_young(severity: Severity, grown: date, young: date) -> None:
    act = date(2026, 10, 20)
    assert expires_on(act, severity, AgeBand.FROM_21, KEPT) == grown
    assert expires_on(act, severity, AgeBand.FROM_18_TO_20, KEPT) == young


@given(DAYS, st.sampled_from(AgeBand))
def test_a_graver_record_never_dies_sooner(act: date, age_band: AgeBand) -> None:
    ends = [expires_on(act, severity, age_band, KEPT) for severity in Severity]
    assert ends == sorted(ends)
    assert ends[-1] <= add_months(act, 60)


@given(DAYS, DAYS, st.sampled_from(IdentifierKind))
def test_an_identifier_never_outlives_its_report(known: date, ends: date, kind: IdentifierKind) -> None:
    gone = identifier_expires_on(kind, known_on=known, report_expires_on=ends, retention=KEPT)
    assert gone <= ends
    assert kind is not IdentifierKind.PHONE or gone <= add_months(known, 12)


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        (IdentifierKind.PHONE, date(2027, 3, 31)),
        (IdentifierKind.PAYMENT, date(2028, 3, 31)),
        (IdentifierKind.NATIONAL_ID, date(2031, 1, 1)),
        (IdentifierKind.EMAIL, date(2031, 1, 1)),
    ],
)
def test_phones_and_cards_die_before_their_report(kind: IdentifierKind, gone: date) -> None:
    ends = date(2031, 1, 1)
    assert identifier_expires_on(kind, known_on=date(2026, 3, 31), report_expires_on=ends, retention=KEPT) == gone
