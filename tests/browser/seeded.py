"""A registry in which something has happened to everybody, so that every page has something to show."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry.console.access import COOKIE as STAFF
from registry.domain.filings import Event
from registry.domain.staff import OF_MEMBERS, Role
from registry.portal.access import COOKIE as SUBJECT
from tests.browser.audits import audited
from tests.browser.cases import SAID, Docket, begun, bench, docket, lodged
from tests.browser.forms import AT_DOOR, AT_PORTAL, Form, of_role, of_subject
from tests.filings import token, two_reviewers
from tests.hearing import Hall
from tests.journeys.courthouse import restrict
from tests.reporting import Desk
from tests.staffing import invite, make_staff
from tests.subjecting import Person, identifiers, person

CONTACTS = ("phone", "email")
FACT = "破损花瓶的照片带有图像生成器的标识。"
_REMINDED_AFTER = 8


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a session, if any, who goes through the site from these addresses on, then sends these forms."""

    name: str
    cookies: Mapping[str, str]
    starts: tuple[str, ...]
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class Town:
    """What there is to visit: whose it is, and where it stands."""

    member: Desk
    endpoint: str
    subject: Person
    records: Sequence[str]
    awaited: str
    drafts: tuple[str, str]
    docket: Docket
    link: str


async def seeded(place: Hall) -> list[Visitor]:
    """Let reports, looks, appeals in several states, recalls and findings happen; return all who may look at them."""
    alpha, beta = await place.town.desk("Alpha"), await place.town.desk("Beta")
    endpoint = await alpha.post("/v1/webhooks", {"url": "http://alpha.test/hook", "events": []})
    records = [await _record(place, alpha, number) for number in range(1, 8)]
    wrong = await _record(place, beta, 8)
    await place.pass_days(7)
    await restrict(place, beta)
    await restrict(place, alpha)
    records.append(await _filed(alpha, 9))
    subject = await person(place.town, *CONTACTS)
    awaited = await lodged(subject, records[0])
    await place.pass_days(_REMINDED_AFTER)
    await beta.post(f"/v1/reports/{wrong}:withdraw", {"reason": "mistake"})
    await place.town.serve(records[-1])
    staff = await bench(place)
    cases = await docket(place, alpha, subject, records[1:5], staff)
    drafts = (
        await begun(place, subject, records[5], grounds="G05"),
        await begun(place, subject, records[6], grounds="G05", text=SAID),
    )
    await subject.put("statement", {"text": SAID})
    await subject.post("freeze", {})
    auditor = await make_staff(place.town.api, Role.AUDITOR)
    await audited(place, auditor)
    link = (await alpha.post("/v1/subject-links", {"report_id": records[-1]})).json()["secret"]
    endpoint_id = endpoint.json()["endpoint_id"]
    town = Town(alpha, endpoint_id, subject, records, awaited, drafts, cases, f"/me/link/{link}")
    known = {
        Role.OFFICER: staff.officer.headers,
        Role.REVIEWER: staff.reviewer.headers,
        Role.SUPERVISOR: staff.supervisor.headers,
        Role.PANEL: staff.panel[0].headers,
        Role.AUDITOR: auditor,
    }
    return [*await _strangers(place, town), *[await _colleague(place, role, known, town) for role in Role]]


async def _strangers(place: Hall, town: Town) -> list[Visitor]:
    """List whom the staff does not know."""
    invited = await invite(place.town.api, Role.OFFICER)
    seen = ("/me/", *town.drafts, f"/me/appeals/{town.docket.examined}")
    return [
        Visitor("stranger", {}, ("/console/sign-in",), AT_DOOR),
        Visitor("stranger with an invitation", {}, (urlsplit(invited.link).path,)),
        Visitor("stranger at the portal", {}, ("/me/enter", town.link), AT_PORTAL),
        Visitor("styleguide", {}, ("/console/styleguide",)),
        Visitor("subject", {SUBJECT: bearer(town.subject.headers)}, seen, of_subject(town.records[-1])),
    ]


async def _colleague(place: Hall, role: Role, known: Mapping[Role, Mapping[str, str]], town: Town) -> Visitor:
    """Send somebody of this role to their work, and to what of it no link of the first pages leads to."""
    member_id = town.member.platform.member.id if role in OF_MEMBERS else None
    headers = known.get(role) or await make_staff(place.town.api, role, member_id=member_id)
    case = f"/console/appeals/{town.docket.examined}"
    one, two, paper = town.docket.files
    also = {
        Role.AUDITOR: ("/console/audit?type=appeal", f"/console/audit/looks?case={town.records[0]}"),
        Role.OFFICER: (case, f"{case}/files/{one}?beside={two}&reveal=true", f"{case}/files/{paper}"),
        Role.REVIEWER: ("/console/appeals?tab=second_person",),
    }
    forms = of_role(role, examined=town.docket.examined, awaited=town.awaited, endpoint=town.endpoint)
    return Visitor(role.value, {STAFF: bearer(headers)}, ("/console/", *also.get(role, ())), forms)


def bearer(headers: Mapping[str, str]) -> str:
    """Return what a session is known by."""
    return headers["Authorization"].removeprefix("Bearer ")


async def _record(place: Hall, member: Desk, number: int) -> str:
    report_id = await _filed(member, number)
    await place.town.serve(report_id)
    return report_id


async def _filed(member: Desk, number: int) -> str:
    return await member.filed(
        reference=f"RMA-2026-{number:04}",
        claim_ref=secrets.token_urlsafe(32),
        event=Event((token("event", number),)),
        identifiers=identifiers(*CONTACTS),
        facts=(FACT,),
        investigation=two_reviewers(),
    )
