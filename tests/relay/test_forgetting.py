"""The contact is nowhere when the request is over: not on the relay's disk, in no log, in no table, whatever failed."""

import asyncio
import gc
import pickle
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.relay.bounces import Marks
from registry.relay.contacts import Contact, ContactKind
from registry.relay.gateway import Gateway, GatewayAdapter
from registry.relay.letters import Written
from registry.relay.mail import MailAdapter, MailServer, Safety
from tests.recorded import fetch
from tests.relay.mailroom import answering, mailroom
from tests.relay.person import Person
from tests.relay.stage import EMAIL, OTHER, PHONE, Stage, stored_forms

_EVERY_ROW = "SELECT t::text AS row FROM {} t"
FORMS = stored_forms(PHONE) | stored_forms(EMAIL) | stored_forms(OTHER)


@pytest.mark.anyio
async def test_no_contact_is_left_anywhere(
    built: Stage, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scene, built.pauses = built, (0.1,) * 100
    async with built.relay():
        await everything_that_can_happen(scene)
        assert scene.postman.sent == 3
        await a_person_shows(scene)
    places = {str(path): path.read_bytes().decode("utf-8", "replace") for path in files(tmp_path)}
    places["logs"] = scene.api.log.getvalue() + caplog.text
    places["output"] = "".join(capfd.readouterr())
    places["database"] = await dump(scene)
    assert len(places["database"]) > 10_000
    assert {"notice.delivery_failed", "code.not_sent"} <= set(re.findall(r"[a-z]+\.[a-z_]+", places["logs"]))
    found = [(name, form) for name, text in places.items() for form in FORMS if form in text or form in text.lower()]
    assert found == []


async def everything_that_can_happen(scene: Stage) -> None:
    """Serve, repeat, mistake, mistype, fail in the channel, at the registry and at the key operator."""
    report = await scene.file(phone=PHONE, email=EMAIL)
    await scene.ask(report)
    await scene.ask(report)
    await scene.ask(report, OTHER)
    for changes in (
        {"kind": "email"},
        {"language": PHONE},
        {"report_id": PHONE},
        {PHONE: EMAIL},
        {"contact": [PHONE]},
        {"contact": PHONE * 40},
    ):
        answer = await scene.ask(report, **changes)
        assert answer.status_code == 422
        assert not [form for form in FORMS if form in answer.text]
    scene.postman.unreachable = True
    await scene.ask(report, EMAIL)
    scene.postman.unreachable = False
    for path in ("/v1/tokens:evaluate", "/v1/notices:match", "/v1/notices"):
        scene.wire.cut.add(path)
        await scene.ask(report, EMAIL)
        scene.wire.cut.clear()
    await scene.ask(report, EMAIL)
    broken = await scene.file()
    scene.postman.failing = True
    await scene.ask(broken)
    scene.postman.failing = False
    while await scene.undelivered(broken):  # noqa: ASYNC110 - what is forgotten wakes nobody
        await asyncio.sleep(0.02)


async def a_person_shows(scene: Stage) -> None:
    """Type a contact that is none, get a code, mistype it, prove, be limited, be unreachable, be away."""
    person = Person(scene)
    for contact in ("1", f"{PHONE}@", EMAIL + " " + OTHER):
        refused = await person.asks(contact)
        assert (refused.status, [form for form in FORMS if form in refused.html]) == (422, [])
    asked = await person.asks(EMAIL)
    code = await person.reads_code()
    scene.wire.cut.add("*")
    for typed in (PHONE, f"{int(code) ^ 1:08}", code):
        answer = await person.types(asked, code=typed)
        assert (answer.status >= 400, [form for form in FORMS if form in answer.html]) == (True, [])
    scene.wire.cut.clear()
    assert (await person.types(asked, code=code)).status == 200
    await person.asks(EMAIL)
    scene.postman.unreachable = True
    await person.asks(OTHER)
    scene.postman.unreachable, scene.postman.failing = False, True
    await person.asks(PHONE)
    await asyncio.sleep(0.5)
    scene.postman.failing = False


async def dump(scene: Stage) -> str:
    """Return every row of every table as text."""
    dsn = scene.database.dsn("postgres")
    tables = await fetch(
        dsn,
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r'"
        " AND relnamespace IN ('public'::regnamespace, to_regnamespace('audit'))",
    )
    rows = [await fetch(dsn, _EVERY_ROW.format(table["name"])) for table in tables]
    return "\n".join(row["row"] for table in rows for row in table)


def files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


@pytest.mark.anyio
async def test_no_object_keeps_the_contact_after_the_request(scene: Stage) -> None:
    report = await scene.file()
    await scene.ask(report)
    await scene.ask(report, OTHER)
    ours = Contact(ContactKind.EMAIL, EMAIL)
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Contact)] == [ours]


def test_a_contact_shows_its_kind_only_and_is_never_serialised() -> None:
    contact = Contact(ContactKind.PHONE, PHONE)
    assert repr(contact) == "Contact(kind=<ContactKind.PHONE: 'phone'>)"
    with pytest.raises(TypeError, match="never serialised"):
        pickle.dumps(contact)


@pytest.mark.anyio
@pytest.mark.parametrize("refusals", [{}, {"RCPT": "450 not now"}, {"RCPT": "550 no such user"}, {"DATA": "554 never"}])
async def test_real_channels_keep_and_log_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, refusals: dict[str, str]
) -> None:
    caplog.set_level("DEBUG")
    letter = Written("Subject", (("Heading", "Text"),))
    async with mailroom() as room, answering() as server:
        room.refusals |= refusals
        server.answer = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n" if refusals else server.answer
        mail = MailServer("127.0.0.1", room.port, Safety.NONE)
        marks = Marks(Ed25519PrivateKey.from_private_bytes(b"r" * 32))
        gateway = Gateway(server.url, {}, {"to": "{to}", "text": "{text}"})
        for adapter, contact in (
            (MailAdapter(mail, "registry@registry.example", marks), Contact(ContactKind.EMAIL, EMAIL)),
            (GatewayAdapter(gateway), Contact(ContactKind.PHONE, PHONE)),
        ):
            with suppress(Exception):
                await adapter.deliver(contact, letter, notice_id=UUID(int=1))
    logged = "\n".join(line.getMessage() for line in caplog.records if not line.name.startswith("mail."))
    text = logged + "".join(capfd.readouterr()) + "".join(path.read_text() for path in files(tmp_path))
    assert [form for form in FORMS if form in text] == []
    assert (len(room.taken), len(server.heard)) == (0 if refusals else 1, 1)
