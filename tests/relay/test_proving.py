"""A person shows that a contact is theirs, on the relay's own pages; nobody learns anything on the way."""

import asyncio
import gc
from collections import Counter

import pytest

from registry.clock import real_time
from registry.relay.codes import CODE_SECONDS, GUESSES
from registry.relay.contacts import Contact, ContactKind
from registry.relay.identity import load_key
from registry.translations import LANGUAGES
from registry_client.tokens import Identifiers
from registry_formats import assertions, jwk
from registry_formats.assertions import Assertion
from registry_formats.cfr1 import Kind
from tests.relay.person import NONCE, Page, Person, codes_of
from tests.relay.stage import EMAIL, OTHER, PHONE, RETURN_URL, Stage

pytestmark = pytest.mark.anyio


def verified(scene: Stage, page: Page) -> Assertion:
    public = load_key(scene.directory).public_key()
    keys = {jwk.export(public)["kid"]: public}
    now = int(real_time().timestamp())
    return assertions.verify(page.fields["assertion"], keys, audience=RETURN_URL, nonce=NONCE, now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


@pytest.mark.parametrize(("contact", "kind"), [(PHONE, Kind.PHONE), (EMAIL, Kind.EMAIL), ("138 0013 8000", Kind.PHONE)])
async def test_who_reads_the_code_gets_a_proof_for_the_portal(scene: Stage, contact: str, kind: Kind) -> None:
    person = Person(scene)
    asked = await person.asks(contact)
    proved = await person.types(asked, code=await person.reads_code())
    assert (proved.status, proved.action) == (200, RETURN_URL)
    proof = verified(scene, proved)
    named = Identifiers(email=EMAIL) if kind is Kind.EMAIL else Identifiers(phone=PHONE)
    assert (proof.kind, list(proof.tokens)) == (kind, scene.tokens(named))
    assert str(proof.relay_id) in (scene.directory / "relay.json").read_text()


async def test_a_code_is_good_once_and_people_may_put_blanks_in_it(scene: Stage) -> None:
    person = Person(scene)
    asked = await person.asks(PHONE)
    code = await person.reads_code()
    assert (await person.types(asked, code=f" {code[:4]} {code[4:]}")).status == 200
    again = await person.types(asked, code=code)
    assert (again.status, again.refusal) == (403, "This code is wrong, or no longer valid.")


async def test_a_wrong_code_a_late_one_and_one_for_nothing_are_one_answer(scene: Stage) -> None:
    person = Person(scene)
    asked = await person.asks(PHONE)
    code = await person.reads_code()
    mistaken = await person.types(asked, code=wrong(code))
    invented = await person.types(asked, code=code, entry="x" * 32)
    odd = await person.types(asked, code="no digits ¾")
    scene.ahead = CODE_SECONDS
    late = await person.types(asked, code=code)
    answers = {
        (page.status, page.html.replace("x" * 32, asked.fields["entry"])) for page in (mistaken, invented, odd, late)
    }
    assert len(answers) == 1
    assert mistaken.status == 403


async def test_a_code_dies_of_a_few_guesses(scene: Stage) -> None:
    person = Person(scene)
    asked = await person.asks(PHONE)
    code = await person.reads_code()
    for _ in range(GUESSES):
        assert (await person.types(asked, code=wrong(code))).status == 403
    assert (await person.types(asked, code=code)).status == 403


async def test_guesses_at_one_contact_run_out_whatever_the_code_and_the_address(scene: Stage) -> None:
    refused = 0
    for turn in range(3):
        person = Person(scene, address=f"192.0.2.{turn + 1}")
        asked = await person.asks(PHONE)
        code = await person.reads_code(turn + 1)
        for _ in range(GUESSES - 1):
            refused += (await person.types(asked, code=wrong(code))).status == 403
        last = await person.types(asked, code=code)
        assert last.status == (200 if refused < 10 else 403)
        scene.ahead += 300.0
    assert refused == 12


async def test_a_contact_gets_few_codes_and_the_page_does_not_tell(scene: Stage) -> None:
    pages = [
        await Person(scene, address=f"192.0.2.{n}").asks(spelt) for n, spelt in enumerate((PHONE, "+8613800138000"))
    ]
    await Person(scene).reads_code()
    assert [page.status for page in pages] == [200, 200]
    first, second = (page.html.replace(page.fields["entry"], "") for page in pages)
    assert first == second
    await asyncio.sleep(0.1)
    assert len(codes_of(scene)) == 1
    scene.ahead = 61.0
    await Person(scene).asks(PHONE)
    assert await Person(scene).reads_code(2)


async def test_one_address_sends_few_codes_and_is_told_so(scene: Stage) -> None:
    person = Person(scene, address="2001:db8::1")
    pages = [await person.asks(f"li.lei{n}@example.com") for n in range(21)]
    assert Counter(page.status for page in pages) == {200: 20, 429: 1}
    assert pages[-1].refusal == "Too many attempts from your connection. Try again in 60 minutes."
    neighbour = Person(scene, address="2001:db8::2")
    assert (await neighbour.asks(EMAIL)).status == 429
    assert (await Person(scene, address="2001:db8:0:1::1").asks(EMAIL)).status == 200
    scene.ahead = 3_601.0
    assert (await person.asks(OTHER)).status == 200


async def test_whether_anything_is_recorded_or_arrives_changes_nothing(scene: Stage) -> None:
    await scene.file(phone=PHONE)
    known = await Person(scene).asks(PHONE)
    unknown = await Person(scene).asks(OTHER)
    scene.postman.unreachable = True
    refused = await Person(scene).asks(EMAIL)
    pages = {(page.status, page.html.replace(page.fields["entry"], "")) for page in (known, unknown, refused)}
    assert len(pages) == 1


async def test_a_channel_that_fails_once_is_asked_again(scene: Stage) -> None:
    scene.postman.failing = True
    person = Person(scene)
    asked = await person.asks(PHONE)
    scene.postman.failing = False
    assert (await person.types(asked, code=await person.reads_code())).status == 200


async def test_a_registry_that_is_away_costs_no_code(scene: Stage) -> None:
    person = Person(scene)
    asked = await person.asks(PHONE)
    code = await person.reads_code()
    scene.wire.cut.add("*")
    away = await person.types(asked, code=code)
    assert (away.status, away.refusal) == (503, "This does not work at the moment. Try again in a few minutes.")
    scene.wire.cut.clear()
    assert (await person.types(away, code=code)).status == 200


async def test_what_is_no_contact_is_refused_in_words_and_never_shown_again(scene: Stage) -> None:
    refused = await Person(scene).asks("call me maybe 12")
    assert (refused.status, "maybe" in refused.html) == (422, False)
    assert refused.refusal == "This is no phone number or e-mail address that can be read with certainty."


async def test_a_kind_without_a_channel_is_said_before_anything_is_kept(built: Stage) -> None:
    built.reachable = [ContactKind.EMAIL]
    async with built.relay():
        refused = await Person(built).asks(PHONE)
        assert (refused.status, refused.refusal) == (503, "Nothing can be sent to a contact of this kind at present.")


@pytest.mark.parametrize("nonce", ["", "short", "n" * 129, "n" * 30 + '"><script>'])
async def test_without_the_portals_nonce_there_is_no_form(scene: Stage, nonce: str) -> None:
    page = await Person(scene).opens(nonce)
    assert (page.status, page.action, "<script" in page.html) == (422, "", False)


async def test_another_sites_page_sends_no_codes_through_its_visitors(scene: Stage) -> None:
    form = await Person(scene).opens()
    lured = Person(scene, headers={"Sec-Fetch-Site": "cross-site"})
    assert (await lured.types(form, contact=PHONE)).status == 422
    await asyncio.sleep(0.05)
    assert scene.letters == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_are_in_the_persons_language_without_scripts_and_go_nowhere_else(
    scene: Stage, language: str
) -> None:
    answer = await scene.client.get(f"/proof?nonce={NONCE}", headers={"accept-language": language})
    assert f'<html lang="{language}">' in answer.text
    assert "<script" not in answer.text
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    person = Person(scene, language=language)
    code = await person.types(await person.asks(PHONE), code=await person.reads_code())
    assert code.status == 200


async def test_the_last_page_may_send_its_form_to_the_portal_alone(scene: Stage) -> None:
    person = Person(scene)
    asked = await person.asks(PHONE)
    fields = asked.fields | {"code": await person.reads_code()}
    answer = await scene.client.post("/proof/code", data=fields)
    assert "form-action https://portal.example" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert verified(scene, Page(answer)).assertion_id.version == 4


async def test_a_contact_is_forgotten_with_its_code(scene: Stage) -> None:
    person = Person(scene)
    proved = await person.asks(PHONE)
    await person.types(proved, code=await person.reads_code())
    await person.asks(EMAIL)
    await person.reads_code(2)
    scene.ahead = CODE_SECONDS
    await person.asks("not a contact")
    await asyncio.sleep(0.1)
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Contact)] == []
