"""J4 in Chromium: a phone's width, Chinese, no scripts, and nothing but a keyboard, from the relay to the letter."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from registry.domain.staff import Role
from tests.browser.chromium import chromium
from tests.browser.relaying import stand_in
from tests.browser.serving import served
from tests.browser.windows import PHONE, WANTED, Window, window
from tests.hearing import Hall
from tests.reporting import Desk
from tests.subjecting import identifiers

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
CONTACTS = ("phone", "email")
SAID = "花瓶到货时就是碎的。"
REASONS = "快递扫描显示包装已破损。"
# More stops than any page has; whoever has not arrived by then cannot get there.
_STOPS = 80
_HERE = """() => {
    const one = document.activeElement;
    return one === document.body ? "" : (one.labels && one.labels[0] || one).innerText;
}"""


@pytest.fixture
async def person(place: Hall) -> AsyncIterator[Window]:
    async with (
        served(place.town.api) as origin,
        chromium() as browser,
        window(browser, origin, language="zh", width=PHONE, script=False) as opened,
    ):
        await opened.page.route(*stand_in(place.town, origin, *CONTACTS))
        yield opened


async def press(page: Page, name: str, key: str = "Enter", *, go: str = "Tab") -> None:
    """Go on until what bears this name has the focus, and press a key there."""
    for _ in range(_STOPS):
        await page.keyboard.press(go)
        if name in str(await page.evaluate(_HERE)):
            if key == "Enter":
                async with page.expect_navigation():
                    await page.keyboard.press(key)
            else:
                await page.keyboard.press(key)
            return
    raise AssertionError(f"no key leads to {name} on {page.url}")


async def seen(window: Window, name: str, *expected: str) -> None:
    """See these words; in CI the picture is kept."""
    words = await window.page.inner_text("body")
    assert all(one in words for one in expected), words
    if WANTED:
        await window.picture(f"J4-{name}")


async def test_a_record_is_read_contested_and_its_letter_fetched_by_keyboard_alone(place: Hall, person: Window) -> None:
    alpha, beta = await place.town.desk("优品商城"), await place.town.desk("Beta")
    await place.active(alpha, identifiers=identifiers(*CONTACTS))
    assert (await beta.query(*CONTACTS))["score"] > 0
    page = person.page
    await person.open("/me/enter")
    await _prove(page)
    await press(page, "再证明一个联系方式")
    await _prove(page)
    await seen(person, "records", "优品商城 报告", "到期", "登记处不保存什么")
    await press(page, "谁查过我")
    await seen(person, "looks", "Beta", "正在处理的售后申请")
    await press(page, "记录")
    await press(page, "对这条记录提出申诉")
    await press(page, "损坏是真实的", "Space")
    await press(page, "保存并继续")
    await press(page, "用您自己的话", "ArrowDown")
    await page.keyboard.type(SAID)
    await press(page, "保存并继续")
    await seen(person, "check", SAID)
    await press(page, "提交申诉")
    await press(page, "完成")
    await seen(person, "status", "已受理", SAID)
    await _decided(place, alpha, urlsplit(page.url).path.rpartition("/")[2])
    await press(page, "申诉")
    await press(page, "优品商城")
    await seen(person, "decided", "记录已撤销")
    await press(page, "阅读", go="Shift+Tab")  # the last letter is the decision
    await seen(person, "letter", REASONS)


async def _prove(page: Page) -> None:
    await press(page, "获取验证码")
    await press(page, "继续")
    await press(page, "继续")


async def _decided(place: Hall, alpha: Desk, appeal_id: str) -> None:
    await place.answer(alpha, appeal_id)
    maker, approver = await place.colleague(Role.OFFICER), await place.colleague(Role.REVIEWER)
    await maker.does(appeal_id, "claim")
    digest = (await maker.case(appeal_id))["evidence_digest"]
    await maker.does(appeal_id, "draft", result="overturned", reasons=REASONS, evidence_digest=digest)
    await approver.does(appeal_id, "approve")
