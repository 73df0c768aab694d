"""Every page that lists something, as whoever may open it does: first pages, pages far on, and filtered ones."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.api import cursors
from registry.api.audit.deps import next_cursor
from registry.console.access import COOKIE
from registry.domain.appeal_case import AppealState, Ground
from registry.domain.ids import ReportState
from registry.domain.staff import Role
from registry.domain.webhooks import DeliveryState
from registry.store.appeal_lists import MemberTab, Tab
from tests.browsing import Browser, browsing, proved, signed_in
from tests.console.auditors import REASON
from tests.crowding import CONTACTS, Crowd
from tests.logbook import superuser

# What the copies are not about, so that all of them are looked through in vain.
_RARE = Ground.EXPIRED


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody before a screen, and the lists they open."""

    browser: Browser
    lists: Sequence[str]


@asynccontextmanager
async def officers(crowd: Crowd) -> AsyncIterator[Visit]:
    """Work on appeals."""
    open_, over = [await _due(crowd, state) for state in (AppealState.IN_REVIEW, AppealState.DECIDED)]
    wanted = [f"tab={tab}" for tab in Tab]
    wanted += [f"tab=open&cursor={open_}", f"tab=all&cursor={open_}", f"tab=all&cursor={over}"]
    wanted += [f"tab={tab}&ground={_RARE}" for tab in (Tab.ALL, Tab.OPEN, Tab.UNCLAIMED)]
    wanted += [f"tab=open&member={crowd.member}", f"tab=all&member={crowd.member}&ground={_RARE}", "tab=all&limit=100"]
    async with browsing(crowd.hall.town.api) as browser:
        bearer = crowd.officer.headers["Authorization"].removeprefix("Bearer ")
        browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
        yield Visit(browser, [*(f"/console/appeals?{one}" for one in wanted), f"/console/appeals/{crowd.appeals[0]}"])


@asynccontextmanager
async def members(crowd: Crowd) -> AsyncIterator[Visit]:
    """Work for the member."""
    filed = await _place(crowd, "SELECT filed_at, id FROM report", "filed_at")
    come = await _place(crowd, "SELECT received_at, id FROM appeal", "received_at")
    recalled = await _place(crowd, "SELECT created_at, id FROM recall", "created_at")
    sent = await _place(crowd, "SELECT created_at, id FROM webhook_message", "created_at")
    open_, hook = await _due(crowd, AppealState.IN_REVIEW), f"webhooks/{crowd.endpoint}"
    wanted = ["", "go-live", "keys", "quota", "reports", "recalls", "recalls?all=true", "webhooks", hook]
    wanted += [f"reports/{crowd.report}", f"appeals/{crowd.appeals[0]}"]
    wanted += [f"reports?state={state}" for state in (ReportState.EXPIRED, ReportState.SEALED)]
    wanted += [f"reports?cursor={filed}", f"reports?state=active&cursor={filed}"]
    wanted += [f"appeals?tab={tab}" for tab in MemberTab]
    wanted += [f"appeals?tab=open&cursor={open_}", f"appeals?tab=over&cursor={come}"]
    wanted += [f"recalls?cursor={recalled}", f"recalls?all=true&cursor={recalled}", f"{hook}?cursor={sent}"]
    wanted += [f"{hook}?state={state}" for state in DeliveryState]
    roles = (Role.MEMBER, Role.MEMBER_ADMIN)
    async with signed_in(crowd.hall.town.api, *roles, member_id=crowd.member) as browser:
        yield Visit(browser, [*(f"/console/member/{one}".rstrip("/") for one in wanted), "/console/staff"])


@asynccontextmanager
async def operators(crowd: Crowd) -> AsyncIterator[Visit]:
    """Run the registry."""
    wanted = ["operator", "operator/members", "operator/members?start=Copy+3", "operator/admissions"]
    wanted += ["operator/log", "operator/epochs"]
    people = ("account", "staff", "staff?start=copy-3", "staff/invite", f"staff/{crowd.officer.staff_id}")
    async with signed_in(crowd.hall.town.api, Role.OPERATOR) as browser:
        yield Visit(browser, [f"/console/{one}" for one in (*wanted, *people)])


@asynccontextmanager
async def auditors(crowd: Crowd) -> AsyncIterator[Visit]:
    """Read the log."""
    of, tag, far = f"member={crowd.other}", crowd.tag.hex(), await _entry(crowd, "SELECT id FROM audit.entry")
    looked = await _entry(crowd, "SELECT entry_id AS id FROM audit.entry_tag WHERE tag = $1", crowd.tag)
    wanted = ["type=", "type=query", "type=report", "action=score.query", of, "outcome=denied", "purpose=Q1"]
    wanted += ["purpose=Q2", f"{of}&purpose=Q2", f"subjects={tag}", "action=never.was", "since=2026-11-20T00%3A00"]
    wanted += [f"type=&cursor={far}", f"{of}&cursor={far}", f"purpose=Q2&cursor={far}"]
    others = ["", "/samples", f"/samples/{crowd.sample}", "/exports", "/exports?action=score.query", "/lenses"]
    others += [f"/looks?subjects={tag}", f"/looks?subjects={tag}&cursor={looked}"]
    searches = [f"?{one}" for one in wanted]
    async with signed_in(crowd.hall.town.api, Role.AUDITOR) as browser:
        await browser.send(await browser.open("/console/audit"), "/reason", **REASON)
        yield Visit(browser, [f"/console/audit{one}" for one in (*searches, *others)])


@asynccontextmanager
async def persons(crowd: Crowd) -> AsyncIterator[Visit]:
    """Look at one's own records."""
    looked = await _entry(crowd, "SELECT entry_id AS id FROM audit.entry_tag WHERE tag = $1", crowd.tag)
    wanted = ("", "?page=2", "looks", f"looks?cursor={looked}", "changes", "appeals", "explain", "protection")
    async with proved(crowd.hall.town, *CONTACTS) as browser:
        yield Visit(browser, [f"/me/{one}" for one in wanted])


EVERYBODY = (officers, members, operators, auditors, persons)


async def _due(crowd: Crowd, state: AppealState) -> str:
    """Write the place amidst the appeals of a state, in the order in which they are due."""
    due = "coalesce(next_due_at, '9999-01-01 00:00+00')"
    return await _place(crowd, f"SELECT {due} AS at, id FROM appeal WHERE state = '{state}'", "at")  # noqa: S608


async def _place(crowd: Crowd, sql: str, order: str) -> str:
    at, id_ = await _amidst(crowd, sql, order)
    assert isinstance(at, datetime)
    return cursors.encode(at, UUID(str(id_)))


async def _entry(crowd: Crowd, sql: str, *values: object) -> str:
    (id_,) = await _amidst(crowd, sql, "id", *values)
    return next_cursor(UUID(str(id_)))


async def _amidst(crowd: Crowd, sql: str, order: str, *values: object) -> tuple[object, ...]:
    async with superuser(crowd.hall.town.database) as connection:
        half = await connection.fetchval(f"SELECT count(*) / 2 FROM ({sql}) AS all_of_them", *values)  # noqa: S608
        row = await connection.fetchrow(f"{sql} ORDER BY {order}, id OFFSET {half} LIMIT 1", *values)
        return tuple(row)
