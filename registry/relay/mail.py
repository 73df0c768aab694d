"""E-mail: one letter over SMTP (RFC 5321) to the operator's mail server, always over TLS outside one machine.

| the server says | meaning |
| --- | --- |
| 250 to the letter | taken over: delivered, unless it bounces later (see `bounces`) |
| 5xx to the recipient or the letter | `Unreachable`: no repetition helps |
| anything else, or nothing | may pass: sign-in and sender are the operator's to mend |
"""

import asyncio
import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from uuid import UUID

from registry.clock import real_time
from registry.relay.adapters import Unreachable
from registry.relay.bounces import Marks
from registry.relay.contacts import Contact, mailbox
from registry.relay.letters import Written
from registry_formats.errors import FormatError

_SECONDS = 20.0
_AT_ONCE = 8
_FOR_EVER = range(500, 600)


class Safety(StrEnum):
    """How the connection is kept from others."""

    STARTTLS = "smtp"
    TLS = "smtps"
    NONE = "smtp+plain"  # to this machine only


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over.

    Args:
        host: its name, which its certificate must bear.
        port: its port.
        safety: how the connection is protected.
        user: whom to sign in as; nobody if empty.
        password: of that user.
        trust: what its certificate is checked against; None for the usual authorities.
    """

    host: str
    port: int
    safety: Safety = Safety.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)


class MailAdapter:
    """Sends each letter as an e-mail of its own.

    Args:
        server: takes the letters over.
        sender: the address letters come from; bounces go to `bounces+<mark>` at the same domain.
        marks: of bounces.
    """

    channel = "email"

    def __init__(self, server: MailServer, sender: str, marks: Marks) -> None:
        self._server = server
        self._sender = sender
        self._domain = sender.rpartition("@")[2]
        self._marks = marks
        self._trust = server.trust or ssl.create_default_context()
        # Threads of its own: a mail server that hangs holds up nothing but mail.
        self._threads = ThreadPoolExecutor(_AT_ONCE, "mail")

    async def deliver(self, contact: Contact, letter: Written, *, notice_id: UUID) -> None:
        """Hand the letter over. Unreachable, SMTPException, OSError."""
        try:
            to = mailbox(contact)
        except FormatError:
            raise Unreachable from None
        message = self._message(to, letter, notice_id, real_time())
        bounces = f"bounces+{self._marks.write(notice_id)}"
        await asyncio.get_running_loop().run_in_executor(self._threads, self._send, message, to, bounces)

    def _message(self, to: str, letter: Written, notice_id: UUID, now: datetime) -> EmailMessage:
        message = EmailMessage(SMTP)
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{notice_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
        message.set_content(letter.text)
        return message

    def _send(self, message: EmailMessage, to: str, bounces: str) -> None:
        with self._session() as smtp:
            try:
                smtp.send_message(message, f"{bounces}@{self._domain}", [to])
            except smtplib.SMTPRecipientsRefused as refused:
                codes = [code for code, _ in refused.recipients.values()]
                if all(code in _FOR_EVER for code in codes):
                    raise Unreachable from None
                raise
            except smtplib.SMTPDataError as refused:
                if refused.smtp_code in _FOR_EVER:
                    raise Unreachable from None
                raise

    @contextlib.contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        smtp = self._connect()
        try:
            if self._server.safety is Safety.STARTTLS:
                smtp.starttls(context=self._trust)
            if self._server.user:
                smtp.login(self._server.user, self._server.password)
            yield smtp
            # Whatever the server makes of the farewell: it has the letter.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        at = (self._server.host, self._server.port)
        if self._server.safety is Safety.TLS:
            return smtplib.SMTP_SSL(*at, local_hostname=self._domain, timeout=_SECONDS, context=self._trust)
        return smtplib.SMTP(*at, local_hostname=self._domain, timeout=_SECONDS)
