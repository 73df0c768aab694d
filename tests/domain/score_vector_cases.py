"""The conformance cases of FRS-1.0, every branch at least once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.ids import Category, Confidence, IdentifierKind, ReportState, Severity
from registry.domain.incidents import Asker, Incident, Reliability
from tests.domain.score_cases import (
    ADDRESS,
    DEVICE,
    EMAIL,
    NATIONAL_ID,
    NOW,
    PAYMENT,
    PHONE,
    TODAY,
    Case,
    ago,
    case,
    identity,
    report,
    served,
    stored,
    token,
)

NOT_HEARD: dict[str, Any] = {"served": ()}
JUDGED: dict[str, Any] = {"confidence": Confidence.A, "severity": Severity.S4}
GRAVE: dict[str, Any] = {"confidence": Confidence.A, "severity": Severity.S3}


def _one_incident() -> list[Case]:
    weights = [case(f"category {kind}", report(category=kind)) for kind in Category]
    proofs = [case(f"confidence {level}", report(confidence=level)) for level in Confidence]
    tiers = [
        case(f"amount {amount} {currency}", report(amount_minor=amount, currency=currency))
        for amount, currency in (
            (299_999, "CNY"),
            (300_000, "CNY"),
            (3_000_000, "CNY"),
            (50_000_000, "CNY"),
            (50_000_000, "XTS"),
        )
    ]
    last_days = {Severity.S2: 730, Severity.S3: 1_095, Severity.S4: 1_825}
    ages = [
        case(f"{severity} {days - limit:+d} days from its last", report(severity=severity, age=days))
        for severity, limit in last_days.items()
        for days in (limit - 1, limit)
    ]
    return [
        case("nothing is known"),
        *weights,
        *proofs,
        *tiers,
        *ages,
        case("one year old", report(age=365)),
        case("young adult at half the period", report(age=300, retention_halved=True)),
        case("young adult at the end of half the period", report(age=365, retention_halved=True)),
        case(
            "old, weak and light still has a reason",
            report(age=500, confidence=Confidence.C, category=Category("FR-08")),
        ),
        case("repaid, with a statement", report(repaid=True, statement=True)),
        case("an act dated tomorrow by its time zone is fresh", report(age=-1)),
    ]


def _matching() -> list[Case]:
    every = (NATIONAL_ID, PHONE, EMAIL, PAYMENT, DEVICE, ADDRESS)
    alone = [case(f"{kind} alone", report(1, 1, kind), tokens=[token(kind)]) for kind in every]
    phones = [
        case(f"phone last known {days} days ago", _with_phone(known=days), tokens=[token(PHONE)])
        for days in (0, 90, 91, 364, 365)
    ]
    old = report(identities=(replace(identity(PHONE), ends_on=TODAY),))
    other = token(NATIONAL_ID, "b")
    return [
        *alone,
        *phones,
        case("phone on its last day", old, tokens=[token(PHONE)]),
        case("faded phone beside an email", _with_phone(EMAIL, known=200), tokens=[token(PHONE), token(EMAIL)]),
        case("twenty by address alone", *[report(n, n, ADDRESS) for n in range(1, 21)], tokens=[token(ADDRESS)]),
        case("household kinds count once", report(1, 1, *every[3:]), tokens=[token(kind) for kind in every[3:]]),
        case("every kind", report(1, 1, *every), tokens=[token(kind) for kind in every]),
        case("phone and address", report(1, 1, PHONE, ADDRESS), tokens=[token(PHONE), token(ADDRESS)]),
        case(
            "phone and payment prove an identity", *_three_each(PHONE, PAYMENT), tokens=[token(PHONE), token(PAYMENT)]
        ),
        case("phone and address do not prove one", *_three_each(PHONE, ADDRESS), tokens=[token(PHONE), token(ADDRESS)]),
        case(
            "identity is never proven by union over reports",
            *_three_each(PHONE),
            *_three_each(EMAIL, start=7),
            tokens=[token(PHONE), token(EMAIL)],
        ),
        case("another national id is a veto", report(1, 1, *every), tokens=[other, token(PHONE), token(EMAIL)]),
        case("two national ids, one agrees", report(), tokens=[other, token(NATIONAL_ID)]),
        case(
            "a national id of another epoch is not compared",
            report(1, 1, NATIONAL_ID, PHONE),
            tokens=[token(NATIONAL_ID, "b", 2), token(PHONE)],
        ),
        case(
            "a lone phone against another email", report(1, 1, PHONE, EMAIL), tokens=[token(PHONE), token(EMAIL, "b")]
        ),
        case(
            "a lone phone against three others",
            report(1, 1, PHONE, EMAIL, PAYMENT, DEVICE),
            tokens=[token(PHONE), token(EMAIL, "b"), token(PAYMENT, "b"), token(DEVICE, "b")],
        ),
        case(
            "phone and address against another email",
            report(1, 1, PHONE, ADDRESS, EMAIL),
            tokens=[token(PHONE), token(ADDRESS), token(EMAIL, "b")],
        ),
        case(
            "household against another phone", report(1, 1, PAYMENT, PHONE), tokens=[token(PAYMENT), token(PHONE, "b")]
        ),
        case(
            "an expired number that differs still speaks for the person",
            report(identities=(identity(PAYMENT), replace(identity(PHONE, known=500), ends_on=ago(100)))),
            tokens=[token(PAYMENT), token(PHONE, "b")],
        ),
        case(
            "two phones on the report, one agrees",
            report(identities=(identity(PHONE), identity(PHONE, "b"))),
            tokens=[token(PHONE)],
        ),
        case(
            "an email against another phone loses nothing",
            report(1, 1, EMAIL, PHONE),
            tokens=[token(EMAIL), token(PHONE, "b")],
        ),
        case(
            "not surer of the act than of the person",
            *_three_each(PHONE, EMAIL, PAYMENT, DEVICE),
            tokens=[token(PHONE), token(EMAIL, "b"), token(PAYMENT, "b"), token(DEVICE, "b")],
        ),
    ]


def _groups() -> list[Case]:
    two = [report(1, 1), report(2, 2)]
    grave = [report(n, 1, **GRAVE) for n in range(1, 13)]
    weak = report(20, 2, age=300, category=Category.FALSE_NON_RECEIPT)
    proved = {1: Reliability(heard=1000, sampled=1000)}
    bad = {1: Reliability(heard=30, overturned=10)}
    figures = [
        (0, 0, 0, 0),
        (0, 0, 68, 34),
        (0, 0, 68, 33),
        (9, 3, 0, 0),
        (2, 2, 0, 0),
        (200, 0, 0, 0),
        (200, 20, 200, 2),
    ]
    return [
        case("two groups, one each", *two),
        case("two groups, three each", *_three_each(NATIONAL_ID)),
        case("a dozen grave ones from one group", *grave),
        case("a flood by one group and one weak honest record", *grave, weak, reliability=proved),
        case("three groups", report(1, 1), report(2, 2), report(3, 3)),
        case("two members of one group are one voice", report(1, 1), report(2, 1, member_id=report(1, 2).member_id)),
        case("the asker's own echo", *two, asker=1),
        case("only the asker's own", report(), asker=1),
        case("severe only with the asker's own", *_three_each(NATIONAL_ID), asker=2),
        case(
            "severe, without closure: two years old", *[replace(r, act_ended_on=ago(730), **JUDGED) for r in _many(24)]
        ),
        case(
            "severe, without closure: an appeal flags them",
            *[replace(r, appeal_open=True) for r in _three_each(NATIONAL_ID)],
        ),
        case(
            "severe, without closure: one group's identities unproven",
            *_many(3, 1),
            *_many(3, 2, EMAIL),
            tokens=[token(NATIONAL_ID), token(EMAIL)],
        ),
        *[case(f"reliability {f}", report(), reliability={1: Reliability(*f)}) for f in figures],
        case(
            "a group that counts for nothing vouches for no identity",
            report(1, 1),
            *_three_each(EMAIL, start=2),
            tokens=[token(NATIONAL_ID), token(EMAIL)],
            reliability=bad,
        ),
    ]


def _hearing() -> list[Case]:
    mixed = [report(n, 1 + n % 2, **NOT_HEARD) for n in range(1, 7)]
    month = timedelta(days=30)
    return [
        case("not heard stays guarded", *mixed),
        case("one heard, five not", report(10, 3, age=400), *mixed),
        case(
            "heard after exactly thirty days", *[replace(r, served=(replace(served(), at=NOW - month),)) for r in mixed]
        ),
        case(
            "a second short of thirty days",
            *[replace(r, served=(replace(served(), at=NOW - month + timedelta(seconds=1)),)) for r in mixed],
        ),
        case("a colluder's own phone was served", *[_beside(r, served=(served(PHONE, "c"),)) for r in mixed]),
        case("a colluder answered with its own phone", *[_beside(r, answered=(stored(PHONE, "c"),)) for r in mixed]),
        case("the person answered", *[replace(r, answered=(stored(PHONE),)) for r in mixed]),
        case("heard, but by household kinds only", *[_shared(r) for r in mixed], tokens=[token(PAYMENT)]),
        case(
            "a notice to a number that has ended",
            _with_phone(NATIONAL_ID, known=365),
            _with_phone(NATIONAL_ID, known=365, number=2),
            tokens=[token(NATIONAL_ID), token(PHONE)],
        ),
    ]


def _states() -> list[Case]:
    states = [case(f"state {state}", report(state=state)) for state in ReportState]
    same: dict[str, Any] = {"event": b"one order"}
    later = report(2, 2, **same)
    return [
        *states,
        case("disputed in its notice window is not shown", report(state=ReportState.DISPUTED, activated=False)),
        case(
            "restricted while an appeal is open", report(state=ReportState.RESTRICTED, appeal_open=True, **same), later
        ),
        case("restricted removes only itself", report(state=ReportState.RESTRICTED, **same), later),
        case("four disputed", *[report(n, n, state=ReportState.DISPUTED) for n in range(1, 5)]),
        case("one order reported twice", report(1, 1, confidence=Confidence.C, **same), later),
        case(
            "the first filed counts whatever the order of arrival", later, report(1, 1, confidence=Confidence.C, **same)
        ),
        case("the same report twice", report(), report()),
        case("the first report of the order names somebody else", report(1, 1, EMAIL, **same), later),
        case(
            "a dispute on one report of the order silences both",
            report(1, 1, state=ReportState.DISPUTED, **same),
            later,
        ),
        case("an overturned report removes only itself", report(1, 1, state=ReportState.OVERTURNED, **same), later),
        case(
            "the decision said that the act did not happen",
            report(1, 1, state=ReportState.OVERTURNED, act_denied=True, **same),
            later,
        ),
        case("an appeal that only flags", report(appeal_open=True)),
        case("small case, asked by its own member", report(severity=Severity.S1), asker=1),
        case("small case, asked by another", report(severity=Severity.S1), asker=2),
        replace(
            case("small case, asked by a sister of its group", report(severity=Severity.S1)),
            asker=Asker(report(2, 2).member_id, report(1, 1).group_id),
        ),
        case("small case, asked by the subject", report(severity=Severity.S1)),
        case("small case on its last day", report(severity=Severity.S1, age=182), asker=1),
        case(
            "a disputed small case of another is not shown",
            report(severity=Severity.S1, state=ReportState.DISPUTED),
            asker=2,
        ),
    ]


def _last_bits() -> list[Case]:
    """Return cases in which another order of the products gives another last bit of `value`."""
    faded = replace(
        _with_phone(known=108), act_ended_on=ago(108), category=Category.SWITCHED_ITEM, amount_minor=300_000
    )
    return [
        case("last bit: match before decay", faded, tokens=[token(PHONE)]),
        case("last bit: within a group", *[report(n, 1, age=36 + 31 * n) for n in range(1, 5)]),
        case("last bit: between groups", *[report(n, 1 + n % 4, age=4 + 31 * n) for n in range(1, 5)]),
    ]


def _with_phone(*others: IdentifierKind, known: int, number: int = 1) -> Incident:
    held = (*(identity(kind) for kind in others), identity(PHONE, known=known))
    return report(number, number, identities=held, served=(served(PHONE),))


def _beside(item: Incident, **changes: Any) -> Incident:  # noqa: ANN401 - any field
    """Name the victim by national id, beside a phone of somebody else."""
    return replace(item, identities=(identity(NATIONAL_ID), identity(PHONE, "c")), **changes)


def _shared(item: Incident) -> Incident:
    return replace(item, identities=(identity(PAYMENT),), served=(served(PAYMENT),))


def _many(count: int, of: int | None = None, *kinds: IdentifierKind) -> list[Incident]:
    first = 100 * (of or 0)
    return [report(first + n, of or 1 + n % 2, *kinds) for n in range(count)]


def _three_each(*kinds: IdentifierKind, start: int = 1) -> list[Incident]:
    return [report(start + n, 1 + n % 2, *kinds) for n in range(6)]


CASES: tuple[Case, ...] = (*_one_incident(), *_matching(), *_groups(), *_hearing(), *_states(), *_last_bits())
