"""Admission in the operators' console: one proposes, another one admits, and neither can do both."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.domain.staff import Role
from registry_formats import jwk
from tests.browsing import signed_in
from tests.counting import queries
from tests.databases import ScratchDatabase
from tests.running import Running, running

pytestmark = pytest.mark.anyio
HERE = "/console/operator/admissions"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def api(database: ScratchDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(database, tmp_path) as one:
        yield one


def wish(name: str = SCRIPT) -> dict[str, str]:
    public = jwk.export(Ed25519PrivateKey.generate().public_key())
    return {"name": name, "group": "Group", "claims_per_day": "2000", "jwk": json.dumps(public)}


async def test_one_operator_proposes_and_another_one_admits(api: Running) -> None:
    async with signed_in(api, Role.OPERATOR) as ann, signed_in(api, Role.OPERATOR) as bo:
        page, form = await ann.open(HERE), wish()
        refused = await ann.send(page, "/admissions", **form | {"jwk": "{}"})
        assert (refused.status, refused.form("/admissions").fields["name"]) == (422, SCRIPT)
        for wrong in ({"jwk": "[" * 1_999}, {"name": "a\0b"}, {"group": "x" * 121}, {"claims_per_day": "0"}):
            assert (await ann.send(page, "/admissions", **form | wrong)).status == 422, wrong
        mine = await ann.send(page, "/admissions", **form)
        assert "another operator has to admit it" in mine.text
        assert SCRIPT not in mine.answer.text
        # The button is not there; whoever sends the form all the same is refused, and seen.
        theirs = await bo.open(HERE)
        action = next(one.action for one in theirs.forms if one.action.endswith("/approve"))
        assert action not in mine.answer.text
        own = await ann.client.post(action, data={"csrf": mine.form("/refuse").fields["csrf"]})
        assert (own.status_code, "same_person" in own.text) == (403, True)
        assert json.loads(form["jwk"])["kid"] in theirs.text
        member = await bo.send(theirs, "/approve")
        assert SCRIPT in member.text
        assert "2,200" in member.text
        assert "Nobody is waiting" in (await ann.open(HERE)).text
        twice = await ann.send(page, "/admissions", **form)
        assert (twice.status, 'role="alert"' in twice.answer.text) == (409, True)


async def test_a_proposal_is_taken_back_by_who_made_it_and_refused_by_another(api: Running) -> None:
    async with signed_in(api, Role.OPERATOR) as ann, signed_in(api, Role.OPERATOR, language="zh") as bo:
        page = await ann.send(await ann.open(HERE), "/admissions", **wish("Alpha"))
        assert "Nobody is waiting" in (await ann.send(page, "/refuse")).text
        for name in ("Beta", "Gamma"):
            await ann.send(page, "/admissions", **wish(name))
        with queries() as asked:
            theirs = await bo.open(HERE)
        assert len(asked) == 3, asked
        assert theirs.answer.text.count('class="grave"') == 2
        over = await bo.client.post(
            next(one.action for one in theirs.forms if one.action.endswith("/refuse")),
            data={"csrf": theirs.form("/admissions").fields["csrf"]},
            follow_redirects=True,
        )
        assert over.text.count('class="grave"') == 1
