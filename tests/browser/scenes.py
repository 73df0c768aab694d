"""What happens in more than one journey: a record is contested, the log is searched for its entries."""

import re

from registry.domain.staff import Role
from tests.browser.people import Player, Stage
from tests.journeys.courthouse import catch_up

SAID = "花瓶到货时就是碎的。"


async def contests(person: Player) -> str:
    """Contest the first record, one question a page; return which appeal it became."""
    await person.open("/me/")
    await person.follow("对这条记录提出申诉")
    await person.tick("损坏是真实的")
    await person.press("保存并继续")
    await person.write("用您自己的话", SAID)
    await person.press("保存并继续")
    await person.see(SAID, picture="check")
    await person.press("提交申诉")
    await person.see("您的申诉已提交", picture="lodged")
    await person.follow("完成")
    await person.see("已受理", "平台须答复", picture="status")
    (appeal_id,) = re.findall(r"/me/appeals/([0-9a-f-]{36})$", person.page.url)
    return str(appeal_id)


async def audits(stage: Stage, record: str, *actions: str) -> None:
    """Let an auditor find an entry of each of these actions about a record in the sealed log, with its proof."""
    await catch_up(stage.place)
    auditor = await stage.signs_in("omar", Role.AUDITOR)
    await auditor.tick("An audit")
    await auditor.write("The reason, in a sentence", "The yearly round.")
    await auditor.press("Go on")
    for action in actions:
        await auditor.write("Action", action)
        await auditor.unfold("By a tag, or by a report")
        await auditor.write("Report", record)
        await auditor.press("Search")
        await auditor.go(auditor.page.get_by_role("row").filter(has_text=action).get_by_role("link").first)
        await auditor.see(action, "We followed them just now: they do.", picture=action)
        await auditor.follow("Audit log")
