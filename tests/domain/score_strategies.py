"""Any query against any reports: what Hypothesis draws for the score."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from hypothesis import strategies as st

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.incidents import Incident, Reliability
from tests.domain.score_cases import KINDS, NOW, PHONE, Case, case, group, identity, member, report, served, token

TOKENS = tuple(token(kind) for kind in KINDS)  # a query that holds every kind
AMOUNTS = (1, 299_999, 300_000, 3_000_000, 50_000_000)
GROUPS = 4


class Compared(StrEnum):
    """How a kind of identifier of a report compares with the query, weakest first."""

    DIFFERS = "differs"
    ABSENT = "absent"
    AGREES = "agrees"


comparisons = st.fixed_dictionaries({kind: st.sampled_from(Compared) for kind in KINDS})
likely = st.fixed_dictionaries(
    {kind: st.sampled_from([Compared.AGREES, Compared.AGREES, Compared.AGREES, Compared.ABSENT]) for kind in KINDS}
)


def with_comparison(item: Incident, compared: dict[IdentifierKind, Compared], phone_age: int = 0) -> Incident:
    """Give a report the identifiers that compare so with a query that holds every kind."""
    whose = {Compared.AGREES: "a", Compared.DIFFERS: "other"}
    held = tuple(
        identity(kind, whose[state], known=phone_age if kind is PHONE else 0)
        for kind, state in compared.items()
        if state is not Compared.ABSENT
    )
    return replace(item, identities=held)


@st.composite
def incidents(draw: st.DrawFn, number: int, groups: int = GROUPS) -> Incident:
    """Draw one active report of an order of its own."""
    of = draw(st.integers(1, groups))
    plain = report(
        number,
        of,
        member_id=member(10 * of + draw(st.integers(0, 1))),
        category=draw(st.sampled_from([Category.AI_EDITED, Category.EMPTY_RETURN, Category.FALSE_NON_RECEIPT])),
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        amount_minor=draw(st.sampled_from(AMOUNTS)),
        age=draw(st.one_of(st.integers(0, 60), st.integers(0, 1_900))),
        served=draw(st.sampled_from([(), (served(PHONE),), tuple(served(kind) for kind in KINDS)])),
        repaid=draw(st.booleans()),
        appeal_open=draw(st.sampled_from([False, False, False, True])),
        retention_halved=draw(st.sampled_from([False, False, False, True])),
    )
    compared = draw(st.one_of(likely, comparisons))
    return with_comparison(plain, compared, draw(st.one_of(st.just(0), st.integers(0, 400))))


@st.composite
def records(draw: st.DrawFn) -> Reliability:
    """Draw how a group's reports fared."""
    heard, sampled = draw(st.integers(0, 300)), draw(st.integers(0, 100))
    overturned, failed = draw(st.sampled_from([0, 0, 0, 1, 3, 10, 100])), draw(st.sampled_from([0, 0, 0, 1, 3, 10]))
    return Reliability(heard, min(heard, overturned), sampled, min(sampled, failed))


@st.composite
def cases(draw: st.DrawFn, least: int = 0, most: int = 9, groups: int = GROUPS) -> Case:
    """Draw a query against reports of different orders, all active."""
    size = draw(st.integers(least, most))
    found = [draw(incidents(number, groups)) for number in range(1, size + 1)]
    of_groups = {number: draw(records()) for number in range(1, groups + 1)}
    asker = draw(st.sampled_from([None, None, 1, 2]))
    return case("drawn", *found, tokens=TOKENS, reliability=of_groups, asker=asker)


@st.composite
def tangled_cases(draw: st.DrawFn) -> Case:
    """Draw a query against reports in every state, some on the same order."""
    plain = draw(cases(least=1))
    found = [
        replace(
            item,
            event=draw(st.sampled_from([item.event, b"x", b"y"])),
            state=draw(st.sampled_from([ReportState.ACTIVE, ReportState.ACTIVE, ReportState.ACTIVE, *ReportState])),
            act_denied=draw(st.sampled_from([False] * 9 + [True])),
            filed_at=NOW - timedelta(days=draw(st.integers(0, 3))),
        )
        for item in plain.incidents
    ]
    return replace(plain, incidents=tuple(found))


def rebuilt(plain: Case, *found: Incident) -> Case:
    """Return the case with other reports."""
    return replace(plain, incidents=tuple(found))


def regrouped(item: Incident, number: int) -> Incident:
    """Return the report as if another group had filed it."""
    return replace(item, group_id=group(number), member_id=member(10 * number))


def changed(plain: Case, **changes: object) -> Case:
    """Change the first report."""
    return rebuilt(plain, replace(plain.incidents[0], **changes), *plain.incidents[1:])  # type: ignore[arg-type]
