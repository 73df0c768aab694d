"""Appeals in as many states as their pages differ by, and what was begun to be written in others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from registry.domain.appeal_case import Ground, Seat
from registry.domain.staff import Role
from registry.portal.access import COOKIE
from tests.browser.photos import photo
from tests.browsing import Browser, browsing
from tests.hearing import Colleague, Hall
from tests.reporting import Desk
from tests.subjecting import Person

# In Chinese, so that a Chinese page with an English sentence is one that was not translated.
SAID = "花瓶送到时就已经碎了。照片是当场拍的。"
REASONS = "承运商的扫描显示箱子在派送前已经打开。"
ANSWER = "照片上有生成标识。"
FILES = {"one.png": photo(90), "two.png": photo(200), "three.pdf": b"%PDF-1.7" + b" a receipt" * 20}


@dataclass(frozen=True, slots=True)
class Bench:
    """Who works on appeals."""

    officer: Colleague
    reviewer: Colleague
    supervisor: Colleague
    panel: Sequence[Colleague]


async def bench(place: Hall) -> Bench:
    """Hire them."""
    officer, reviewer, supervisor = [
        await place.colleague(role) for role in (Role.OFFICER, Role.REVIEWER, Role.SUPERVISOR)
    ]
    return Bench(officer, reviewer, supervisor, [await place.colleague(Role.PANEL) for _ in Seat])


async def lodged(subject: Person, report_id: str) -> str:
    """Contest a record."""
    body = {"report_id": report_id, "grounds": [Ground.DAMAGE_REAL], "text": SAID}
    answer = await subject.post("appeals", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["appeal_id"])


@dataclass(frozen=True, slots=True)
class Docket:
    """Appeals by where they stand, and the files of the one that is examined."""

    examined: str
    files: Sequence[str]
    drafted: str
    overturned: str
    in_panel: str


async def docket(place: Hall, member: Desk, subject: Person, records: Sequence[str], staff: Bench) -> Docket:
    """Bring an appeal against each of four records: held with files, drafted, overturned, before a panel."""
    appeals = [await lodged(subject, report_id) for report_id in records]
    for appeal_id in appeals:
        assert (await place.answer(member, appeal_id, text=ANSWER)).status_code == 200
        await staff.officer.does(appeal_id, "claim")
    examined, drafted, overturned, in_panel = appeals
    async with at_portal(place, subject) as browser:
        files = [await _add(browser, examined, name, content) for name, content in FILES.items()]
    await _draft(staff, drafted, "upheld")
    await _draft(staff, overturned, "overturned", findings=["MI-01"])
    await _draft(staff, in_panel, "upheld")
    for appeal_id in (overturned, in_panel):
        assert (await staff.reviewer.does(appeal_id, "approve"))["state"] == "decided"
    assert (await subject.post(f"appeals/{in_panel}:ask-second-instance")).status_code == 200
    for seat, one in zip(Seat, staff.panel, strict=True):
        await staff.supervisor.does(in_panel, "seat", seat=seat, staff_id=str(one.staff_id))
    return Docket(examined, files, drafted, overturned, in_panel)


async def _draft(staff: Bench, appeal_id: str, result: str, **more: object) -> None:
    digest = (await staff.officer.case(appeal_id))["evidence_digest"]
    await staff.officer.does(appeal_id, "draft", result=result, reasons=REASONS, evidence_digest=digest, **more)


async def begun(place: Hall, subject: Person, report_id: str, **typed: str) -> str:
    """Begin to contest a record, answer these of the questions, and leave; return where one goes on."""
    path = f"/me/records/{report_id}/appeal"
    async with at_portal(place, subject) as browser:
        for step, field in (("why", "grounds"), ("words", "text")):
            if field in typed:
                page = await browser.open(f"{path}/{step}")
                left = await browser.send(page, f"/{step}", **{field: typed[field]}, then="later")
                assert left.status == 200, left.text
    return path


@asynccontextmanager
async def at_portal(place: Hall, subject: Person) -> AsyncIterator[Browser]:
    """Sit down before the portal as somebody whose session is open."""
    async with browsing(place.town.api) as browser:
        bearer = subject.headers["Authorization"].removeprefix("Bearer ")
        browser.client.cookies.set(COOKIE, bearer, domain="registry.test")
        yield browser


async def _add(browser: Browser, appeal_id: str, name: str, content: bytes) -> str:
    """Send a file in; return which it is."""
    path = f"/me/appeals/{appeal_id}"
    known = set((await browser.open(path)).links)
    form = (await browser.open(f"{path}/add")).form("/file")
    files = {"file": (name, content, "application/octet-stream")}
    answer = await browser.client.post(form.action, data=form.fields, files=files)
    assert answer.status_code == 303, answer.text
    (link,) = (one for one in (await browser.open(path)).links if one.endswith("/file") and one not in known)
    return link.split("/")[-2]
