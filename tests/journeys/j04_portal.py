"""J4: a consumer in Chinese: relay code, record, who looked, appeal, status, letter; a member's link shows one record.

Over HTTP, with forms and links as a browser without scripts has them; tests/browser plays it in Chromium.
"""

import re
from pathlib import Path

from registry.domain.staff import Role
from tests.browsing import Browser, Page, browsing, proved
from tests.hearing import Hall
from tests.journeys.courthouse import hold
from tests.reporting import Desk
from tests.subjecting import identifiers

CONTACTS = ("phone", "email")
SAID = "花瓶到货时就是碎的,有快递的照片。"
PHOTO = b"\xff\xd8\xff\xe0" + b"a vase, broken " * 400


def play(directory: Path) -> None:
    """Contest a record from the first page to the letter, and see that a link opens nothing else."""
    hold(directory, _story)


async def _story(place: Hall) -> None:
    alpha, beta = await place.town.desk("优品商城"), await place.town.desk("Beta")
    record = await place.active(alpha, identifiers=identifiers(*CONTACTS))
    await _other_record(place, beta)
    assert (await beta.query(*CONTACTS))["score"] > 0
    async with proved(place.town, *CONTACTS, language="zh") as person:
        await _reads(person)
        await _sees_who_looked(person)
        appeal = await _appeals(person, record)
        assert (await beta.query(*CONTACTS, claim=2))["under_dispute"]
        await _adds_a_photo(person, appeal)
        await _decided(place, alpha, appeal)
        await _reads_the_letter(person, appeal)
    async with browsing(place.town.api, language="zh") as linked:
        await _link(linked, alpha, record)


async def _other_record(place: Hall, beta: Desk) -> None:
    await place.active(beta, reference="RMA-2", claim_ref="A" * 43, identifiers=identifiers(*CONTACTS))


async def _reads(person: Browser) -> None:
    page = await person.open("/me/")
    for said in ("优品商城 报告", "于 ", "到期", "报告方", "依据的证据", "登记处不保存什么", "对这条记录提出申诉"):
        assert said in page.text, said
    assert page.text.count("编号") == 2


async def _sees_who_looked(person: Browser) -> None:
    page = await person.open("/me/looks")
    assert "Beta" in page.text
    assert "正在处理的售后申请" in page.text
    proof = next(link for link in page.links if link.endswith("/proof"))
    answer = await person.client.get(proof)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["leaf"]


async def _appeals(person: Browser, record: str) -> str:
    """Answer one question a page, leave in between, and come back to where one was."""
    path = f"/me/records/{record}/appeal"
    why = await person.open(path)
    assert "第 1 步" in why.text
    saved = await person.send(why, "/why", grounds="G05", then="later")
    assert "您写的内容已保存" in saved.text
    words = await person.open(path)
    assert "第 2 步" in words.text
    check = await person.send(words, "/words", text=SAID, then="on")
    assert SAID in check.text
    lodged = await person.send(check, "/check")
    assert "您的申诉已提交" in lodged.text
    return str(re.findall(r"/appeals/([0-9a-f-]{36})/", str(lodged.answer.url))[0])


async def _adds_a_photo(person: Browser, appeal: str) -> None:
    page = await person.open(f"/me/appeals/{appeal}/add")
    form = page.form("/file")
    sent = await person.client.post(
        form.action,
        data={"csrf": form.fields["csrf"]},
        files={"file": ("IMG_1.JPG", PHOTO, "image/jpeg")},
        follow_redirects=True,
    )
    assert "照片" in Page(sent).text
    status = await person.open(f"/me/appeals/{appeal}")
    for said in ("已受理", "平台须答复", "已收到", SAID):
        assert said in status.text, said
    (file,) = (link for link in status.links if link.endswith("/file"))
    assert (await person.client.get(file)).content == PHOTO


async def _decided(place: Hall, alpha: Desk, appeal: str) -> None:
    await place.answer(alpha, appeal)
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await maker.does(appeal, "claim")
    seen = (await maker.case(appeal))["evidence_digest"]
    reasons = "快递扫描显示包装已破损。"
    await maker.does(appeal, "draft", result="overturned", reasons=reasons, evidence_digest=seen)
    await approver.does(appeal, "approve")


async def _reads_the_letter(person: Browser, appeal: str) -> None:
    status = await person.open(f"/me/appeals/{appeal}")
    assert "记录已撤销" in status.text
    letters = [link for link in status.links if re.search(r"/letters/[0-9a-f-]{36}$", link)]
    letter = await person.open(letters[-1])
    assert "快递扫描显示包装已破损。" in letter.text
    pdf = await person.client.get(f"{letters[-1]}/pdf")
    assert pdf.content.startswith(b"%PDF")
    verify = await person.open("/me/verify")
    code = re.findall(r"\b[0-9a-f]{64}\b", letter.text)[-1]
    assert "这封信函是真实的" in (await person.send(verify, "/verify", code=code)).text


async def _link(linked: Browser, alpha: Desk, record: str) -> None:
    """Open a member's link: its own record, and nothing of the other one."""
    issued = await alpha.post("/v1/subject-links", {"report_id": record})
    page = await linked.open(f"/me/link/{issued.json()['secret']}")
    inside = await linked.send(page, "/link")
    assert "优品商城" in inside.text
    assert "Beta" not in inside.text
    assert inside.text.count("编号") == 1
    assert (await linked.open("/me/looks")).status == 403
