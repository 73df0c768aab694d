"""A referral: two people decide, the bundle is whole and its proofs are checked without the registry."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from registry.domain.ids import Severity
from registry.domain.policy import BureauExport
from registry.domain.referrals import Recipient, check_bureau
from registry.domain.staff import Role
from registry.errors import Conflict, Misconfigured
from registry.letters import pdf
from registry.policies import load
from registry_formats import referrals
from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey
from tests.databases import ScratchDatabase
from tests.filings import token
from tests.logbook import key_for, opened, seal, sign
from tests.reporting import Desk, Town, town
from tests.running import log_seed
from tests.staffing import hire, session_of

try:
    pdf.check()
    CANNOT = ""
except Misconfigured as error:
    CANNOT = str(error)

drawn = pytest.mark.skipif(bool(CANNOT), reason=CANNOT)
WISH = {"recipient": "police", "reference": "2026-JING-0105-A-1"}


@pytest.fixture
async def place(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database, tmp_path) as started:
        yield started


async def active(place: Town) -> tuple[Desk, str]:
    alpha = await place.desk("Alpha")
    report = await alpha.filed()
    await place.serve(report)
    await place.pass_days(8)
    return alpha, report


class Office:
    """An officer and two supervisors, signed in."""

    def __init__(self, place: Town, people: list[dict[str, str]]) -> None:
        self.client = place.api.client
        self.officer, self.supervisor = people

    @classmethod
    async def open(cls, place: Town) -> "Office":
        roles = (Role.OFFICER, Role.SUPERVISOR)
        return cls(place, [await session_of(await hire(place.api, role)) for role in roles])

    async def post(self, path: str, who: dict[str, str], body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.client.post(f"/v1/officers{path}", json=body, headers=who)

    async def bundle(self, referral: str) -> httpx.Response:
        return await self.client.get(f"/v1/officers/referrals/{referral}/bundle", headers=self.officer)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@drawn
@pytest.mark.anyio
async def test_what_two_people_approve_is_handed_over_whole_and_provable(place: Town) -> None:
    _, report = await active(place)
    seed = log_seed(place.api)
    async with opened(place.database, "registry_worker") as worker:
        await seal(worker)
        await sign(worker, seed=seed)
    office = await Office.open(place)
    proposed = await office.post(f"/reports/{report}:refer", office.officer, WISH)
    referral = proposed.json()["referral_id"]
    assert refusal(await office.bundle(referral)) == (409, "referral_not_approved")
    assert (await office.post(f"/referrals/{referral}:approve", office.supervisor)).json()["approved"] is True
    assert refusal(await office.post(f"/referrals/{referral}:refuse", office.supervisor)) == (409, "referral_decided")
    handed = await office.bundle(referral)
    assert handed.headers["content-disposition"] == f'attachment; filename="referral-{referral}.zip"'
    # The same facts and proofs give the same bytes.
    assert (await office.bundle(referral)).content == handed.content

    def keys_of(origin: str) -> list[VerifierKey]:
        return [key_for(origin, seed).vkey]

    checked = referrals.check(handed.content, keys_of)
    assert (len(checked.proved), checked.unproved) == (3, ())  # filed, served, activated
    assert checked.manifest["recipient"] == "police"
    files = checked.files
    law = json.loads(files["law.json"])
    assert {one["article"] for one in law if one["kind"] == "administrative"} == {"58"}
    assert json.loads(files["record.json"])["state"] == "active"
    assert [one["class"] for one in json.loads(files["evidence.json"])] == ["E2", "E4"]
    assert files["letter-zh.pdf"].startswith(b"%PDF-")
    assert token("phone").encode() not in files["record.json"]
    rows = await place.rows("SELECT outcome, purpose FROM audit.entry WHERE action = 'referral.hand_over'")
    assert [tuple(row) for row in rows] == [("disclosed", "Q6")] * 2
    with pytest.raises(FormatError):
        referrals.check(handed.content, lambda origin: [key_for(origin, bytes(32)).vkey])


@pytest.mark.anyio
async def test_who_proposes_does_not_decide_and_what_does_not_stand_goes_nowhere(place: Town) -> None:
    alpha, report = await active(place)
    office = await Office.open(place)
    own = (await office.post(f"/reports/{report}:refer", office.supervisor, WISH)).json()["referral_id"]
    assert refusal(await office.post(f"/referrals/{own}:approve", office.supervisor)) == (403, "referral_same_person")
    assert await place.outcomes(9) == ["denied"]
    bureau = await office.post(f"/reports/{report}:refer", office.officer, WISH | {"recipient": "credit_bureau"})
    assert refusal(bureau) == (409, "bureau_export_off")
    theirs = (await office.post(f"/reports/{report}:refer", office.officer, WISH)).json()["referral_id"]
    await alpha.post(f"/v1/reports/{report}:withdraw", {"reason": "mistake"})
    assert refusal(await office.post(f"/referrals/{theirs}:approve", office.supervisor)) == (409, "referral_refused")
    assert (await office.post(f"/referrals/{theirs}:refuse", office.supervisor)).json()["approved"] is False
    assert refusal(await office.bundle(theirs)) == (409, "referral_not_approved")
    assert refusal(await office.bundle(str(uuid4()))) == (404, "referral_unknown")
    assert refusal(await office.post(f"/reports/{uuid4()}:refer", office.officer, WISH)) == (404, "report_unknown")


@pytest.mark.parametrize("pack", sorted(load()))
def test_the_bureau_stays_off_in_every_pack_and_without_a_licence_whatever_the_switch_says(pack: str) -> None:
    policy = load()[pack]
    text = policy.bureau_export.text
    for off in (policy, *(replace(policy, bureau_export=BureauExport(on, "", text)) for on in (True, False))):
        with pytest.raises(Conflict, match="bureau_export_off"):
            check_bureau(Recipient.CREDIT_BUREAU, off, Severity.S4)
    licensed = replace(policy, bureau_export=BureauExport(enabled=True, licence_reference="PBOC-1", text=text))
    check_bureau(Recipient.CREDIT_BUREAU, licensed, Severity.S4)
    with pytest.raises(Conflict, match="bureau_export_unlisted"):
        check_bureau(Recipient.CREDIT_BUREAU, licensed, Severity.S3)
    check_bureau(Recipient.COURT, policy, Severity.S2)
