"""E-mail against a real SMTP server: what it takes, what it refuses for now, and what for ever."""

import smtplib
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.relay.adapters import Unreachable
from registry.relay.bounces import Marks
from registry.relay.contacts import Contact, ContactKind
from registry.relay.letters import Written
from registry.relay.mail import MailAdapter, MailServer, Safety
from registry_formats import normalise
from registry_formats.cfr1 import Kind
from tests.certificates import Authority
from tests.relay.mailroom import PASSWORD, USER, Mailroom, mailroom

pytestmark = pytest.mark.anyio

NOTICE, SENDER = UUID("01937d5e-8c00-7a10-8000-0000000000a1"), "registry@registry.example"
LETTER = Written("关于您的一条记录", (("哪条记录", "编号 1。\n.单独一行"),))
MARKS = Marks(Ed25519PrivateKey.from_private_bytes(b"r" * 32))


def to() -> Contact:
    """Not a constant: other tests count the contacts there are."""
    return Contact(ContactKind.EMAIL, " Li.Lei\uff20example.com")


def plain(room: Mailroom) -> MailAdapter:
    return MailAdapter(MailServer("127.0.0.1", room.port, Safety.NONE), SENDER, MARKS)


async def test_a_letter_arrives_whole_and_says_where_its_bounce_goes() -> None:
    async with mailroom() as room:
        await plain(room).deliver(to(), LETTER, notice_id=NOTICE)
    (taken,) = room.taken
    assert taken.rcpt_tos == ["Li.Lei@example.com"]
    assert taken.mail_from == f"bounces+{MARKS.write(NOTICE)}@registry.example"
    assert isinstance(taken.content, bytes)
    message = message_from_bytes(taken.content, policy=default)
    assert (message["subject"], message["to"], message["from"]) == (LETTER.subject, "Li.Lei@example.com", SENDER)
    assert message["message-id"] == f"<{NOTICE}@registry.example>"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize(
    ("typed", "reached"),
    [
        ("anna@fa\u00df.example", "anna@fass.example"),
        ("stra\u00dfe@mail.example", "strasse@mail.example"),
        ("anna\u0661@mail.example", "anna1@mail.example"),
        ("an\u200bna@mail.example", "anna@mail.example"),
        ("Anna+shop@Gmail.com", "anna@gmail.com"),
        ("anna@b\u00fccher.example", "anna@xn--bcher-kva.example"),
    ],
)
async def test_a_letter_goes_to_the_mailbox_that_the_token_is_of_and_to_no_lookalike(typed: str, reached: str) -> None:
    contact = Contact(ContactKind.EMAIL, typed)
    async with mailroom() as room:
        await plain(room).deliver(contact, LETTER, notice_id=NOTICE)
    assert [taken.rcpt_tos for taken in room.taken] == [[reached]]
    assert normalise.value(Kind.EMAIL, typed) == normalise.value(Kind.EMAIL, reached)


@pytest.mark.parametrize("implicit", [False, True])
async def test_outside_one_machine_it_goes_over_tls_and_signs_in(tmp_path: Path, implicit: bool) -> None:
    authority = Authority(tmp_path)
    safety = Safety.TLS if implicit else Safety.STARTTLS
    async with mailroom(tls=authority.server("localhost"), implicit=implicit) as room:
        server = MailServer("localhost", room.port, safety, USER, PASSWORD, trust=authority.client())
        await MailAdapter(server, SENDER, MARKS).deliver(to(), LETTER, notice_id=NOTICE)
    assert (room.encrypted, room.users) == ([True], [USER])


async def test_a_server_of_another_name_or_without_tls_gets_neither_password_nor_letter(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with mailroom(tls=authority.server("elsewhere")) as other, mailroom() as bare:
        for room in (other, bare):
            server = MailServer("localhost", room.port, Safety.STARTTLS, USER, PASSWORD, trust=authority.client())
            with pytest.raises((OSError, smtplib.SMTPException)):
                await MailAdapter(server, SENDER, MARKS).deliver(to(), LETTER, notice_id=NOTICE)
    assert (other.users, other.taken, bare.taken) == ([], [], [])


@pytest.mark.parametrize(
    ("at", "answer"), [("RCPT", "550 no such user"), ("RCPT", "553 no such name"), ("DATA", "554 never")]
)
async def test_what_the_server_refuses_for_ever_is_unreachable(at: str, answer: str) -> None:
    async with mailroom() as room:
        room.refusals[at] = answer
        with pytest.raises(Unreachable):
            await plain(room).deliver(to(), LETTER, notice_id=NOTICE)


@pytest.mark.parametrize(
    ("at", "answer"),
    [("RCPT", "450 mailbox busy"), ("RCPT", "451 greylisted"), ("DATA", "452 full"), ("MAIL", "550 sender unknown")],
)
async def test_what_may_pass_and_what_the_operator_must_mend_is_not_the_contacts_fault(at: str, answer: str) -> None:
    async with mailroom() as room:
        room.refusals[at] = answer
        with pytest.raises(smtplib.SMTPException):
            await plain(room).deliver(to(), LETTER, notice_id=NOTICE)


async def test_a_server_that_is_away_may_come_back() -> None:
    async with mailroom() as room:
        away = plain(room)
    with pytest.raises(OSError):
        await away.deliver(to(), LETTER, notice_id=NOTICE)


def test_a_mark_names_its_notice_and_nobody_else_can_write_one() -> None:
    mark = MARKS.write(NOTICE)
    assert (len(f"bounces+{mark}") <= 64, mark.isalnum()) == (True, True)
    assert MARKS.read(mark) == MARKS.read(mark.upper()) == NOTICE
    strangers = Marks(Ed25519PrivateKey.from_private_bytes(b"s" * 32)).write(NOTICE)
    assert [MARKS.read(one) for one in (strangers, "", mark[:-1], "z" * 48, "é" * 48, UUID(int=1).hex + mark[32:])] == [
        None
    ] * 6
