"""A registry in which something has happened to everybody, so that every page has something to show."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from registry.console.access import COOKIE as STAFF
from registry.domain.appeal_case import Ground
from registry.domain.filings import Event
from registry.domain.staff import OF_MEMBERS, Role
from registry.portal.access import COOKIE as SUBJECT
from tests.filings import token, two_reviewers
from tests.hearing import Colleague, Hall
from tests.logbook import opened, seal, sign
from tests.reporting import Desk
from tests.running import log_seed
from tests.staffing import make_staff
from tests.subjecting import Person, identifiers, person

CONTACTS = ("phone", "email")
# In Chinese, so that a Chinese page with an English sentence is one that was not translated.
SAID = "花瓶送到时就已经碎了。照片是当场拍的。"
FACT = "破损花瓶的照片带有图像生成器的标识。"
REASONS = "承运商的扫描显示箱子在派送前已经打开。"
REASON = "年度例行检查。"
WHY = {"purpose": "Q5", "reason": REASON}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who goes through the site, with the cookies of their session and where they begin."""

    name: str
    cookies: Mapping[str, str]
    start: str


async def seeded(place: Hall) -> list[Visitor]:
    """Let reports, looks, appeals in several states, recalls and findings happen; return all who may look at them."""
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    await alpha.post("/v1/webhooks", {"url": "http://alpha.test/hook", "events": []})
    records = await _records(place, alpha)
    await _looked_up(place, beta)
    subject = await person(place.town, *CONTACTS)
    officer, reviewer = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await _appeals(place, alpha, subject, records, (officer, reviewer))
    await subject.put("statement", {"text": SAID})
    await subject.post("freeze", {})
    auditor = await make_staff(place.town.api, Role.AUDITOR)
    await _audited(place, auditor)
    known = {Role.OFFICER: officer.headers, Role.REVIEWER: reviewer.headers, Role.AUDITOR: auditor}
    visitors = [
        Visitor("stranger", {}, "/console/sign-in"),
        Visitor("stranger at the portal", {}, "/me/enter"),
        Visitor("styleguide", {}, "/console/styleguide"),
        Visitor("subject", {SUBJECT: bearer(subject.headers)}, "/me/"),
    ]
    for role in Role:
        member_id = alpha.platform.member.id if role in OF_MEMBERS else None
        headers = known.get(role) or await make_staff(place.town.api, role, member_id=member_id)
        visitors.append(Visitor(role.value, {STAFF: bearer(headers)}, "/console/"))
    return visitors


def bearer(headers: Mapping[str, str]) -> str:
    """Return what a session is known by."""
    return headers["Authorization"].removeprefix("Bearer ")


async def _records(place: Hall, member: Desk) -> list[str]:
    """Let a member file about one person, and days pass; the last one is not in force yet."""
    filed = [await _record(place, member, number) for number in range(1, 5)]
    await place.pass_days(7)
    return [*filed, await _record(place, member, 5)]


async def _record(place: Hall, member: Desk, number: int) -> str:
    report_id = await member.filed(
        reference=f"RMA-2026-{number:04}",
        claim_ref=secrets.token_urlsafe(32),
        event=Event((token("event", number),)),
        identifiers=identifiers(*CONTACTS),
        facts=(FACT,),
        investigation=two_reviewers(),
    )
    await place.town.serve(report_id)
    return report_id


async def _looked_up(place: Hall, member: Desk) -> None:
    """Let another member look, and act on what it was told."""
    answer = await member.query(*CONTACTS)
    action = {"claim_ref": answer["claim_ref"], "query_id": answer["query_id"], "action": "A3"}
    done = await member.post("/v1/outcomes", action | {"taken_at": place.town.clock().isoformat()})
    assert done.status_code == 201, done.text


async def _appeals(
    place: Hall, member: Desk, subject: Person, records: list[str], staff: tuple[Colleague, Colleague]
) -> None:
    """Bring appeals to as many states: unanswered, in review, drafted, overturned."""
    officer, reviewer = staff
    lodged = [await _lodge(subject, report_id) for report_id in records[:4]]
    for appeal_id in lodged[1:]:
        assert (await place.answer(member, appeal_id)).status_code == 200
        await officer.does(appeal_id, "claim")
    for appeal_id, result in zip(lodged[2:], ("upheld", "overturned"), strict=True):
        more = {"evidence_digest": (await officer.case(appeal_id))["evidence_digest"]}
        more |= {"findings": ["MI-01"]} if result == "overturned" else {}
        await officer.does(appeal_id, "draft", result=result, reasons=REASONS, **more)
    decided = await reviewer.does(lodged[3], "approve")
    assert decided["state"] == "decided"


async def _lodge(subject: Person, report_id: str) -> str:
    body = {"report_id": report_id, "grounds": [Ground.DAMAGE_REAL], "text": SAID}
    lodged = await subject.post("appeals", body)
    assert lodged.status_code == 201, lodged.text
    return str(lodged.json()["appeal_id"])


async def _audited(place: Hall, auditor: Mapping[str, str]) -> None:
    """Seal the log, and let an auditor draw a sample of it."""
    seed = log_seed(place.town.api)
    async with opened(place.town.database, "registry_worker") as worker:
        await seal(worker, seed=seed)
        await sign(worker, seed=seed)
    drawn = await place.town.api.client.post(
        "/v1/audit/samples", json={**WHY, "size": 3, "seed": "ab" * 32}, headers=dict(auditor)
    )
    assert drawn.status_code in {200, 201}, drawn.text
