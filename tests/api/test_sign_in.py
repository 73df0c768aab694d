import pytest

from tests.running import Platform, Running

pytestmark = pytest.mark.anyio


async def test_a_member_signs_in_and_is_recognised(api: Running, alpha: Platform) -> None:
    answer = await alpha.sign_in()
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expires_in"] == 600
    who = await api.client.get("/v1/whoami", headers=await alpha.headers())
    assert who.status_code == 200, who.text
    assert who.json()["member_id"] == str(alpha.member.id)


